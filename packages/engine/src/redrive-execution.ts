import { ApiError, QUOTAS } from '@everstep/protocol';
import { encodeActivation } from './activation-codec.ts';
import type { EngineContext } from './context.ts';
import { isMapChild } from './map-run/map-children.ts';
import type { ExecutionRecord } from './ports/execution-store.ts';

export interface RedriveExecutionRequest {
  readonly executionArn: string;
  readonly clientToken?: string;
}

/**
 * An execution that ended without success goes on from where it failed: one commit, and a hint. Asked again with the
 * same token, it answers the redrive that the token has caused.
 * Errors: ExecutionDoesNotExist, ExecutionNotRedrivable.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
 */
export async function redriveExecution(
  context: EngineContext,
  request: RedriveExecutionRequest,
): Promise<{ readonly redriveDate: number }> {
  const { store, clock, settings } = context;
  const { executionArn, clientToken } = request;
  const execution = await store.findExecutionByArn(executionArn);
  if (execution === null) {
    throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
  }
  const { executionId } = execution;
  const redriveDate = clock.now();
  const findEarlier = async (): Promise<number | null> =>
    clientToken === undefined ? null : findByToken(context, executionId, clientToken, redriveDate);
  const earlier = await findEarlier();
  if (earlier !== null) return { redriveDate: earlier };
  const reason = await reasonNotToRedrive(context, execution);
  if (reason !== null) throw new ApiError('ExecutionNotRedrivable', reason);
  const redriveCount = execution.redriveCount + 1;
  const outcome = await store.redriveExecution({
    executionId,
    redriveCount,
    redriveDate,
    clientToken: clientToken ?? null,
    activation: encodeActivation({ at: redriveDate, type: 'Redrive', redriveCount }),
    graceMs: settings.graceMs,
  });
  if (outcome.kind === 'redriven') {
    context.hints.send([executionId]);
    return { redriveDate };
  }
  // Somebody was faster: perhaps the very same request.
  const same = await findEarlier();
  if (same !== null) return { redriveDate: same };
  const now = (await store.findExecution(executionId)) ?? execution;
  const changed = await reasonNotToRedrive(context, now);
  throw new ApiError('ExecutionNotRedrivable', changed ?? 'Execution is being redriven by another request');
}

function findByToken(
  { store }: Pick<EngineContext, 'store'>,
  executionId: string,
  clientToken: string,
  now: number,
): Promise<number | null> {
  const after = now - QUOTAS.redriveTokenLifeMs;
  return store.findRedrive({ executionId, clientToken, after, latest: QUOTAS.redriveTokens });
}

/**
 * Why an execution cannot be redriven at present, in AWS's words; null: it can.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
 */
export async function reasonNotToRedrive(
  { store, clock }: Pick<EngineContext, 'store' | 'clock'>,
  execution: ExecutionRecord,
): Promise<string | null> {
  const { status, startDate, stopDate, stateMachineArn, executionId, redriveCount } = execution;
  if (status === 'RUNNING' || status === 'SUCCEEDED' || status === 'PENDING_REDRIVE' || stopDate === null) {
    return `Execution is ${status} and cannot be redriven`;
  }
  if (isMapChild(execution))
    return 'Execution is a child workflow execution of a Map Run: redrive its parent execution';
  const now = clock.now();
  if (now - stopDate > QUOTAS.redrivableMs) return 'Execution redrivable period exceeded';
  if (now - startDate > QUOTAS.executionMs) return 'Execution has exceeded the max execution time';
  if (redriveCount >= QUOTAS.redrives) return 'Execution redrive limit exceeded';
  const [machine, ended] = await Promise.all([
    store.findStateMachine(stateMachineArn),
    store.findEndedRun(executionId),
  ]);
  if (machine === null || machine.status === 'DELETING') return 'State machine is in DELETING status';
  if (ended === null) return 'Execution redrivable period exceeded';
  return ended.lastEventId >= QUOTAS.redrivableEvents ? 'Execution history event limit exceeded' : null;
}
