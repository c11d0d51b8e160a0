import type { EngineContext } from '../context.ts';
import { stopExecution } from '../stop-execution.ts';

/** Stops one open execution of a machine that is being deleted. */
export type StopOpenExecution = (context: EngineContext, request: { executionArn: string }) => Promise<unknown>;

export interface DeletionProgress {
  /** Executions that were stopped. */
  readonly stopped: number;
  /** Machines that are gone now. */
  readonly purged: number;
}

const MACHINES = 100;
const STOPS_AT_ONCE = 10;

/**
 * The scheduler's duty: goes on with the machines in status DELETING, stopping at most `limit` open executions. It may
 * run in any number of processes at once; what one of them leaves, the next round takes up.
 */
export async function finishDeletions(
  context: EngineContext,
  limit: number,
  stop: StopOpenExecution = stopExecution,
): Promise<DeletionProgress> {
  let stopped = 0;
  let purged = 0;
  for (const stateMachineArn of await context.store.listDeletingStateMachines(MACHINES)) {
    const progress = await finishDeletion(context, { stateMachineArn, limit: limit - stopped, stop });
    stopped += progress.stopped;
    purged += progress.purged;
    if (stopped >= limit) break;
  }
  return { stopped, purged };
}

/** One machine's part of {@link finishDeletions}. */
export async function finishDeletion(
  context: EngineContext,
  work: { readonly stateMachineArn: string; readonly limit: number; readonly stop: StopOpenExecution },
): Promise<DeletionProgress> {
  const { stateMachineArn, limit, stop } = work;
  const open = await context.store.listOpenExecutionIds(stateMachineArn, limit);
  let stopped = 0;
  for (let from = 0; from < open.length; from += STOPS_AT_ONCE) {
    const batch = open.slice(from, from + STOPS_AT_ONCE);
    const outcomes = await Promise.all(batch.map((executionId) => stopOne(context, executionId, stop)));
    stopped += outcomes.filter(Boolean).length;
  }
  const purged = await context.store.purgeStateMachine(stateMachineArn);
  return { stopped, purged: purged ? 1 : 0 };
}

/** One execution that cannot be stopped now must not keep the others open. */
async function stopOne(context: EngineContext, executionId: string, stop: StopOpenExecution): Promise<boolean> {
  try {
    const execution = await context.store.findExecution(executionId);
    if (execution === null) return false;
    await stop(context, { executionArn: execution.executionArn });
    return true;
  } catch (error) {
    context.logger.warn(
      { err: error, executionId },
      'an execution of a state machine that is being deleted could not be stopped; it is tried again',
    );
    return false;
  }
}
