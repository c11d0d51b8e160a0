import { Batcher } from '../batcher.ts';
import type { EngineContext } from '../context.ts';
import { MOST_CRASHES } from '../crashes.ts';
import { logEvents } from '../execution-logging.ts';
import { type CompiledRevision, UnusableRevisionError } from '../machine-cache.ts';
import { type CallConditions, performCall } from '../perform-call.ts';
import type { ClaimedRun } from '../ports/run-store.ts';
import { CallSlots } from './call-slots.ts';
import { ExpressExecution, expressFailure, failureEvent } from './express-execution.ts';
import { expressFacts } from './express-facts.ts';

const ENDS_AT_ONCE = 1_000;
const RETRY_MS = 200;

type RunId = Pick<ClaimedRun, 'epoch'> & { readonly executionId: string };

interface Resident extends RunId {
  /** null while it is being loaded. */
  execution: ExpressExecution | null;
}

/**
 * The asynchronous Express executions of a worker. Each runs in memory from its start; its row is there until its end, so
 * that the death of this process lets another worker run it again.
 */
export class ExpressRuns {
  readonly #context: EngineContext;
  readonly #conditions: CallConditions;
  readonly #slots: CallSlots;
  readonly #runs = new Map<string, Resident>();
  readonly #ends: Batcher<RunId, true>;

  constructor(context: EngineContext, conditions: CallConditions) {
    this.#context = context;
    this.#conditions = conditions;
    this.#slots = new CallSlots(context.settings.maxConcurrentCalls);
    this.#ends = new Batcher({
      write: (batch) => this.#writeEnds(batch),
      size: () => 1,
      maxItems: ENDS_AT_ONCE,
      maxBytes: ENDS_AT_ONCE,
    });
  }

  get size(): number {
    return this.#runs.size;
  }
  ids(): string[] {
    return [...this.#runs.keys()];
  }
  has(executionId: string): boolean {
    return this.#runs.has(executionId);
  }

  /** Takes a claimed run; answers before it has run. */
  admit(claimed: ClaimedRun): void {
    const { executionId } = claimed.execution;
    const resident: Resident = { executionId, epoch: claimed.epoch, execution: null };
    this.#runs.set(executionId, resident);
    void this.#run(claimed, resident);
  }

  /** Forgets all runs, as if the process had died: whoever owns them next begins anew. */
  clear(): void {
    const residents = [...this.#runs.values()];
    this.#runs.clear();
    for (const { execution } of residents) execution?.abandon();
  }

  async #run(claimed: ClaimedRun, resident: Resident): Promise<void> {
    const { executionId, executionArn } = claimed.execution;
    try {
      const ended = await this.#toEnd(claimed, resident);
      if (ended && this.#isHere(resident)) {
        await this.#ends.submit(resident);
        this.#context.metrics.count('executionsEnded');
      }
    } catch (error) {
      // Not in memory any more, it is claimed anew with the lease's next renewal.
      this.#context.logger.warn({ err: error, executionArn }, 'an Express execution could not be run; it is run again');
    }
    if (this.#isHere(resident)) this.#runs.delete(executionId);
  }

  /** False: it was abandoned. */
  async #toEnd(claimed: ClaimedRun, resident: Resident): Promise<boolean> {
    const context = this.#context;
    const { execution, crashes, unreadable } = claimed;
    if (unreadable !== undefined) {
      const { executionArn } = execution;
      context.logger.error({ executionArn, reason: unreadable }, 'an Express execution cannot be read; it is given up');
      return true;
    }
    const compiled = await this.#compile(claimed);
    if (!this.#isHere(resident)) return false;
    if (compiled === null) return true;
    if (crashes >= MOST_CRASHES) {
      const cause = `This execution cannot go on: the workers that ran it died ${crashes} times in a row.`;
      const end = expressFailure(cause, context.clock.now());
      const { executionArn } = execution;
      context.logger.error({ executionArn, reason: cause }, 'an Express execution is given up');
      logEvents(context, compiled.logging, { executionArn, redriveCount: 0 }, [failureEvent(end, 0)]);
      return true;
    }
    const conditions = this.#conditions;
    const { mayAct } = conditions;
    resident.execution = new ExpressExecution(context, {
      facts: expressFacts(context, execution, compiled.revision),
      compiled,
      perform: (request) =>
        this.#slots.use(request.signal, async () => (mayAct() ? performCall(context, conditions, request) : null)),
    });
    return (await resident.execution.run()) !== null;
  }

  /** null: it never will. */
  async #compile({ execution }: ClaimedRun): Promise<CompiledRevision | null> {
    try {
      return await this.#context.machines.load(execution.revisionId);
    } catch (error) {
      if (!(error instanceof UnusableRevisionError)) throw error;
      const { executionArn } = execution;
      this.#context.logger.error({ err: error, executionArn }, 'an Express execution has no usable definition');
      return null;
    }
  }

  /** Whether it is still this process's to end. */
  #isHere(resident: Resident): boolean {
    return this.#runs.get(resident.executionId) === resident;
  }

  /** Removing may be repeated, so an unknown outcome is simply tried again, as long as the lease lasts. */
  async #writeEnds(batch: readonly RunId[]): Promise<readonly true[]> {
    const { store, clock, logger } = this.#context;
    for (;;) {
      try {
        await store.endExpress(batch.map(({ executionId, epoch }) => ({ executionId, epoch })));
        return batch.map(() => true);
      } catch (error) {
        if (!this.#conditions.mayAct()) throw error;
        logger.warn({ err: error, count: batch.length }, 'Express executions could not be ended; trying again');
        await clock.sleep(RETRY_MS);
      }
    }
  }
}
