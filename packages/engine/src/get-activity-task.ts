import { ApiError, accountOfArn } from '@everstep/protocol';
import { formatTaskToken } from '@everstep/language';
import { encodeActivation } from './activation-codec.ts';
import { parseEncryption } from './catalog/configuration.ts';
import { type ActivityTask, type EngineContext, encryptionKeysOf } from './context.ts';
import { requireKey, scopeOf } from './encryption/key-in-use.ts';
import { tellOwner } from './hinting.ts';

export interface GetActivityTaskRequest {
  readonly activityArn: string;
  readonly workerName?: string;
  /** Aborted when the poller goes away. */
  readonly signal: AbortSignal;
  /** How long to wait for a task, in milliseconds (AWS: 60,000). */
  readonly waitMs: number;
}

/**
 * Hands out the oldest task of an activity, or null when none came in time. Waiting holds a promise and nothing else.
 * Errors: ActivityDoesNotExist, ActivityWorkerLimitExceeded, KmsAccessDeniedException, KmsInvalidStateException.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
 */
export async function getActivityTask(
  context: EngineContext,
  request: GetActivityTaskRequest,
): Promise<ActivityTask | null> {
  const { activityArn, signal, waitMs } = request;
  const activity = await context.activityReads.submit(activityArn);
  if (activity === null) {
    throw new ApiError('ActivityDoesNotExist', `Activity Does Not Exist: '${activityArn}'`);
  }
  // Before anything is taken that could not be read then.
  const scope = scopeOf(parseEncryption(activity.encryption), accountOfArn(activityArn));
  if (scope !== null) requireKey(encryptionKeysOf(context), scope);
  return context.activityDesks.wait({ activityArn, signal, waitMs, take: () => take(context, request) });
}

async function take(context: EngineContext, request: GetActivityTaskRequest): Promise<ActivityTask | null> {
  const workerName = request.workerName ?? null;
  const task = await context.store.takeActivityTask({
    activityArn: request.activityArn,
    workerName,
    activation: (taskId, at) => encodeActivation({ at, type: 'ActivityStarted', taskId, workerName }),
    graceMs: context.settings.graceMs,
  });
  if (task === null) return null;
  tellOwner(context.hints, task);
  const tokenKey = await context.taskTokens.keyOf(task.executionId);
  return { taskToken: formatTaskToken(task.executionId, task.taskId, tokenKey), input: task.input };
}
