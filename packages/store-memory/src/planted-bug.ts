import type { CommitOutcome, RunCommit, Store } from '@everstep/engine';
import { storeOver } from './memory-store.ts';
import { type MemoryState, type RunRow, createMemoryState } from './state.ts';

/** A store that breaks one sentence of the port's contract: the verbs it does otherwise, by means of the tables. */
export type PlantedBug = (store: Store, state: MemoryState) => Partial<Store>;

const START = 1_750_000_000_000;

/** Opens fresh stores with the bug, on a virtual clock. */
export function plant(bug: PlantedBug): () => { store: Store; advance: (milliseconds: number) => Promise<void> } {
  return () => {
    let now = START;
    const state = createMemoryState({ now: () => now });
    const store = storeOver(state);
    const advance = async (milliseconds: number) => {
      now += milliseconds;
    };
    return { store: { ...store, ...bug(store, state) }, advance };
  };
}

export function plantAll(bugs: Readonly<Record<string, PlantedBug>>): Record<string, ReturnType<typeof plant>> {
  return Object.fromEntries(Object.entries(bugs).map(([name, bug]) => [name, plant(bug)]));
}

/** Changes the tables before each commit of a batch is decided, and puts them right afterwards. */
export function beforeCommit(prepare: (commit: RunCommit, run: RunRow) => RunCommit | (() => void) | void): PlantedBug {
  return (store, state) => ({
    async commit(workerId, batch) {
      const outcomes: CommitOutcome[] = [];
      for (const commit of batch) {
        const run = state.runs.get(commit.executionId);
        const prepared = run === undefined ? undefined : prepare(commit, run);
        outcomes.push(...(await store.commit(workerId, [typeof prepared === 'object' ? prepared : commit])));
        if (typeof prepared === 'function') prepared();
      }
      return outcomes;
    },
  });
}
