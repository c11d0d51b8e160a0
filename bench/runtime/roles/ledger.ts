import type { RunCommit, Store } from '@everstep/engine';

interface Counts {
  batches: number;
  commits: number;
  events: number;
  rowBytes: number;
  historyBytes: number;
}

/** Counts what goes to the store and tells of executions whose end was committed, by name, once the commit returned. */
export class Ledger {
  readonly store: Store;
  readonly counts: Counts = { batches: 0, commits: 0, events: 0, rowBytes: 0, historyBytes: 0 };
  readonly #names = new Map<string, string>();

  constructor(store: Store, onEnded: (names: readonly string[], at: number) => void) {
    this.store = {
      ...store,
      startExecutions: (batch) => {
        for (const { input, checkpoint, activation } of batch) {
          this.counts.rowBytes += input.length + checkpoint.length + activation.length;
        }
        return store.startExecutions(batch);
      },
      claim: async (request) => {
        const claimed = await store.claim(request);
        for (const { execution } of claimed) this.#names.set(execution.executionId, execution.name);
        return claimed;
      },
      commit: async (workerId, batch) => {
        const outcomes = await store.commit(workerId, batch);
        this.#count(batch);
        // A parked execution must cost nothing here either; a claim brings its name again.
        for (const { executionId, then } of batch) if (then.kind === 'park') this.#names.delete(executionId);
        const ended = batch.filter(({ then }, index) => then.kind === 'end' && outcomes[index]?.kind === 'committed');
        if (ended.length > 0) onEnded(this.#takeNames(ended), Date.now());
        return outcomes;
      },
    };
  }

  nameOf(executionId: string): string {
    return this.#names.get(executionId) ?? executionId;
  }

  #takeNames(ended: readonly RunCommit[]): string[] {
    return ended.map(({ executionId }) => {
      const name = this.nameOf(executionId);
      this.#names.delete(executionId);
      return name;
    });
  }

  #count(batch: readonly RunCommit[]): void {
    const { counts } = this;
    counts.batches += 1;
    counts.commits += batch.length;
    for (const { checkpoint, frames, history } of batch) {
      const events = history?.events.length ?? 0;
      counts.historyBytes += events;
      counts.rowBytes += events + checkpoint.length;
      if (history !== null) counts.events += history.lastEventId - history.firstEventId + 1;
      for (const { data } of frames.written) counts.rowBytes += data.length;
    }
  }
}
