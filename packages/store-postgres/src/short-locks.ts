import { databaseError, LOCK_NOT_AVAILABLE } from './errors.ts';

/**
 * Who waits for a table's lock makes everybody wait who comes later, be it for a row. So such a lock is waited for this
 * long only, and asked for again after a pause in which the others have their turn.
 */
export const LOCK_TIMEOUT_MS = 200;
const ATTEMPTS = 50;
const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 1_000;

export interface ShortLockOptions {
  /** 50 where absent: about half a minute. */
  readonly attempts?: number;
  /** Told before each pause. */
  readonly onWait?: (attempt: number) => void;
}

/** Runs it again for as long as a lock is not to be had; the last try's error is the caller's. */
export async function withShortLocks<Result>(
  attempt: () => Promise<Result>,
  { attempts = ATTEMPTS, onWait }: ShortLockOptions = {},
): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= attempts || databaseError(error)?.code !== LOCK_NOT_AVAILABLE) throw error;
      onWait?.(count);
      const most = Math.min(MOST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** count);
      await new Promise((resolve) => setTimeout(resolve, LEAST_PAUSE_MS + Math.random() * most));
    }
  }
}
