export { createIntegrationRegistry, type RegistryOptions } from './registry.ts';
export { createRemoteFunctions, type RemoteFunctionsOptions } from './lambda/remote-functions.ts';
