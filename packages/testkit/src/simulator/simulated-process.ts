import type { Cancel, Clock } from '@everstep/engine';
import type { Timeline } from './timeline.ts';

/** Why a process is told nothing just now: it stands still, or it is gone. */
export type ProcessState = 'up' | 'frozen' | 'dead';

/**
 * One process of the simulated installation. Nothing reaches it but through `enter`: timers, answers, hints, outcomes of
 * calls. A frozen process gets them after its thaw, in any order; a dead one never.
 */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly #timeline: Timeline;
  readonly #thawDelayMs: () => number;
  #state: ProcessState = 'up';
  #held: Array<() => void> = [];
  readonly #mourners = new Set<() => void>();
  /** How often it has stood still. */
  freezes = 0;

  constructor(name: string, timeline: Timeline, options: { skewMs: number; thawDelayMs: () => number }) {
    this.name = name;
    this.#timeline = timeline;
    this.#thawDelayMs = options.thawDelayMs;
    this.clock = new SkewedClock(this, timeline, options.skewMs);
  }

  get state(): ProcessState {
    return this.#state;
  }

  enter(run: () => void): void {
    if (this.#state === 'up') run();
    else if (this.#state === 'frozen') this.#held.push(run);
  }

  freeze(): void {
    if (this.#state !== 'up') return;
    this.#state = 'frozen';
    this.freezes += 1;
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'up';
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.#timeline.after(this.#thawDelayMs(), () => this.enter(run));
  }

  kill(): void {
    if (this.#state === 'dead') return;
    this.#state = 'dead';
    this.#held = [];
    for (const mourn of [...this.#mourners]) mourn();
    this.#mourners.clear();
  }

  /** Runs `mourn` when the process dies; answers how to take that back. */
  onDeath(mourn: () => void): Cancel {
    this.#mourners.add(mourn);
    return () => {
      this.#mourners.delete(mourn);
    };
  }
}

/** The store's time as a process knows it: off by a skew, never running backwards. */
export class SkewedClock implements Clock {
  readonly #process: SimulatedProcess;
  readonly #timeline: Timeline;
  #skewMs: number;
  #last = 0;

  constructor(process: SimulatedProcess, timeline: Timeline, skewMs: number) {
    this.#process = process;
    this.#timeline = timeline;
    this.#skewMs = skewMs;
  }

  /** The offset to the store's clock is measured anew. */
  set skewMs(milliseconds: number) {
    this.#skewMs = milliseconds;
  }

  now(): number {
    this.#last = Math.max(this.#last, Math.floor(this.#timeline.now + this.#skewMs));
    return this.#last;
  }

  at(at: number, callback: () => void): Cancel {
    let cancelled = false;
    let entry = this.#timeline.after(at - this.now(), () => this.#process.enter(fire));
    const fire = (): void => {
      if (cancelled) return;
      if (this.now() >= at) callback();
      else entry = this.#timeline.after(Math.max(1, at - this.now()), () => this.#process.enter(fire));
    };
    return () => {
      cancelled = true;
      this.#timeline.cancel(entry);
    };
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#timeline.cancel(entry);
        signal?.removeEventListener('abort', done);
        living();
        resolve();
      };
      const entry = this.#timeline.after(milliseconds, () => this.#process.enter(done));
      signal?.addEventListener('abort', done, { once: true });
      // Node keeps a combined signal while somebody listens to it, and with it everything of this world.
      const living = this.#process.onDeath(() => signal?.removeEventListener('abort', done));
    });
  }
}
