import type { CancelTask, ExecutionFacts, Json } from '@everstep/language';
import { taskRequest } from './perform-call.ts';
import type { Clock } from './ports/clock.ts';
import type { IntegrationRegistry } from './ports/integration.ts';
import type { Logger } from './ports/logger.ts';

/** A task that is no longer wanted, and has started a job. */
export type UnwantedJob = CancelTask & { readonly job: Json };

/** Waits between the tries to stop a job, in milliseconds. */
const RETRIES_MS = [1_000, 4_000, 15_000, 60_000];

/**
 * Stops jobs that nobody waits for any more, after the commit that says so. As with AWS this is an attempt: a process that
 * dies at this very moment leaves the job running. Tries that fail are repeated for a while, then told in the log.
 */
export class JobStops {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closed = new AbortController();
  #registry: IntegrationRegistry | null = null;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Who stops them. A process without integrations has none. */
  use(registry: IntegrationRegistry): void {
    this.#registry ??= registry;
  }

  stop(facts: ExecutionFacts, jobs: readonly UnwantedJob[]): void {
    for (const job of jobs) void this.#stop(facts, job);
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
