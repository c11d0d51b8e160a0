import type { EngineContext } from '../context.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import type { ClaimedRun } from '../ports/run-store.ts';

/** So many owners in a row died holding it without a commit: it runs alone from now on. */
const SUSPICIOUS_CRASHES = 2;
/** So many, and those beyond the first two died while it ran alone: it is failed. */
const MOST_CRASHES = 5;
/** How long the execution is left to the process that is being started for it, before others hear of it again. */
const STARTING_MS = 10_000;
/** Where there is no room for it at present. */
const LATER_MS = 5_000;

export interface SuspectsOptions {
  readonly quarantine: Quarantine | null;
  readonly fail: (run: ClaimedRun, message: string) => Promise<void>;
}

/**
 * Executions whose claims kept ending with the death of the process. A neighbour may have been the cause, so the first
 * two deaths prove nothing. Then nobody keeps it who has neighbours: it is given back at once, so that no further death of
 * this process counts against it, and a process of its own claims it. Only that one's deaths still count.
 */
export class Suspects {
  readonly #context: EngineContext;
  readonly #options: SuspectsOptions;

  constructor(context: EngineContext, options: SuspectsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Without a quarantine nobody is a suspect: there is no other place to run it. */
  includes(run: ClaimedRun): boolean {
    if (this.#options.quarantine === null) return false;
    // Express executions are given up by rules of their own.
    return run.crashes >= SUSPICIOUS_CRASHES && (run.crashes < MOST_CRASHES || !run.express);
  }

  async handle(run: ClaimedRun): Promise<void> {
    const { quarantine, fail } = this.#options;
    const { store, logger } = this.#context;
    const { execution, epoch, crashes } = run;
    const { executionId, executionArn } = execution;
    if (crashes >= MOST_CRASHES) {
      logger.error({ executionArn, crashes }, 'an execution that ends its process again and again is failed');
      const alone = crashes - SUSPICIOUS_CRASHES;
      await fail(
        run,
        `the process that ran it died ${crashes} times in a row, the last ${alone} times while it ran alone.`,
      );
      return;
    }
    const hasRoom = quarantine?.hasRoom() ?? false;
    await store.release([{ executionId, epoch, wakeInMs: hasRoom ? STARTING_MS : LATER_MS }]);
    if (!hasRoom) return;
    logger.warn(
      { executionArn, crashes },
      'an execution is put into a process of its own: others died while they ran it',
    );
    quarantine?.takeIn(executionId);
  }
}
