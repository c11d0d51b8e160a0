import type { FunctionInvocation, Logger } from '@everstep/engine';
import type { FunctionDefinition } from './function-definition.ts';
import { FunctionProcess } from './function-process.ts';

export interface PoolInvocation {
  readonly invocation: FunctionInvocation;
  readonly requestId: string;
  readonly functionArn: string;
}

export interface PoolResult {
  readonly ok: boolean;
  /** JSON text: the result, or errorType and errorMessage. */
  readonly payload: string;
}

/** How long an idle process stays warm, in milliseconds. */
const IDLE_MS = 60_000;

/**
 * The processes of one function: kept warm while used, never more than the function's concurrency; further invocations
 * wait in order. A process that timed out or crashed is never used again.
 */
export class FunctionPool {
  #definition: FunctionDefinition;
  readonly #region: string;
  readonly #logger: Logger;
  readonly #idle: Array<{ process: FunctionProcess; timer: NodeJS.Timeout }> = [];
  readonly #all = new Set<FunctionProcess>();
  readonly #waiting: Array<() => void> = [];
  #busy = 0;

  constructor(definition: FunctionDefinition, region: string, logger: Logger) {
    this.#definition = definition;
    this.#region = region;
    this.#logger = logger;
  }

  /** The definition as read for the newest invocation: its limits hold from now on. */
  use(definition: FunctionDefinition): void {
    this.#definition = definition;
  }

  async invoke(request: PoolInvocation): Promise<PoolResult> {
    await this.#slot();
    try {
      // Nobody wants the answer any more: the call was cancelled while it waited.
      if (request.invocation.signal.aborted) return failed('Runtime.Cancelled', 'The invocation was cancelled.');
      return await this.#run(request);
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    for (const { timer } of this.#idle) clearTimeout(timer);
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((process) => process.end()));
  }

  async #slot(): Promise<void> {
    if (this.#busy >= this.#definition.concurrency) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#busy++;
  }

  async #run({ invocation, requestId, functionArn }: PoolInvocation): Promise<PoolResult> {
    const { name, timeoutSeconds, memoryMb } = this.#definition;
    const process = this.#take();
    const { executionArn, signal } = invocation;
    process.onLine = (line) => this.#logger.info({ functionName: name, requestId, executionArn }, line);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      process.kill();
    }, timeoutSeconds * 1000);
    const cancel = (): void => process.kill();
    signal.addEventListener('abort', cancel);
    const answer = await process.invoke({
      type: 'invoke',
      requestId,
      payload: invocation.payload,
      clientContext: invocation.clientContext,
      functionName: name,
      functionArn,
      memoryMb,
      deadline: Date.now() + timeoutSeconds * 1000,
    });
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
    if (answer.kind === 'answer' && !timedOut) {
      this.#giveBack(process);
      return answer;
    }
    this.#all.delete(process);
    // The texts of Lambda itself.
    if (timedOut) {
      const text = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      return failed('Sandbox.Timedout', text);
    }
    const description = answer.kind === 'exit' ? answer.description : 'unknown';
    const text = `RequestId: ${requestId} Error: Runtime exited with error: ${description}`;
    return failed('Runtime.ExitError', text);
  }

  #take(): FunctionProcess {
    for (let warm = this.#idle.pop(); warm !== undefined; warm = this.#idle.pop()) {
      clearTimeout(warm.timer);
      if (warm.process.alive) return warm.process;
      this.#all.delete(warm.process);
    }
    const process = new FunctionProcess(this.#definition, this.#region);
    this.#all.add(process);
    return process;
  }

  #giveBack(process: FunctionProcess): void {
    // Cancelled just as it answered: it is dying, and its next invocation would die with it.
    if (!process.alive) {
      this.#all.delete(process);
      return;
    }
    const timer = setTimeout(() => {
      const index = this.#idle.findIndex((entry) => entry.process === process);
      if (index >= 0) this.#idle.splice(index, 1);
      this.#all.delete(process);
      process.kill();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ process, timer });
  }
}

function failed(errorType: string, errorMessage: string): PoolResult {
  return { ok: false, payload: JSON.stringify({ errorType, errorMessage }) };
}
