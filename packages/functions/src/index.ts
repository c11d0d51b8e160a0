export { createFunctionHost, type FunctionHost, type FunctionHostOptions } from './function-host.ts';
export { FunctionManifestError } from './function-definition.ts';
