import type { Cancel, Clock } from '@everstep/engine';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. Timers fire in the order of their times, ties in that of their setting. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  /** A time that has already passed fires with the next `advance`, even of 0 ms. */
  at(at: number, callback: () => void): Cancel {
    const timer = { at, order: this.#order, callback };
    this.#order += 1;
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const abort = (): void => {
        cancel();
        resolve();
      };
      const cancel = this.at(this.#now + milliseconds, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** When the next timer fires, or null. */
  nextTimerAt(): number | null {
    return this.#next(Number.POSITIVE_INFINITY)?.at ?? null;
  }

  /**
   * Moves time on, timer by timer; what a timer sets off (promises, further timers) happens at its own time, before the
   * next one fires.
   */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#now + milliseconds;
    await settle();
    for (let timer = this.#next(target); timer !== null; timer = this.#next(target)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
      await settle();
    }
    this.#now = target;
  }

  #next(until: number): Timer | null {
    let first: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** A hint, the claim it leads to, the commit after it: so many turns of the event loop one thing may set off. */
const TURNS = 12;

/** Lets everything happen that can happen without time moving on, in-process queues that deliver by turns included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
