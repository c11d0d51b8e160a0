export { ApiError, type ApiErrorCode } from './errors.ts';
export { type ArnScope, activityArn, executionArn, nameOfArn, stateMachineArn } from './arn.ts';
export { isValidName } from './names.ts';
export { QUOTAS } from './quotas.ts';
