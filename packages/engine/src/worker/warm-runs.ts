import type { Cancel, Clock } from '../ports/clock.ts';
import type { ResidentRun } from './resident-run.ts';

/**
 * Runs that this worker has parked, and still remembers: where nobody else has had them since (their epoch says so), a
 * claim needs no load. Bounded by time and number; the oldest go first.
 */
export class WarmRuns {
  readonly #clock: Clock;
  readonly #bounds: { readonly warmMs: number; readonly maxWarmExecutions: number };
  readonly #runs = new Map<string, { readonly run: ResidentRun; readonly until: number }>();
  #cancelSweep: Cancel | null = null;

  constructor(clock: Clock, bounds: { readonly warmMs: number; readonly maxWarmExecutions: number }) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#runs.size;
  }

  keep(run: ResidentRun): void {
    const { warmMs, maxWarmExecutions } = this.#bounds;
    if (warmMs <= 0 || maxWarmExecutions <= 0) return;
    this.#runs.delete(run.executionId);
    this.#runs.set(run.executionId, { run, until: this.#clock.now() + warmMs });
    for (const oldest of this.#runs.keys()) {
      if (this.#runs.size <= maxWarmExecutions) break;
      this.#runs.delete(oldest);
    }
    this.#watch();
  }

  get(executionId: string): ResidentRun | undefined {
    return this.#runs.get(executionId)?.run;
  }

  forget(executionId: string): void {
    this.#runs.delete(executionId);
  }

  clear(): void {
    this.#runs.clear();
    this.#cancelSweep?.();
    this.#cancelSweep = null;
  }

  /** All are kept for the same time, so the first in the map is the first to go. */
  #watch(): void {
    const [first] = this.#runs.values();
    if (first === undefined || this.#cancelSweep !== null) return;
    this.#cancelSweep = this.#clock.at(first.until, () => {
      this.#cancelSweep = null;
      const now = this.#clock.now();
      for (const [executionId, { until }] of this.#runs) {
        if (until > now) break;
        this.#runs.delete(executionId);
      }
      this.#watch();
    });
  }
}
