import type { Activation, PendingTask } from '@everstep/language';
import type { EngineContext } from './context.ts';
import type { IntegrationRegistry, TaskOutcome, TaskRequest } from './ports/integration.ts';
import { OutcomeUnknownError, StoreUnavailableError } from './ports/store.ts';
import type { RunSubject } from './run-image.ts';

const RETRY_MS = 200;

export interface CallConditions {
  readonly registry: IntegrationRegistry;
  /** Whether an effect is allowed now. */
  readonly mayAct: () => boolean;
}

/** Performs one attempt of a task; whatever happens is an outcome. */
export async function performCall(
  context: Pick<EngineContext, 'clock' | 'logger'>,
  { registry, mayAct }: CallConditions,
  request: TaskRequest,
): Promise<TaskOutcome> {
  const { clock, logger } = context;
  const { resource } = request;
  const integration = registry.find(resource);
  if (integration === null) {
    const cause = `The resource '${resource.arn}' is not available on this installation.`;
    return { type: 'failed', error: 'States.Runtime', cause, stage: 'start' };
  }
  for (;;) {
    try {
      const outcome = await integration.perform(request);
      if (outcome.type !== 'failed' || outcome.stage !== undefined) return outcome;
      // Where the result comes later, what failed is the request.
      return { ...outcome, stage: resource.pattern === 'requestResponse' ? 'run' : 'submit' };
    } catch (error) {
      if (!isStoreFault(error)) return thrown(context, request, error);
      // The store's absence is no answer of the service: the same attempt is made again, under the same key.
      logger.warn({ err: error, executionArn: request.executionArn }, 'the store is away; a call is made again');
      do await clock.sleep(RETRY_MS, request.signal);
      while (!request.signal.aborted && !mayAct());
      // Nobody listens to a call that was ended.
      if (request.signal.aborted) return { type: 'failed', error: 'States.TaskFailed', cause: 'cancelled' };
    }
  }
}

/** What a call's outcome is to the interpreter. */
export function activationOf(taskId: number, outcome: TaskOutcome, at: number): Activation {
  switch (outcome.type) {
    case 'succeeded':
      return { at, type: 'TaskResult', taskId, result: { ok: true, output: outcome.output } };
    case 'submitted':
      return { at, type: 'TaskSubmitted', taskId, output: outcome.output };
    case 'failed': {
      const { error, cause, stage = 'run' } = outcome;
      return { at, type: 'TaskResult', taskId, result: { ok: false, error, cause, stage } };
    }
  }
}

type Called = Pick<PendingTask, 'taskId' | 'stateName' | 'resource' | 'parameters' | 'token' | 'roleArn' | 'timeoutAt'>;

export function taskRequest({ facts }: Pick<RunSubject, 'facts'>, task: Called, signal: AbortSignal): TaskRequest {
  return {
    executionArn: facts.executionArn,
    executionId: facts.executionId,
    stateMachineArn: facts.stateMachineArn,
    stateName: task.stateName,
    taskId: task.taskId,
    attemptId: `${facts.executionId}-${task.taskId}`,
    resource: task.resource,
    parameters: task.parameters,
    token: task.token,
    roleArn: task.roleArn,
    timeoutAt: task.timeoutAt,
    signal,
  };
}

function thrown(
  { logger }: Pick<EngineContext, 'logger'>,
  { executionArn, stateName }: TaskRequest,
  error: unknown,
): TaskOutcome {
  logger.error({ err: error, executionArn, stateName }, 'an integration threw');
  const cause = error instanceof Error ? error.message : String(error);
  return { type: 'failed', error: 'States.TaskFailed', cause, stage: 'start' };
}

function isStoreFault(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError;
}
