import { ApiError } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { RevisionRecord, StateMachineRecord } from '../ports/catalog-store.ts';

/** The machine, ACTIVE or DELETING. Errors: StateMachineDoesNotExist. */
export async function findStateMachine(
  context: Pick<EnginePorts, 'store'>,
  stateMachineArn: string,
): Promise<StateMachineRecord> {
  const machine = await context.store.findStateMachine(stateMachineArn);
  if (machine === null) throw doesNotExist(stateMachineArn);
  return machine;
}

/** Errors: StateMachineDoesNotExist, StateMachineDeleting. */
export async function findActiveStateMachine(
  context: Pick<EnginePorts, 'store'>,
  stateMachineArn: string,
): Promise<StateMachineRecord> {
  const machine = await findStateMachine(context, stateMachineArn);
  if (machine.status === 'DELETING') throw isBeingDeleted(stateMachineArn);
  return machine;
}

/** A machine's first revision has no id that AWS would tell. */
export function isInitialRevision(machine: StateMachineRecord, revision: RevisionRecord): boolean {
  if (machine.revision.revisionId === revision.revisionId) return machine.revisionNumber === 1;
  return revision.createdAt === machine.createdAt;
}

export function doesNotExist(stateMachineArn: string): ApiError {
  return new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
}

export function isBeingDeleted(stateMachineArn: string): ApiError {
  return new ApiError('StateMachineDeleting', `State Machine is being deleted: '${stateMachineArn}'`);
}
