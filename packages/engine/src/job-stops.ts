import type { CancelTask, ExecutionFacts, Json } from '@everstep/language';
import type { EnginePorts } from './context.ts';
import { taskRequest } from './perform-call.ts';
import type { Clock } from './ports/clock.ts';
import type { IntegrationRegistry } from './ports/integration.ts';
import type { Logger } from './ports/logger.ts';
import type { Store } from './ports/store.ts';

/** A task that is no longer wanted, and has started a job. */
export type UnwantedJob = Pick<CancelTask, 'taskId' | 'stateName' | 'resource' | 'parameters' | 'roleArn'> & {
  readonly job: Json;
};

/** Waits between the tries to stop a job, in milliseconds. */
const RETRIES_MS = [1_000, 4_000, 15_000, 60_000];

/**
 * Stops jobs that nobody waits for any more, after the commit that says so. As with AWS this is an attempt: a process that
 * dies at this very moment leaves the job running. Tries that fail are repeated for a while, then told in the log.
 */
export class JobStops {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: Pick<Store, 'findExecution'>;
  readonly #closed = new AbortController();
  #registry: IntegrationRegistry | null = null;

  constructor({ clock, logger, store }: Pick<EnginePorts, 'clock' | 'logger' | 'store'>) {
    this.#clock = clock;
    this.#store = store;
    this.#logger = logger;
  }

  /** Who stops them. A process without integrations has none. */
  use(registry: IntegrationRegistry): void {
    this.#registry ??= registry;
  }

  stop(facts: ExecutionFacts, jobs: readonly UnwantedJob[]): void {
    for (const job of jobs) void this.#stop(facts, job);
  }

  /**
   * A job was started by a call that had been ended: because its task is closed (`isUnwanted`), or because the run is no
   * longer this process's. In that case the job is the next owner's, who starts it again under the same key, unless the
   * execution has ended.
   */
  abandon(facts: ExecutionFacts, job: UnwantedJob, isUnwanted: boolean): void {
    if (isUnwanted) return this.stop(facts, [job]);
    this.#store.findExecution(facts.executionId).then(
      (execution) => {
        if (execution !== null && execution.stopDate !== null) this.stop(facts, [job]);
      },
      (error: unknown) => {
        const { executionArn } = facts;
        this.#logger.warn({ err: error, executionArn, job: job.job }, 'nobody knows whether a job is still wanted');
      },
    );
  }

  /** No further tries. */
  close(): void {
    this.#closed.abort();
  }

  async #stop(facts: ExecutionFacts, unwanted: UnwantedJob): Promise<void> {
    const { executionArn } = facts;
    const { stateName, job, resource } = unwanted;
    const { signal } = this.#closed;
    const integration = this.#registry?.find(resource) ?? null;
    if (integration === null) {
      this.#logger.warn({ executionArn, stateName, job }, 'a job is no longer wanted, and this process cannot stop it');
      return;
    }
    const request = { ...taskRequest({ facts }, { ...unwanted, token: null, timeoutAt: null }, signal), job, asked: 0 };
    for (const waitMs of [...RETRIES_MS, null]) {
      try {
        await integration.stop?.(request);
        return;
      } catch (error) {
        if (waitMs === null || signal.aborted) {
          this.#logger.warn({ err: error, executionArn, stateName, job }, 'a job that is not wanted was not stopped');
          return;
        }
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }
}
