import type { ExecutionRecord, ExecutionStore } from '@everstep/engine';
import { ApiError } from '@everstep/protocol';

/** Errors: ExecutionDoesNotExist. */
export async function findExecution(
  store: Pick<ExecutionStore, 'findExecutionByArn'>,
  executionArn: string,
): Promise<ExecutionRecord> {
  const execution = await store.findExecutionByArn(executionArn);
  if (execution === null) {
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }
  return execution;
}
