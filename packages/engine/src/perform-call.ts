import type { Activation, Json, PendingTask } from '@everstep/language';
import type { EngineContext, EngineSettings } from './context.ts';
import type { Integration, IntegrationRegistry, JobRequest, TaskOutcome, TaskRequest } from './ports/integration.ts';
import { OutcomeUnknownError, StoreUnavailableError } from './ports/store.ts';
import type { RunSubject } from './run-image.ts';

const RETRY_MS = 200;

export interface CallConditions {
  readonly registry: IntegrationRegistry;
  /** Whether an effect is allowed now. */
  readonly mayAct: () => boolean;
}

/** What a call comes to: a task's outcome, or that its job, asked for the `count`th time, has not ended. */
export type CallOutcome = TaskOutcome | { readonly type: 'running'; readonly count: number };

type CallContext = Pick<EngineContext, 'clock' | 'logger'>;

/** Performs one attempt of a task; whatever happens is an outcome. */
export function performCall(
  context: CallContext,
  conditions: CallConditions,
  request: TaskRequest,
): Promise<TaskOutcome> {
  return call(context, conditions, request, async (integration) => {
    const outcome = await integration.perform(request);
    if (outcome.type !== 'failed' || outcome.stage !== undefined) return outcome;
    // Where the result comes later, what failed is the request.
    return { ...outcome, stage: request.resource.pattern === 'requestResponse' ? 'run' : 'submit' };
  });
}

/** Asks once for the job of a task; whatever happens is an outcome. */
export function performPoll(
  context: CallContext,
  conditions: CallConditions,
  request: JobRequest,
): Promise<CallOutcome> {
  return call<CallOutcome>(context, conditions, request, async (integration) => {
    const outcome = await integration.poll?.(request);
    if (outcome === undefined) return unavailable(request);
    if (outcome.type !== 'running') return outcome;
    const { executionArn, stateName } = request;
    if (outcome.trouble !== undefined) {
      context.logger.warn({ executionArn, stateName, trouble: outcome.trouble }, 'nobody knows how a job is doing');
    }
    return { type: 'running', count: request.asked };
  });
}

function unavailable({ resource }: TaskRequest): TaskOutcome {
  const cause = `The resource '${resource.arn}' is not available on this installation.`;
  return { type: 'failed', error: 'States.Runtime', cause, stage: 'start' };
}

async function call<Outcome>(
  context: CallContext,
  { registry, mayAct }: CallConditions,
  request: TaskRequest,
  perform: (integration: Integration) => Promise<Outcome>,
): Promise<Outcome | TaskOutcome> {
  const { clock, logger } = context;
  const integration = registry.find(request.resource);
  if (integration === null) return unavailable(request);
  for (;;) {
    try {
      return await perform(integration);
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

/** How often jobs are asked for: soon after their start, then more and more rarely. */
export type Polling = Pick<EngineSettings, 'jobPollMs' | 'maxJobPollMs'>;

const POLL_GROWTH = 1.5;

/** How long to wait after a job has been asked for so many times, in milliseconds. */
export function pollDelayMs(count: number, { jobPollMs, maxJobPollMs }: Polling): number {
  return Math.round(Math.min(jobPollMs * POLL_GROWTH ** count, Math.max(jobPollMs, maxJobPollMs)));
}

function startedJob(job: Json | undefined, at: number, polling: Polling): { started?: { job: Json; pollAt: number } } {
  return job === undefined ? {} : { started: { job, pollAt: at + pollDelayMs(0, polling) } };
}

/** What a call's outcome is to the interpreter. */
export function activationOf(taskId: number, outcome: CallOutcome, at: number, polling: Polling): Activation {
  switch (outcome.type) {
    case 'succeeded':
      return { at, type: 'TaskResult', taskId, result: { ok: true, output: outcome.output } };
    case 'submitted':
      return { at, type: 'TaskSubmitted', taskId, output: outcome.output, ...startedJob(outcome.job, at, polling) };
    case 'running': {
      const { count } = outcome;
      return { at, type: 'TaskPolled', taskId, count, pollAt: at + pollDelayMs(count, polling) };
    }
    case 'failed': {
      const { error, cause, stage = 'run', retryAfterMs } = outcome;
      const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
      return { at, type: 'TaskResult', taskId, result: { ok: false, error, cause, stage, ...asked } };
    }
  }
}

type Called = Pick<PendingTask, 'taskId' | 'stateName' | 'resource' | 'parameters' | 'token' | 'roleArn' | 'timeoutAt'>;

export function taskRequest(
  { facts }: { readonly facts: Pick<RunSubject['facts'], 'executionArn' | 'executionId' | 'stateMachineArn'> },
  task: Called,
  signal: AbortSignal,
): TaskRequest {
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
