export { type ApiModelsOptions, createApiModels } from './api-models/api-models.ts';
export type { StepFunctionsApi } from './aws-sdk/step-functions-api.ts';
export { createOutgoing, type OutgoingOptions } from './outgoing/create-outgoing.ts';
export { parseHostEntry } from './outgoing/host-entry.ts';
export { DEFAULT_OUTGOING_RULES, OutgoingPolicy, type OutgoingRules } from './outgoing/outgoing-policy.ts';
export { createIntegrationRegistry, type Integrations, type RegistryOptions, type WebAccess } from './registry.ts';
export { createRemoteFunctions, type RemoteFunctionsOptions } from './lambda/remote-functions.ts';
