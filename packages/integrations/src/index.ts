export { type ApiModelsOptions, createApiModels } from './api-models/api-models.ts';
export type { StepFunctionsApi } from './aws-sdk/step-functions-api.ts';
export { createIntegrationRegistry, type Integrations, type RegistryOptions } from './registry.ts';
export { createRemoteFunctions, type RemoteFunctionsOptions } from './lambda/remote-functions.ts';
