import { type TaskResult, JsonSyntaxError, parseJson, utf8Length } from '@everstep/language';
import { ApiError, QUOTAS } from '@everstep/protocol';
import { encodeActivation } from './activation-codec.ts';
import type { EngineContext } from './context.ts';
import { tellOwner } from './hinting.ts';
import { isDeeperThan } from './json-depth.ts';
import type { CallbackOutcome } from './ports/token-store.ts';
import type { TaskTokenSubject } from './task-tokens.ts';

/**
 * The callbacks. The token row decides, in the transaction that accepts the result; what is acknowledged takes effect.
 * Errors: InvalidToken (not a token of this installation), TaskTimedOut (its task is over), TaskDoesNotExist (its
 * execution is not known any more), InvalidOutput.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
 */
export async function sendTaskSuccess(
  context: EngineContext,
  request: { taskToken: string; output: string },
): Promise<void> {
  if (utf8Length(request.output) > QUOTAS.outputBytes) {
    throw new ApiError('InvalidOutput', `Invalid Output: the output is longer than ${QUOTAS.outputBytes} bytes.`);
  }
  if (isDeeperThan(request.output, QUOTAS.jsonDepth)) {
    throw new ApiError('InvalidOutput', `Invalid Output: the output is nested deeper than ${QUOTAS.jsonDepth} levels.`);
  }
  const subject = await requireSubject(context, request.taskToken);
  try {
    await complete(context, subject, { ok: true, output: parseJson(request.output) });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ApiError('InvalidOutput', `Invalid Output: '${error.message}'`);
  }
}

export async function sendTaskFailure(
  context: EngineContext,
  request: { taskToken: string; error?: string; cause?: string },
): Promise<void> {
  const subject = await requireSubject(context, request.taskToken);
  const { error, cause } = request;
  await complete(context, subject, {
    ok: false,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  });
}

export async function sendTaskHeartbeat(context: EngineContext, request: { taskToken: string }): Promise<void> {
  const subject = await requireSubject(context, request.taskToken);
  const outcome = await context.store.heartbeatTask(subject);
  await requireAccepted(context, subject, outcome);
}

async function requireSubject(context: EngineContext, taskToken: string): Promise<TaskTokenSubject> {
  const subject = await context.taskTokens.verify(taskToken);
  if (subject === null) throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  return subject;
}

async function complete(context: EngineContext, subject: TaskTokenSubject, result: TaskResult): Promise<void> {
  await requireAccepted(context, subject, await acceptResult(context, subject, result));
}

/** Puts a result before its task, and tells whoever runs it, where the task still takes one. */
async function acceptResult(
  context: EngineContext,
  { executionId, taskId }: TaskTokenSubject,
  result: TaskResult,
): Promise<CallbackOutcome> {
  const outcome = await context.store.completeTask({
    executionId,
    taskId,
    activation: encodeActivation({ at: context.clock.now(), type: 'TaskResult', taskId, result }),
    graceMs: context.settings.graceMs,
  });
  if (outcome.kind === 'accepted') tellOwner(context.hints, { executionId, owner: outcome.owner });
  return outcome;
}

async function requireAccepted(
  context: EngineContext,
  subject: TaskTokenSubject,
  outcome: CallbackOutcome,
): Promise<void> {
  if (outcome.kind === 'accepted') return;
  if (outcome.kind === 'gone' && (await context.store.findExecution(subject.executionId)) === null) {
    throw new ApiError('TaskDoesNotExist', "Task Does Not Exist: 'Task does not exist'");
  }
  throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}
