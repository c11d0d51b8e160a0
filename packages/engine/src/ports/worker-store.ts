/** Leases by worker, and the scheduler's two duties on runs. */
export interface WorkerStore {
  /** An id is never used again: throws where it exists. */
  registerWorker(worker: { workerId: string; host: string; leaseMs: number }): Promise<void>;
  /**
   * Moves the lease; `alive: false` where it was marked dead or has lapsed (then drop everything, register anew).
   * `look`: runs the worker owns with unseen signals, and those it owns that are not among `held`: every time until
   * dealt with.
   */
  renewLease(request: {
    workerId: string;
    leaseMs: number;
    held: readonly string[];
  }): Promise<{ alive: boolean; now: number; unseen: string[]; notHeld: string[] }>;
  /** Gives back all its runs (wake_at = now) and ends the lease. */
  unregisterWorker(workerId: string): Promise<void>;
  /** Marks lapsed workers dead and gives back runs of any owner who is not alive; ids for hints, at most `limit`. */
  releaseLapsed(limit: number): Promise<string[]>;
  /** Unowned runs with wake_at past: doubles their grace, sets wake_at = now + grace, answers their ids for hints. */
  takeDue(request: { limit: number; maxGraceMs: number }): Promise<string[]>;
  /** The earliest wake_at of an unowned run, or null. */
  nextWakeAt(): Promise<number | null>;
  listWorkers(): Promise<Array<{ workerId: string; host: string; leaseUntil: number; dead: boolean; runs: number }>>;
}
