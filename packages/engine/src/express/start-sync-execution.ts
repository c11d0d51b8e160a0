import { ApiError, expressArn, requireName } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import { type CompiledRevision, UnusableRevisionError } from '../machine-cache.ts';
import { performCall } from '../perform-call.ts';
import type { RevisionRecord } from '../ports/catalog-store.ts';
import type { Qualifier } from '../ports/execution-store.ts';
import type { IntegrationRegistry, TaskRequest } from '../ports/integration.ts';
import { checkInput } from '../start-execution.ts';
import { findStartTarget } from '../start-target.ts';
import { CallSlots } from './call-slots.ts';
import { ExpressExecution, type ExpressEnd, expressFailure } from './express-execution.ts';
import { expressFacts } from './express-facts.ts';

export interface StartSyncExecutionRequest {
  /** Of a machine, a version or an alias. */
  readonly stateMachineArn: string;
  /** A UUID where absent. */
  readonly name?: string;
  /** JSON text; `{}` where absent. */
  readonly input?: string;
  readonly traceHeader?: string;
}

export interface SyncExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startDate: number;
  readonly stopDate: number;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly error?: string;
  readonly cause?: string;
  readonly input: string;
  /** With SUCCEEDED. */
  readonly output?: string;
  readonly traceHeader?: string;
  /** As AWS would bill it: every started 100 ms. */
  readonly billedDurationInMilliseconds: number;
  /** Every started 64 MB, of 50 MB and the execution's data. */
  readonly billedMemoryUsedInMB: number;
}

export interface SyncExecutionsOptions {
  readonly registry: IntegrationRegistry;
}

/**
 * Synchronous Express executions, in this process from the request to the answer, at most once: they end with the
 * process. One whose caller has gone away runs on, as in AWS.
 */
export class SyncExecutions {
  readonly #context: EngineContext;
  readonly #registry: IntegrationRegistry;
  readonly #slots: CallSlots;
  readonly #running = new Set<ExpressExecution>();
  #admitted = 0;
  #whenIdle: (() => void) | null = null;

  constructor(context: EngineContext, { registry }: SyncExecutionsOptions) {
    this.#context = context;
    this.#registry = registry;
    this.#slots = new CallSlots(context.settings.maxConcurrentCalls);
  }

  get size(): number {
    return this.#admitted;
  }

  /**
   * Errors: InvalidName, InvalidExecutionInput, StateMachineDoesNotExist, StateMachineDeleting,
   * StateMachineTypeNotSupported (for STANDARD), ThrottlingException (so many run already), ServiceUnavailable (the
   * process ended before the execution did).
   * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
   */
  async start(request: StartSyncExecutionRequest): Promise<SyncExecution> {
    const context = this.#context;
    const { input = '{}', name = context.ids.uuid(), traceHeader } = request;
    checkInput(input);
    requireName(name);
    const executionId = context.ids.executionId(context.clock.now());
    const { machine, revision, qualifier } = await findStartTarget(context, request.stateMachineArn, executionId);
    if (machine.type !== 'EXPRESS') {
      throw new ApiError(
        'StateMachineTypeNotSupported',
        'This operation is not supported by this type of state machine',
      );
    }
    if (this.#admitted >= context.settings.maxSyncExecutions) {
      throw new ApiError('ThrottlingException', 'Rate exceeded');
    }
    const { stateMachineArn } = machine;
    const executionArn = expressArn(stateMachineArn, name, executionId);
    const startDate = context.clock.now();
    const started = { executionId, executionArn, stateMachineArn, name, startDate, input, qualifier };
    const end = await this.#admit(() => this.#run(started, revision));
    if (end === null) throw new ApiError('ServiceUnavailable', 'The server is closing. Please try again.');
    return { ...describe(started, end), ...(traceHeader === undefined ? {} : { traceHeader }) };
  }

  /** Waits for the executions that run; ends those that are left after the time. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#admitted === 0) return;
    const over = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    await Promise.race([idle, this.#context.clock.sleep(timeoutMs, over.signal)]);
    over.abort();
    if (this.#admitted === 0) return;
    this.#context.logger.warn({ count: this.#admitted }, 'synchronous executions did not end in time and are lost');
    for (const execution of this.#running) execution.abandon();
  }

  /** Counted from here on: thousands that wait for the same definition must not all be let in. */
  async #admit<Result>(run: () => Promise<Result>): Promise<Result> {
    const { metrics } = this.#context;
    this.#admitted++;
    metrics.count('executionsStarted');
    try {
      return await run();
    } finally {
      this.#admitted--;
      metrics.count('executionsEnded');
      if (this.#admitted === 0) this.#whenIdle?.();
    }
  }

  async #run(
    started: Started & { executionId: string; qualifier: Qualifier | null },
    revision: RevisionRecord,
  ): Promise<ExpressEnd | null> {
    const context = this.#context;
    let compiled: CompiledRevision;
    try {
      compiled = await context.machines.compiled(revision);
    } catch (error) {
      if (!(error instanceof UnusableRevisionError)) throw error;
      return expressFailure(`This execution cannot go on: ${error.message}`, context.clock.now());
    }
    const conditions = { registry: this.#registry, mayAct: () => true };
    const execution = new ExpressExecution(context, {
      facts: expressFacts(context, started, revision),
      compiled,
      perform: (request) => {
        const call = () => performCall(context, conditions, request);
        return isNested(request) ? call() : this.#slots.use(request.signal, call);
      },
    });
    return this.#toEnd(execution);
  }

  async #toEnd(execution: ExpressExecution): Promise<ExpressEnd | null> {
    this.#running.add(execution);
    try {
      return await execution.run();
    } finally {
      this.#running.delete(execution);
    }
  }
}

type Started = Pick<SyncExecution, 'executionArn' | 'stateMachineArn' | 'name' | 'startDate' | 'input'>;

/**
 * An execution inside another one takes no place among the calls: parents would hold all of them while their children
 * wait for one. `maxSyncExecutions` bounds how many there are.
 */
function isNested({ resource }: TaskRequest): boolean {
  return resource.service === 'aws-sdk:sfn' && resource.operation === 'startSyncExecution';
}

const MEGABYTE = 1_048_576;

function describe(started: Started, end: ExpressEnd): SyncExecution {
  const { executionArn, stateMachineArn, name, startDate, input } = started;
  const { status, output, error, cause, stopDate } = end;
  const dataMegabytes = (input.length + (output?.length ?? 0)) / MEGABYTE;
  return {
    executionArn,
    stateMachineArn,
    name,
    startDate,
    stopDate,
    // Nobody can stop one.
    status: status === 'ABORTED' ? 'FAILED' : status,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    input,
    ...(output === undefined ? {} : { output }),
    billedDurationInMilliseconds: Math.max(100, Math.ceil((stopDate - startDate) / 100) * 100),
    billedMemoryUsedInMB: Math.ceil((50 + dataMegabytes) / 64) * 64,
  };
}
