import { atStore, besides, BUSY, KILLS } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// What the quarantine rests on, each left out.

const SUSPECTS = { quarantine: 2, poison: 0.25, maxResidentExecutions: 2_000 };

const poisonous = {
  StartAt: 'Poison',
  States: {
    Poison: {
      Type: 'Task',
      Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work',
      Parameters: { does: { poison: true } },
      End: true,
    },
  },
};

const quarantineBugs: Record<string, SimulatedBug> = {
  'deaths are not counted': {
    ...atStore((store) => ({
      async claim(request) {
        return (await store.claim(request)).map((run) => ({ ...run, crashes: 0 }));
      },
    })),
    profile: { ...BUSY, ...SUSPECTS, executions: 1 },
    definition: poisonous,
    by: ['ended', 'served'],
  },
  'deaths are counted on after a commit': {
    ...atStore((store, { state }) => ({
      async commit(workerId, batch) {
        const before = batch.map(({ executionId }) => state.runs.get(executionId)?.crashes ?? 0);
        const outcomes = await store.commit(workerId, batch);
        for (const [index, { executionId }] of batch.entries()) {
          const run = state.runs.get(executionId);
          if (run !== undefined) run.crashes = before[index] ?? 0;
        }
        return outcomes;
      },
    })),
    profile: { ...KILLS, ...SUSPECTS, poison: 0, effectFault: 0.4, faultsMs: 60_000, crash: 0.05 },
    definition: besides({ takesMs: 100 }, { takesMs: 100 }),
    by: ['quarantine', 'engine'],
  },
  'what is given back counts as a death': {
    ...atStore((store, { state }) => ({
      async release(runs) {
        await store.release(runs);
        for (const { executionId } of runs) {
          const run = state.runs.get(executionId);
          if (run !== undefined) run.crashes += 1;
        }
      },
    })),
    profile: { ...BUSY, ...SUSPECTS, executions: 2 },
    definition: poisonous,
    by: ['quarantine', 'engine'],
  },
  'the first deaths are enough': {
    ...atStore((store) => ({
      async claim(request) {
        return (await store.claim(request)).map((run) => ({ ...run, crashes: run.crashes >= 2 ? 7 : run.crashes }));
      },
    })),
    profile: { ...KILLS, ...SUSPECTS },
    definition: poisonous,
    by: ['quarantine', 'engine'],
  },
  'suspects stay together until they are failed': {
    ...atStore((store) => ({
      async claim(request) {
        const claimed = await store.claim(request);
        return claimed.map((run) => ({ ...run, crashes: run.crashes < 7 ? Math.min(run.crashes, 3) : run.crashes }));
      },
    })),
    profile: { ...BUSY, ...SUSPECTS, executions: 3 },
    definition: poisonous,
    by: ['quarantine', 'engine'],
  },
  'what was failed leaves its neighbours without an answer': {
    ...atStore((store) => ({
      commit: (workerId, batch) =>
        store.commit(
          workerId,
          batch.map((commit) =>
            commit.then.kind === 'end' && commit.then.cause?.includes('process that ran it died') === true
              ? { ...commit, arrivals: [] }
              : commit,
          ),
        ),
    })),
    profile: { ...BUSY, ...SUSPECTS, machines: 2, executions: 4, poison: 0.5 },
    by: ['ended', 'served', 'parked', 'acknowledged', 'map-runs'],
  },
};

describeSimulatedBugs('quarantine', quarantineBugs);
