export { ApiError, type ApiErrorCode } from './errors.ts';
export { type ArnScope, activityArn, executionArn, nameOfArn, stateMachineArn } from './arn.ts';
