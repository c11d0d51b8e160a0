import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

/** A process whose turns are late by this share of its lease will soon be late with the lease itself. */
const LIMIT = 1 / 12;
/** However short the lease is, this much is nothing unusual. */
const LEAST_LIMIT_MS = 250;
/** For so long every turn must have been in time before it counts as recovered. */
const RECOVERY_MS = 1_000;

export interface LoopWatchOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs: number;
  readonly lookEveryMs: number;
  /** At each look that finds it late. */
  readonly onLate: () => void;
}

/** Watches how late this process's turns come: because of work that blocks it, or because its machine has no time for it. */
export class LoopWatch {
  readonly #options: LoopWatchOptions;
  readonly #limitMs: number;
  readonly #stop = new AbortController();
  #latenessMs = 0;
  #lateUntil = Number.NEGATIVE_INFINITY;
  #isLate = false;
  #stoodStillUntil = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: LoopWatchOptions) {
    this.#options = options;
    this.#limitMs = Math.max(LEAST_LIMIT_MS, options.leaseMs * LIMIT);
  }

  /** Whether it is late, or was a moment ago. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Whether it stood still for a great part of its lease, within the time of a lease. */
  get stoodStill(): boolean {
    return this.#options.clock.now() < this.#stoodStillUntil;
  }

  /** Of the last look, in milliseconds. */
  get latenessMs(): number {
    return this.#latenessMs;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, lookEveryMs } = this.#options;
    for (;;) {
      const expected = clock.now() + lookEveryMs;
      await clock.sleep(lookEveryMs, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      this.#note(Math.max(0, clock.now() - expected));
    }
  }

  #note(latenessMs: number): void {
    const { clock, logger, leaseMs, onLate } = this.#options;
    this.#latenessMs = latenessMs;
    if (latenessMs > leaseMs / 2) this.#stoodStillUntil = clock.now() + leaseMs;
    if (latenessMs > this.#limitMs) {
      if (!this.#isLate)
        logger.warn({ latenessMs }, 'this worker is late; it takes hardly any work until it has recovered');
      this.#isLate = true;
      this.#lateUntil = clock.now() + RECOVERY_MS;
      onLate();
    } else if (this.#isLate && clock.now() >= this.#lateUntil) {
      this.#isLate = false;
      logger.info({ latenessMs }, 'this worker is in time again');
    }
  }
}
