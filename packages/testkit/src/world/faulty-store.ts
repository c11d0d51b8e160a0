import { OutcomeUnknownError, type Store, StoreUnavailableError } from '@everstep/engine';

/**
 * crash-before, crash-after: the process dies before or after the store has done what it asked; it never hears anything
 * again. unknown-done, unknown-not-done: a commit's outcome is lost. unavailable: nothing happened, and it says so.
 */
export type StoreFault = 'crash-before' | 'crash-after' | 'unknown-done' | 'unknown-not-done' | 'unavailable';

export interface FaultyStore {
  readonly store: Store;
  /** How many verbs have been asked for. */
  readonly calls: () => number;
  /** From now on nothing is answered, as to a process that is gone. */
  crash(): void;
  readonly crashed: () => boolean;
}

/** One each: what waits for a promise stays in memory with it. */
const forever = (): Promise<never> => new Promise<never>(() => undefined);

/** One process's view of a store, with a fault at its n-th verb (counted from 0). */
export function faultyStore(inner: Store, fault?: { readonly kind: StoreFault; readonly at: number }): FaultyStore {
  let calls = 0;
  let crashed = false;
  const perform = async (run: () => Promise<unknown>): Promise<unknown> => {
    if (crashed) return forever();
    const mine = calls++;
    if (fault === undefined || mine !== fault.at) {
      const answer = await run();
      return crashed ? forever() : answer;
    }
    switch (fault.kind) {
      case 'crash-before':
        crashed = true;
        return forever();
      case 'crash-after':
        await run();
        crashed = true;
        return forever();
      case 'unknown-done':
        await run();
        throw new OutcomeUnknownError();
      case 'unknown-not-done':
        throw new OutcomeUnknownError();
      case 'unavailable':
        throw new StoreUnavailableError('the store is away');
    }
  };
  const store = new Proxy(inner, {
    get(target, property, receiver): unknown {
      const verb: unknown = Reflect.get(target, property, receiver);
      if (typeof verb !== 'function') return verb;
      return (...parameters: unknown[]) => perform(async () => Reflect.apply(verb, target, parameters));
    },
  });
  return {
    store,
    calls: () => calls,
    crash: () => {
      crashed = true;
    },
    crashed: () => crashed,
  };
}
