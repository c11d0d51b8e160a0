export { type ApprovalNotifierOptions, createApprovalNotifier } from './approval/notifier.ts';
export { type ApiModelsOptions, createApiModels } from './api-models/api-models.ts';
export type { StepFunctionsApi } from './aws-sdk/step-functions-api.ts';
export { createOutgoing, type OutgoingOptions } from './outgoing/create-outgoing.ts';
export { createIntegrationRegistry, type Integrations, type RegistryOptions, type WebAccess } from './registry.ts';
export { createRemoteFunctions, type RemoteFunctionsOptions } from './lambda/remote-functions.ts';
export { checkTargets, type TargetFinding } from './targets/own-services.ts';
export { readTargets, TargetsError } from './targets/read-targets.ts';
export type { Targets } from './targets/target.ts';
