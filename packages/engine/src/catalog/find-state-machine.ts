import { ApiError } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { StateMachineRecord } from '../ports/catalog-store.ts';

/** The machine, ACTIVE or DELETING. Errors: StateMachineDoesNotExist. */
export async function findStateMachine(
  context: Pick<EnginePorts, 'store'>,
  stateMachineArn: string,
): Promise<StateMachineRecord> {
  const machine = await context.store.findStateMachine(stateMachineArn);
  if (machine === null) {
    throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
  }
  return machine;
}

/** Errors: StateMachineDoesNotExist, StateMachineDeleting. */
export async function findActiveStateMachine(
  context: Pick<EnginePorts, 'store'>,
  stateMachineArn: string,
): Promise<StateMachineRecord> {
  const machine = await findStateMachine(context, stateMachineArn);
  if (machine.status === 'DELETING') {
    throw new ApiError('StateMachineDeleting', `State Machine is being deleted: '${stateMachineArn}'`);
  }
  return machine;
}
