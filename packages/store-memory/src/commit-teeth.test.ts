import type { CommitOutcome } from '@everstep/engine';
import { describePlantedBugs } from '@everstep/testkit';
import { type PlantedBug, beforeCommit, plantAll } from './planted-bug.ts';

function ignoringSignals(kind: 'park' | 'end'): PlantedBug {
  return beforeCommit((commit, run) => {
    if (commit.then.kind !== kind || run.epoch !== commit.epoch) return;
    const { signals } = run;
    run.signals = commit.consumed;
    return () => {
      run.signals = signals;
    };
  });
}

const commitBugs: Record<string, PlantedBug> = {
  'a fenced commit is written': beforeCommit((commit, run) => ({ ...commit, epoch: run.epoch })),
  'the park ignores signals': ignoringSignals('park'),
  'the end ignores signals': ignoringSignals('end'),
  'a refused commit leaves its history': (store, state) => ({
    async commit(workerId, batch) {
      const outcomes = await store.commit(workerId, batch);
      for (const [index, { executionId, history }] of batch.entries()) {
        if (outcomes[index]?.kind !== 'committed' && history !== null) {
          state.executions.get(executionId)?.chunks.push(history);
        }
      }
      return outcomes;
    },
  }),
  'a refused commit still tells its neighbours': (store) => ({
    async commit(workerId, batch) {
      const outcomes = await store.commit(workerId, batch);
      const carrier = batch[outcomes.findIndex((outcome) => outcome.kind === 'committed')];
      const refused = batch.filter((_commit, index) => outcomes[index]?.kind !== 'committed');
      const arrivals = refused.flatMap((commit) => commit.arrivals);
      if (carrier !== undefined && carrier.then.kind === 'keep' && arrivals.length > 0) {
        await store.commit(workerId, [{ ...carrier, history: null, tokens: { opened: [], closed: [] }, arrivals }]);
      }
      return outcomes;
    },
  }),
  'one refused commit fences the whole batch': (store, state) => ({
    async commit(workerId, batch) {
      const stale = batch.some(({ executionId, epoch }) => state.runs.get(executionId)?.epoch !== epoch);
      return stale ? batch.map(() => ({ kind: 'fenced' })) : await store.commit(workerId, batch);
    },
  }),
  'a batch stops at its first refusal': (store) => ({
    async commit(workerId, batch) {
      const outcomes: CommitOutcome[] = [];
      for (const commit of batch) {
        const stopped = outcomes.some((outcome) => outcome.kind !== 'committed');
        outcomes.push(...(stopped ? [{ kind: 'fenced' as const }] : await store.commit(workerId, [commit])));
      }
      return outcomes;
    },
  }),
  'outcomes come in another order': (store) => ({
    commit: async (workerId, batch) => (await store.commit(workerId, batch)).toReversed(),
  }),
  'consumed rows stay in the inbox': (store) => ({
    claim: async (request) =>
      (await store.claim(request)).map((run) =>
        run.consumed === 0 ? run : { ...run, inbox: [{ number: run.consumed, activation: '"old"' }, ...run.inbox] },
      ),
  }),
  'history that is there is stored twice': beforeCommit((commit) => ({
    ...commit,
    history: commit.history === null ? null : { ...commit.history, firstEventId: 0, lastEventId: 0 },
  })),
  'arrivals are dropped': beforeCommit((commit) => ({ ...commit, arrivals: [] })),
  'an arrival from a commit does not wake': (store, state) => ({
    async commit(workerId, batch) {
      const outcomes = await store.commit(workerId, batch);
      for (const { executionId } of batch.flatMap((commit) => commit.arrivals)) {
        const run = state.runs.get(executionId);
        if (run === undefined || run.owner !== null) continue;
        run.wakeAt = null;
        state.sleeping.place(run);
      }
      return outcomes;
    },
  }),
  'the park forgets its wake_at': beforeCommit((commit) =>
    commit.then.kind === 'park' ? { ...commit, then: { kind: 'park', wakeAt: null } } : commit,
  ),
  'the owner loses what it keeps': (store) => ({
    async commit(workerId, batch) {
      const outcomes = await store.commit(workerId, batch);
      await store.release(batch.filter((commit) => commit.then.kind === 'keep'));
      return outcomes;
    },
  }),
  'deleted frames stay': beforeCommit((commit) => ({
    ...commit,
    frames: { written: commit.frames.written, deleted: [] },
  })),
};

describePlantedBugs('commits', plantAll(commitBugs));
