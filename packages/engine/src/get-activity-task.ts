import { ApiError } from '@everstep/protocol';
import { formatTaskToken } from '@everstep/language';
import { encodeActivation } from './activation-codec.ts';
import type { EngineContext } from './context.ts';
import { tellOwner } from './hinting.ts';
import type { Subscription } from './ports/hint-queue.ts';

export interface GetActivityTaskRequest {
  readonly activityArn: string;
  readonly workerName?: string;
  /** Aborted when the poller goes away. */
  readonly signal: AbortSignal;
  /** How long to wait for a task, in milliseconds (AWS: 60,000). */
  readonly waitMs: number;
}

/** Announcements may be lost: a waiting poller looks this often by itself, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/**
 * Hands out the oldest task of an activity, or null when none came in time. Waiting holds a promise and nothing else.
 * Errors: ActivityDoesNotExist.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html
 */
export async function getActivityTask(
  context: EngineContext,
  request: GetActivityTaskRequest,
): Promise<{ taskToken: string; input: string } | null> {
  const { store, clock, hints } = context;
  if ((await store.findActivity(request.activityArn)) === null) {
    throw new ApiError('ActivityDoesNotExist', `Activity Does Not Exist: '${request.activityArn}'`);
  }
  const until = clock.now() + request.waitMs;
  const bell = new Bell();
  // Listening starts before the first look, so that nothing announced in between is missed.
  const subscription = await hints.listen('activity', (activityArn) => {
    if (activityArn === request.activityArn) bell.ring();
  });
  try {
    while (!request.signal.aborted) {
      const task = await take(context, request);
      if (task !== null) return task;
      const left = until - clock.now();
      if (left <= 0) return null;
      await bell.wait(context, Math.min(left, LOOK_EVERY_MS), request.signal);
    }
    return null;
  } finally {
    await closeQuietly(context, subscription);
  }
}

async function take(
  context: EngineContext,
  request: GetActivityTaskRequest,
): Promise<{ taskToken: string; input: string } | null> {
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

async function closeQuietly(context: EngineContext, subscription: Subscription): Promise<void> {
  try {
    await subscription.close();
  } catch (error) {
    context.logger.warn({ err: error }, 'a poller could not end its subscription');
  }
}

/** Remembers a ring that comes while nobody waits. */
class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async wait(context: EngineContext, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const stop = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([rung, context.clock.sleep(milliseconds, AbortSignal.any([signal, stop.signal]))]);
      stop.abort();
      this.#wake = null;
    }
    this.#rung = false;
  }
}
