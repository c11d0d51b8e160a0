import { Batcher } from '../batcher.ts';
import type { EngineContext } from '../context.ts';
import { groupSize, MOST_CRASHES, SUSPICIOUS_CRASHES } from '../crashes.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import type { ClaimedRun } from '../ports/run-store.ts';

/** How long suspects are left to the process that is being started for them, before others hear of them again. */
const STARTING_MS = 15_000;
/** Where there is no room for them at present. */
const LATER_MS = 5_000;
/** What died together comes back together, in a few batches of claims: so long the first ones wait for the rest. */
const GATHERING_MS = 200;
const BATCH = 200;

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
  /** Given back, and waiting for a process: their ids by their number of crashes. */
  readonly #gathered = new Map<number, string[]>();
  #gathering = false;

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
    if (crashes < MOST_CRASHES) {
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

  async #giveBack(runs: readonly ClaimedRun[]): Promise<true[]> {
    const hasRoom = this.#options.quarantine?.hasRoom() ?? false;
    const wakeInMs = hasRoom ? STARTING_MS : LATER_MS;
    await this.#context.store.release(
      runs.map(({ execution: { executionId }, epoch }) => ({ executionId, epoch, wakeInMs })),
    );
    if (hasRoom) this.#gather(runs);
    return runs.map(() => true);
  }

  #gather(runs: readonly ClaimedRun[]): void {
    for (const { execution, crashes } of runs) {
      const ids = this.#gathered.get(crashes) ?? [];
      if (!ids.includes(execution.executionId)) this.#gathered.set(crashes, [...ids, execution.executionId]);
    }
    if (!this.#gathering) void this.#takeInGathered();
  }

  async #takeInGathered(): Promise<void> {
    const { clock, logger } = this.#context;
    const { quarantine } = this.#options;
    this.#gathering = true;
    await clock.sleep(GATHERING_MS);
    this.#gathering = false;
    const groups = [...this.#gathered].flatMap(([crashes, ids]) =>
      inGroups(ids, groupSize(crashes)).map((executionIds) => ({ crashes, executionIds })),
    );
    this.#gathered.clear();
    for (const { crashes, executionIds } of groups) {
      // The rest is claimed again in a while, by whoever has room then.
      if (quarantine?.hasRoom() !== true) return;
      logger.warn(
        { crashes, executionIds },
        executionIds.length === 1
          ? 'an execution is put into a process of its own: others died while they ran it'
          : 'executions are put into a process of their own: others died while they ran them',
      );
      quarantine.takeIn(executionIds);
    }
  }
}

function inGroups(ids: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  );
}
