import { encodeActivation } from '../activation-codec.ts';
import { tellOwner } from '../hinting.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { HintQueue, Subscription } from '../ports/hint-queue.ts';
import type { Grants } from '../ports/limiter-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Store } from '../ports/store.ts';
import { LimiterBook } from './limiter-book.ts';

export interface LimitersOptions {
  readonly store: Store;
  readonly hints: HintQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Changed limiters are announced; an announcement may be lost. In milliseconds. */
const READ_EVERY_MS = 2_000;
/** Permits that one transaction gives at most. */
const GRANTS_AT_ONCE = 200;
const RETRY_MS = 200;

/**
 * The traffic control of one process: it knows the limiters, and gives permits whenever something has happened that may
 * free some. What has to be looked at stands in the store, so any process may look, and none needs to remember it.
 */
export class Limiters {
  readonly book = new LimiterBook();
  readonly #options: LimitersOptions;
  #stops: AbortController | null = null;
  #users = 0;
  #loop: Promise<void> = Promise.resolve();
  #subscription: Subscription | null = null;
  #looking: Promise<void> | null = null;
  #wanted = false;
  #timer: { readonly at: number; readonly cancel: Cancel } | null = null;

  constructor(options: LimitersOptions) {
    this.#options = options;
  }

  /** For who schedules tasks: reads the limiters, and again whenever one changes. */
  async start(): Promise<void> {
    this.#users += 1;
    if (this.#users > 1) return;
    const stops = new AbortController();
    this.#stops = stops;
    try {
      await this.#read();
    } catch (error) {
      this.#users -= 1;
      throw error;
    }
    this.#loop = this.#watch(stops.signal);
    this.#subscription = await this.#options.hints.listen('limiter', () => void this.#readOrWarn());
  }

  async stop(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#stops?.abort();
    this.#timer?.cancel();
    this.#timer = null;
    await this.#subscription?.close();
    this.#subscription = null;
    await this.#loop;
    await this.#looking;
  }

  /** A limiter was made, changed or removed by this process. */
  changed(limiterArn: string): void {
    this.#options.hints.announce('limiter', limiterArn);
    this.look();
  }

  /** Something has happened that may let tasks go on. */
  look(): void {
    void this.lookNow();
  }

  /** Resolves when all that could be given has been; never rejects. */
  lookNow(): Promise<void> {
    this.#wanted = true;
    this.#looking ??= this.#look();
    return this.#looking;
  }

  async #look(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      await this.#give();
    }
    // In the same moment as the last question: who wants a look from now on begins another.
    this.#looking = null;
  }

  async #give(): Promise<void> {
    const { store, clock, logger } = this.#options;
    try {
      const grants = await store.grantPermits({ limit: GRANTS_AT_ONCE, activation: permitted });
      this.#tell(grants);
      this.#lookAt(grants.lookAt);
      if (grants.more) this.#wanted = true;
    } catch (error) {
      // What was to be looked at is in the store still: the scheduler's duty comes by.
      logger.warn({ err: error }, 'permits could not be given; they are looked at again');
      await clock.sleep(RETRY_MS);
    }
  }

  #tell({ granted }: Grants): void {
    const { hints, metrics } = this.#options;
    metrics.count('permitsGranted', granted.length);
    for (const task of granted) {
      metrics.observe('permitWaitMs', task.waitedMs);
      tellOwner(hints, task);
    }
  }

  /** Rates give permits at times; who looked last looks then. */
  #lookAt(at: number | null): void {
    if (at === null || (this.#timer !== null && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = this.#options.clock.at(at, () => {
      this.#timer = null;
      this.look();
    });
    this.#timer = { at, cancel };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(READ_EVERY_MS, signal);
      if (!signal.aborted) await this.#readOrWarn();
    }
  }

  async #readOrWarn(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the limiters could not be read; those known before hold');
    }
  }

  async #read(): Promise<void> {
    this.book.replace(await this.#options.store.allLimiters());
  }
}

function permitted(taskId: number, at: number): string {
  return encodeActivation({ at, type: 'TaskPermitted', taskId });
}
