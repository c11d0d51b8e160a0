export {
  type AccessDemand,
  type AccessLevel,
  type AccessRequest,
  type Absence,
  accessOf,
  foreignResource,
} from './access.ts';
export type {
  ApprovalChoiceItem,
  ApprovalListItem,
  ApprovalScope,
  ApprovalTrailItem,
} from './approvals.ts';
export {
  type ArnKind,
  type ArnScope,
  type FunctionReference,
  type MachineTarget,
  type ParsedArn,
  accountOfArn,
  activityArn,
  aliasArn,
  approvalArn,
  approvalOfArn,
  connectionNameArn,
  executionArn,
  expressArn,
  functionArn,
  limiterArn,
  machineTarget,
  nameArnOfConnection,
  nameOfArn,
  parseArn,
  parseFunctionName,
  requireArn,
  stateMachineArn,
  versionArn,
} from './arn.ts';
export { ApiError, type ApiErrorCode, errorBody } from './errors.ts';
export { type InputCondition, parseInputFilter } from './input-filter.ts';
export type { LimitSettings, LimiterShape } from './limiters.ts';
export { isValidName, requireName } from './names.ts';
export { type EmptyOutput, type Operation, defineOperation } from './operation.ts';
export { type PagePosition, type PageScope, PageTokens, positionNumber, positionText } from './page-tokens.ts';
export {
  FULL_ACCESS_POLICY,
  type Policy,
  type PolicyDecision,
  PolicyError,
  parsePolicy,
  wildcardMatches,
} from './policy.ts';
export { QUOTAS } from './quotas.ts';
export type {
  EncryptionConfiguration,
  ExecutionStatus,
  IncludedData,
  LogLevel,
  LoggingConfiguration,
  RoutingConfigurationListItem,
  StateMachineType,
  Tag,
  TracingConfiguration,
} from './shapes.ts';
export {
  type SignatureScope,
  SigningKey,
  type VerificationOptions,
  checkSignatureClaims,
  deriveSigningKey,
  verifySignature,
} from './sigv4.ts';
export { type RequestSignature, type SignedRequest, headerMap, percentEncode, readSignature } from './sigv4-request.ts';
export { type EpochSeconds, epochSeconds } from './timestamps.ts';
export * as operations from './operations/index.ts';
export {
  AWS_OPERATIONS,
  type AwsOperationName,
  EVENTS_OPERATIONS,
  type EventsOperationName,
} from './operations/index.ts';
