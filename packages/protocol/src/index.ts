export {
  type ArnKind,
  type ArnScope,
  type ParsedArn,
  activityArn,
  executionArn,
  nameOfArn,
  parseArn,
  requireArn,
  stateMachineArn,
} from './arn.ts';
export { ApiError, type ApiErrorCode, errorBody } from './errors.ts';
export { isValidName, requireName } from './names.ts';
export { type EmptyOutput, type Operation, defineOperation } from './operation.ts';
export { type PagePosition, type PageScope, PageTokens, positionNumber, positionText } from './page-tokens.ts';
export { QUOTAS } from './quotas.ts';
export type {
  EncryptionConfiguration,
  ExecutionStatus,
  IncludedData,
  LogLevel,
  LoggingConfiguration,
  StateMachineType,
  Tag,
  TracingConfiguration,
} from './shapes.ts';
export { type EpochSeconds, epochSeconds } from './timestamps.ts';
export * as operations from './operations/index.ts';
export { AWS_OPERATIONS, type AwsOperationName } from './operations/index.ts';
