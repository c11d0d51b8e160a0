import { isObject, parseJson } from '@everstep/language';
import { Batcher } from '../batcher.ts';
import type { EngineContext } from '../context.ts';
import { groupSize, MOST_CRASHES, SUSPICIOUS_CRASHES } from '../crashes.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import type { ClaimedRun } from '../ports/run-store.ts';

/** How long suspects are left to the process that is to be started for them, before others hear of them again. */
const LEFT_MS = 15_000;
/** So long they wait for room and company, and the rest of the time is the process's to start. */
const WAITING_MS = 8_000;
/** What died together comes back together, in a few batches of claims; and how often it is looked for room. */
const LOOK_MS = 200;
const BATCH = 200;

interface Waiting {
  readonly executionId: string;
  readonly crashes: number;
  readonly until: number;
}

export interface SuspectsOptions {
  readonly quarantine: Quarantine | null;
  readonly fail: (run: ClaimedRun, message: string) => Promise<void>;
}

/**
 * Executions whose claims kept ending with the death of the process. A neighbour may have been the cause, so the first
 * two deaths prove nothing. Then nobody keeps it who runs others: it is given back at once, so that no further death of
 * this process counts against it, and a process that runs suspects alone claims it. There are many suspects where a busy
 * process died twice, and one culprit among them at most, as a rule: those of few crashes go in large groups, whose
 * innocent members are cleared by their next commit; who is left after a further death, in small ones; then each by itself.
 */
export class Suspects {
  readonly #context: EngineContext;
  readonly #options: SuspectsOptions;
  readonly #releases: Batcher<ClaimedRun, true>;
  /** Given back, and waiting for a process; the oldest first. */
  #waiting = new Map<string, Waiting>();
  #starting = false;
  readonly #stopped = new AbortController();

  constructor(context: EngineContext, options: SuspectsOptions) {
    this.#context = context;
    this.#options = options;
    this.#releases = new Batcher({
      write: (runs) => this.#giveBack(runs),
      size: () => 1,
      maxItems: BATCH,
      maxBytes: BATCH,
    });
  }

  /** Without a quarantine nobody is a suspect: there is no other place to run it. */
  includes(run: ClaimedRun): boolean {
    if (this.#options.quarantine === null) return false;
    // Express executions are given up by who runs them.
    return run.crashes >= SUSPICIOUS_CRASHES && (run.crashes < MOST_CRASHES || !run.express);
  }

  async handle(run: ClaimedRun): Promise<void> {
    const { executionArn } = run.execution;
    const { crashes } = run;
    // Nothing is performed any more of one that is asked to stop: it ends as it was asked to, alone once more.
    if (crashes < MOST_CRASHES || (crashes === MOST_CRASHES && isAskedToStop(run))) {
      await this.#releases.submit(run);
      return;
    }
    this.#context.logger.error(
      { executionArn, crashes },
      'an execution that ends its process again and again is failed',
    );
    await this.#options.fail(
      run,
      `the process that ran it died ${crashes} times in a row, although it was run alone in the end.`,
    );
  }

  /** Starts no more processes. */
  stop(): void {
    this.#stopped.abort();
    this.#waiting.clear();
  }

  async #giveBack(runs: readonly ClaimedRun[]): Promise<true[]> {
    const { store, clock } = this.#context;
    await store.release(
      runs.map(({ execution: { executionId }, epoch }) => ({ executionId, epoch, wakeInMs: LEFT_MS })),
    );
    const until = clock.now() + WAITING_MS;
    for (const { execution, crashes } of runs) {
      const { executionId } = execution;
      this.#waiting.set(executionId, { executionId, crashes, until });
    }
    if (!this.#starting) void this.#startProcesses();
    return runs.map(() => true);
  }

  async #startProcesses(): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stopped;
    this.#starting = true;
    while (this.#waiting.size > 0 && !signal.aborted) {
      await clock.sleep(LOOK_MS, signal);
      // Whom nobody had room for is claimed again in a while, by any worker.
      const now = clock.now();
      this.#waiting = new Map([...this.#waiting].filter(([, { until }]) => until > now));
      while (this.#waiting.size > 0 && this.#options.quarantine?.hasRoom() === true) this.#takeInGroup();
    }
    this.#starting = false;
  }

  /** The one that has waited longest, and others who are suspected alike. */
  #takeInGroup(): void {
    const [oldest] = this.#waiting.values();
    if (oldest === undefined) return;
    const { crashes } = oldest;
    const alike = [...this.#waiting.values()].filter((other) => other.crashes === crashes);
    const executionIds = alike.slice(0, groupSize(crashes)).map(({ executionId }) => executionId);
    for (const executionId of executionIds) this.#waiting.delete(executionId);
    this.#context.logger.warn(
      { crashes, executionIds },
      executionIds.length === 1
        ? 'an execution is put into a process of its own: others died while they ran it'
        : 'executions are put into a process of their own: others died while they ran them',
    );
    this.#options.quarantine?.takeIn(executionIds);
  }
}

/** Of a Map Run, too, whose signals have their types as activations have. What cannot be read asks for nothing. */
function isAskedToStop({ inbox, unreadable }: ClaimedRun): boolean {
  if (unreadable !== undefined) return false;
  return inbox.some(({ activation }) => {
    const arrived = parseJson(activation);
    return isObject(arrived) && arrived['type'] === 'Stop';
  });
}
