export { type ApiServer, type ApiServerOptions, type WireRequest, createApiServer } from './server.ts';
