import { ApiError, accountOfArn } from '@everstep/protocol';

/** A machine of another account is answered as if it did not exist. Errors: StateMachineDoesNotExist. */
export function requireSameAccount(stateMachineArn: string, executionArn: string): void {
  if (accountOfArn(stateMachineArn) === accountOfArn(executionArn)) return;
  throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
}
