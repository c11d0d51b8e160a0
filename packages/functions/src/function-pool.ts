import { type FunctionClientContext, FunctionServiceError } from '@everstep/engine';
import type { FunctionDefinition } from './function-definition.ts';
import { FunctionProcess, type ProcessResult } from './function-process.ts';
import type { FunctionLogs } from './logs/function-logs.ts';
import { LogTail } from './logs/log-tail.ts';
import type { IdleProcess, ProcessBudget } from './process-budget.ts';

export interface PoolOptions {
  readonly region: string;
  readonly accountId: string;
  readonly logs: FunctionLogs;
  readonly budget: ProcessBudget;
  /** How long an idle process stays warm, in milliseconds (60,000). */
  readonly idleMs?: number;
}

export interface PoolRequest {
  readonly requestId: string;
  readonly functionArn: string;
  /** JSON text. */
  readonly payload: string;
  readonly clientContext: FunctionClientContext | null;
  readonly traceId: string;
  readonly executionArn?: string;
  readonly logTail: boolean;
  readonly signal: AbortSignal;
}

export interface PoolAnswer {
  readonly ok: boolean;
  /** JSON text: the result, or errorType and errorMessage. */
  readonly payload: string;
  /** The end of the log, where it was asked for. */
  readonly logTail?: string;
}

interface Idle extends IdleProcess {
  readonly process: FunctionProcess;
  readonly timer: NodeJS.Timeout;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const IDLE_MS = 60_000;

/**
 * The processes of one version of a function: kept warm while used, never more than the function's concurrency; further
 * invocations wait in order, as many as its manifest lets wait. A process that timed out or crashed is never used again.
 */
export class FunctionPool {
  #definition: FunctionDefinition;
  readonly #options: PoolOptions;
  /** The one that worked last comes first: it is the warmest, and the others come to their end. */
  readonly #idle: Idle[] = [];
  readonly #all = new Set<FunctionProcess>();
  readonly #waiting = new Set<Waiter>();
  #busy = 0;
  #isClosed = false;

  constructor(definition: FunctionDefinition, options: PoolOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  /** The definition as found for the newest invocation: from now on its limits hold and its files run. */
  use(definition: FunctionDefinition): void {
    const isChanged = definition.files.stamp !== this.#definition.files.stamp;
    this.#definition = definition;
    if (isChanged) for (const idle of [...this.#idle]) idle.evict();
  }

  /** Errors: TooManyRequestsException, ServiceException. */
  async invoke(request: PoolRequest): Promise<PoolAnswer> {
    await this.#slot(request);
    try {
      return await this.#run(request);
    } finally {
      // The place goes to whoever waits longest.
      const [next] = this.#waiting;
      if (next === undefined) this.#busy -= 1;
      else next.resolve();
    }
  }

  /** Resolves when all processes are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiting) waiter.reject(closed(''));
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#all].map((process) => process.end()));
  }

  async #slot({ requestId, signal }: PoolRequest): Promise<void> {
    const { concurrency, waiting } = this.#definition;
    if (this.#busy < concurrency) {
      this.#busy += 1;
      return;
    }
    if (this.#waiting.size >= waiting) {
      throw new FunctionServiceError('TooManyRequestsException', 429, requestId, 'Rate Exceeded.');
    }
    await this.#turn(requestId, signal);
  }

  #turn(requestId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle =
        <Values extends unknown[]>(then: (...values: Values) => void) =>
        (...values: Values) => {
          this.#waiting.delete(waiter);
          signal.removeEventListener('abort', cancel);
          then(...values);
        };
      const waiter: Waiter = { resolve: settle(resolve), reject: settle(reject) };
      const cancel = (): void => waiter.reject(cancelled(requestId));
      signal.addEventListener('abort', cancel);
      this.#waiting.add(waiter);
      if (signal.aborted) cancel();
    });
  }

  async #run(request: PoolRequest): Promise<PoolAnswer> {
    const { name, version, memoryMb } = this.#definition;
    const { requestId, executionArn } = request;
    const facts = { functionName: name, version, requestId, ...(executionArn === undefined ? {} : { executionArn }) };
    const tail = request.logTail ? new LogTail(requestId, version) : null;
    const onLine = (message: string): void => {
      tail?.add(message);
      this.#options.logs.write({ at: Date.now(), ...facts, message });
    };
    for (;;) {
      const { process, isWarm } = await this.#take(request);
      const result = await process.invoke({ ...request, onLine });
      // A warm process that ended before it knew of the invocation has not begun it.
      if (isWarm && !result.isDelivered && !request.signal.aborted) continue;
      const usedBytes = tail === null ? 0 : await process.memory();
      if (process.isAlive) this.#giveBack(process);
      else if (!result.ok) onLine(describeFailure(result));
      const { ok, payload } = result;
      return tail === null ? { ok, payload } : { ok, payload, logTail: tail.text({ ...result, memoryMb, usedBytes }) };
    }
  }

  async #take({ requestId, signal }: PoolRequest): Promise<{ process: FunctionProcess; isWarm: boolean }> {
    // Nobody wants the answer any more: no process must begin with it.
    if (signal.aborted) throw cancelled(requestId);
    for (let warm = this.#idle.pop(); warm !== undefined; warm = this.#idle.pop()) {
      clearTimeout(warm.timer);
      this.#options.budget.removeIdle(warm);
      if (warm.process.isAlive) return { process: warm.process, isWarm: true };
    }
    const { budget, region, accountId, logs } = this.#options;
    await budget.take();
    if (this.#isClosed || signal.aborted) {
      budget.giveBack();
      throw this.#isClosed ? closed(requestId) : cancelled(requestId);
    }
    const definition = this.#definition;
    const { name: functionName, version } = definition;
    const process = new FunctionProcess({
      ...{ definition, region, accountId },
      onIdleLine: (message) => logs.write({ at: Date.now(), functionName, version, message }),
      onExit: () => {
        this.#all.delete(process);
        budget.giveBack();
      },
    });
    this.#all.add(process);
    return { process, isWarm: false };
  }

  #giveBack(process: FunctionProcess): void {
    // Its files have changed while it worked.
    if (this.#isClosed || process.definition.files.stamp !== this.#definition.files.stamp) return process.kill();
    const evict = (): void => {
      clearTimeout(entry.timer);
      const index = this.#idle.indexOf(entry);
      if (index >= 0) this.#idle.splice(index, 1);
      this.#options.budget.removeIdle(entry);
      process.kill();
    };
    const timer = setTimeout(evict, this.#options.idleMs ?? IDLE_MS);
    timer.unref();
    const entry: Idle = { process, timer, evict };
    this.#idle.push(entry);
    this.#options.budget.addIdle(entry);
  }
}

function cancelled(requestId: string): FunctionServiceError {
  return new FunctionServiceError('ServiceException', 500, requestId, 'The invocation was cancelled.');
}

function closed(requestId: string): FunctionServiceError {
  return new FunctionServiceError('ServiceException', 500, requestId, 'The function host is closing.');
}

/** What the log says of a failure that the function itself could not write down. */
function describeFailure({ payload }: ProcessResult): string {
  const { errorType, errorMessage }: { errorType?: unknown; errorMessage?: unknown } = JSON.parse(payload) ?? {};
  return `[ERROR] ${String(errorType)}: ${String(errorMessage)}`;
}
