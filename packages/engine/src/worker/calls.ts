import type { PendingTask } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import type { IntegrationRegistry, TaskOutcome, TaskRequest } from '../ports/integration.ts';
import { OutcomeUnknownError, StoreUnavailableError } from '../ports/store.ts';
import type { RunSubject } from '../run-image.ts';

const RETRY_MS = 200;

/** One attempt's outside call in this process. It outlives its run's presence in memory, so as never to start twice. */
interface Call {
  readonly taskId: number;
  readonly controller: AbortController;
  readonly perform: () => Promise<TaskOutcome>;
  outcome: TaskOutcome | null;
}

export interface CallsOptions {
  readonly registry: IntegrationRegistry;
  /** Whether the worker's lease allows an effect now. */
  readonly mayAct: () => boolean;
  readonly onSettled: (executionId: string, taskId: number, outcome: TaskOutcome) => void;
}

/**
 * The outside calls in flight, by execution and task. Every call here was committed before it started. At most
 * `maxConcurrentCalls` run at once; the others wait in order.
 */
export class Calls {
  readonly #context: EngineContext;
  readonly #options: CallsOptions;
  readonly #calls = new Map<string, Map<number, Call>>();
  #waiting: Array<() => void> = [];
  #running = 0;

  constructor(context: EngineContext, options: CallsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** How many calls wait or run. */
  get size(): number {
    return this.#running + this.#waiting.length;
  }

  has(executionId: string): boolean {
    return this.#calls.has(executionId);
  }

  /** The outcome of a call that has one; `null`: in flight; `undefined`: there is no such call. */
  outcome(executionId: string, taskId: number): TaskOutcome | null | undefined {
    return this.#calls.get(executionId)?.get(taskId)?.outcome;
  }

  /** Performs a committed task, unless this process already does. */
  start(subject: RunSubject, task: PendingTask): void {
    const { executionId } = subject.facts;
    const ofExecution = this.#calls.get(executionId) ?? new Map<number, Call>();
    if (ofExecution.has(task.taskId)) return;
    const controller = new AbortController();
    const request = taskRequest(subject, task, controller.signal);
    const call: Call = { taskId: task.taskId, controller, perform: () => this.#perform(request), outcome: null };
    ofExecution.set(task.taskId, call);
    this.#calls.set(executionId, ofExecution);
    if (this.#running < this.#context.settings.maxConcurrentCalls) void this.#run(executionId, call);
    else this.#waiting.push(() => void this.#run(executionId, call));
  }

  /** Forgets a call whose outcome is committed, or that nobody wants any more: it is told to stop. */
  end(executionId: string, taskId: number): void {
    const ofExecution = this.#calls.get(executionId);
    const call = ofExecution?.get(taskId);
    if (ofExecution === undefined || call === undefined) return;
    ofExecution.delete(taskId);
    if (ofExecution.size === 0) this.#calls.delete(executionId);
    if (call.outcome === null) call.controller.abort();
  }

  endAll(executionId: string): void {
    for (const taskId of [...(this.#calls.get(executionId)?.keys() ?? [])]) this.end(executionId, taskId);
  }

  clear(): void {
    for (const executionId of [...this.#calls.keys()]) this.endAll(executionId);
  }

  async #run(executionId: string, call: Call): Promise<void> {
    if (!call.controller.signal.aborted && this.#options.mayAct()) {
      this.#running++;
      try {
        call.outcome = await call.perform();
      } finally {
        this.#running--;
      }
      // Whoever ended the call in the meantime does not want to hear of it.
      if (!call.controller.signal.aborted) this.#options.onSettled(executionId, call.taskId, call.outcome);
    }
    const next = this.#waiting.shift();
    // Not called from here: thousands of ended calls in a row must not pile up on the stack.
    if (next !== undefined) queueMicrotask(next);
  }

  async #perform(request: TaskRequest): Promise<TaskOutcome> {
    const { resource } = request;
    const integration = this.#options.registry.find(resource);
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
        if (!isStoreFault(error)) return this.#thrown(request, error);
        // The store's absence is no answer of the service: the same attempt is made again, under the same key.
        const { clock, logger } = this.#context;
        logger.warn({ err: error, executionArn: request.executionArn }, 'the store is away; a call is made again');
        do await clock.sleep(RETRY_MS, request.signal);
        while (!request.signal.aborted && !this.#options.mayAct());
        // Nobody listens to a call that was ended.
        if (request.signal.aborted) return { type: 'failed', error: 'States.TaskFailed', cause: 'cancelled' };
      }
    }
  }

  #thrown({ executionArn, stateName }: TaskRequest, error: unknown): TaskOutcome {
    this.#context.logger.error({ err: error, executionArn, stateName }, 'an integration threw');
    const cause = error instanceof Error ? error.message : String(error);
    return { type: 'failed', error: 'States.TaskFailed', cause, stage: 'start' };
  }
}

function isStoreFault(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof OutcomeUnknownError;
}

function taskRequest(subject: RunSubject, task: PendingTask, signal: AbortSignal): TaskRequest {
  const { facts } = subject;
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
