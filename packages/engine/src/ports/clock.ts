/** Time as the engine sees it. Adapters: the process's clock corrected by the store's, and the simulator's. */
export interface Clock {
  /** Milliseconds since the epoch, by the store's clock (local clock plus the measured offset). */
  now(): number;
  /** Runs `callback` once `now()` has reached `at`. */
  at(at: number, callback: () => void): Cancel;
  /** Resolves after the time, or as soon as the signal is aborted; it never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export type Cancel = () => void;
