import type { EngineContext } from '../context.ts';
import { stopExecution } from '../stop-execution.ts';
import { type StopOpenExecution, finishDeletion } from './finish-deletions.ts';

/** Open executions that the request itself stops; the scheduler's duty stops the rest. */
const STOPPED_AT_ONCE = 20;

/**
 * Marks the machine as DELETING, which is what the answer promises; from then on nothing of it starts. The first open
 * executions are stopped right away, so that a machine without many is gone when this returns. Deleting a machine that
 * does not exist succeeds, as it does in AWS.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
 */
export async function deleteStateMachine(
  context: EngineContext,
  request: { readonly stateMachineArn: string },
  stop: StopOpenExecution = stopExecution,
): Promise<void> {
  const { stateMachineArn } = request;
  const marked = await context.store.markStateMachineDeleting(stateMachineArn);
  if (!marked) return;
  try {
    await finishDeletion(context, { stateMachineArn, limit: STOPPED_AT_ONCE, stop });
  } catch (error) {
    // The mark is durable: the duty goes on from here.
    context.logger.warn({ err: error, stateMachineArn }, 'a deletion was begun and is left to the scheduler');
  }
}
