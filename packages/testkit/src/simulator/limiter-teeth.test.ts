import type { CommitLimits, RunCommit } from '@everstep/engine';
import type { MemoryState } from '@everstep/store-memory';
import { atStore, beforeCommit, BUSY, KILLS } from './planted-at-store.ts';
import type { PlantedBug } from './planted-bug.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// Each leaves out one sentence about permits.

const LIMITED = { ...BUSY, limiters: 3, stop: 0.4 };

/** Gives permits from tables that are not as they should be, and puts them right afterwards. */
function whileGiving(change: (state: MemoryState) => () => void): Pick<SimulatedBug, 'bug'> {
  const store: NonNullable<PlantedBug['store']> = (inner, { state }) => ({
    async grantPermits(request) {
      const putRight = change(state);
      const granting = inner.grantPermits(request);
      putRight();
      return granting;
    },
  });
  return atStore(store);
}

function withLimits(commit: RunCommit, change: (limits: CommitLimits) => CommitLimits): RunCommit | undefined {
  return commit.limits === undefined ? undefined : { ...commit, limits: change(commit.limits) };
}

const bugs: Record<string, SimulatedBug> = {
  'a permit that is out is not counted': {
    ...whileGiving(({ permits }) => {
      const [held] = [...permits.tasks].filter(([, row]) => row.place === null);
      if (held === undefined) return () => undefined;
      permits.tasks.delete(held[0]);
      return () => permits.tasks.set(...held);
    }),
    profile: LIMITED,
    by: ['permits'],
  },
  'a pause is overlooked': {
    ...whileGiving(({ permits }) => {
      const before = [...permits.limiters.values()].map((row) => ({ row, record: row.record }));
      for (const { row, record } of before) row.record = { ...record, pausedAt: null };
      return () => {
        for (const { row, record } of before) row.record = record;
      };
    }),
    profile: LIMITED,
    by: ['permits'],
  },
  'a rate forgets what it has given': {
    ...whileGiving(({ permits }) => {
      for (const row of permits.limiters.values()) row.bucket = null;
      return () => undefined;
    }),
    profile: LIMITED,
    by: ['permits'],
  },
  'an end keeps the permits of its tasks': {
    ...beforeCommit((commit) =>
      commit.then.kind === 'end' ? withLimits(commit, () => ({ opened: [], closed: [] })) : undefined,
    ),
    profile: LIMITED,
    by: ['permits'],
  },
  'a task that is over keeps its permits': {
    ...beforeCommit((commit) => withLimits(commit, ({ opened }) => ({ opened, closed: [] }))),
    profile: LIMITED,
    by: ['permits'],
  },
  'a task gets into no queue': {
    ...beforeCommit((commit) => withLimits(commit, ({ closed }) => ({ opened: [], closed }))),
    profile: LIMITED,
    by: ['permits'],
  },
  'nobody is told what has become free': {
    ...atStore((store, { state }) => ({
      async commit(workerId, batch) {
        const outcomes = await store.commit(workerId, batch);
        if (batch.some(({ limits }) => limits !== undefined && limits.opened.length === 0)) state.permits.wakes = [];
        return outcomes;
      },
    })),
    profile: LIMITED,
    by: ['served', 'ended'],
  },
  'a permit is marked, and does not arrive': {
    ...atStore((store, { state }) => ({
      async grantPermits(request) {
        const grants = await store.grantPermits(request);
        for (const { executionId } of grants.granted) {
          const run = state.runs.get(executionId);
          if (run === undefined) continue;
          run.inbox.pop();
          run.signals -= 1;
        }
        return grants;
      },
    })),
    profile: LIMITED,
    by: ['acknowledged', 'parked', 'served', 'ended', 'engine'],
  },
  'a permit goes with the worker that performs its task': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const released = await store.releaseLapsed(limit);
        for (const [name, row] of state.permits.tasks) {
          if (!released.includes(row.executionId) || row.place !== null) continue;
          state.permits.tasks.delete(name);
          state.permits.wakes.push(...row.limits);
        }
        return released;
      },
    })),
    profile: { ...LIMITED, ...KILLS, limiters: 3 },
    by: ['permits'],
  },
};

describeSimulatedBugs('permits', bugs);
