import type { Cancel, Clock } from './ports/clock.ts';
import { type Logger, silentLogger } from './ports/logger.ts';

/** setTimeout takes 32-bit delays only. */
const LONGEST_TIMEOUT_MS = 2_147_000_000;
const MEASURE_EVERY_MS = 30_000;

/**
 * The store's time in this process: a monotonic clock plus the measured offset. It never runs backwards, and it stays
 * usable while the store is away.
 */
export class StoreClock implements Clock {
  readonly #source: { now(): Promise<number> };
  readonly #logger: Logger;
  #offset = 0;
  #last = 0;
  readonly #timer: NodeJS.Timeout;

  private constructor(source: { now(): Promise<number> }, logger: Logger) {
    this.#source = source;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.#remeasure(), MEASURE_EVERY_MS);
    this.#timer.unref();
  }

  static async create(source: { now(): Promise<number> }, logger: Logger): Promise<StoreClock> {
    const clock = new StoreClock(source, logger);
    await clock.measure();
    return clock;
  }

  now(): number {
    this.#last = Math.max(this.#last, Math.floor(performance.now() + this.#offset));
    return this.#last;
  }

  at(at: number, callback: () => void): Cancel {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = at - this.now();
      // A timer may fire a little early: it is armed again rather than trusted.
      timer = setTimeout(
        () => (this.now() >= at ? callback() : arm()),
        Math.min(Math.max(left, 0), LONGEST_TIMEOUT_MS),
      );
    };
    arm();
    return () => clearTimeout(timer);
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(milliseconds, 0), LONGEST_TIMEOUT_MS));
      signal?.addEventListener('abort', done);
    });
  }

  /** One round trip; the middle of it is when the store looked at its clock. */
  async measure(): Promise<void> {
    const before = performance.now();
    const now = await this.#source.now();
    const after = performance.now();
    this.#offset = now - (before + after) / 2;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #remeasure(): Promise<void> {
    try {
      await this.measure();
    } catch (error) {
      this.#logger.debug({ err: error }, 'the offset to the clock of the store could not be measured');
    }
  }
}

export function createStoreClock(
  source: { now(): Promise<number> },
  logger: Logger = silentLogger,
): Promise<StoreClock> {
  return StoreClock.create(source, logger);
}
