import type { CommitOutcome } from '@everstep/engine';
import { atStore, beforeCommit, setWakeAt, pauseIn, withoutNotHeld, BUSY, KILLS, besides } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// Stores that leave out one sentence of the protocol. What a store alone must keep, whoever asks, is in the teeth of the
// contract suite (store-memory); here are those that the runtime as a whole suffers from.

const leaseBugs: Record<string, SimulatedBug> = {
  'an identity is used again after a restart': {
    bug: {
      store: (store, { state }) => ({
        async registerWorker(worker) {
          const former = state.workers.get(worker.workerId);
          if (former === undefined) return await store.registerWorker(worker);
          Object.assign(former, { dead: false, leaseUntil: state.now() + worker.leaseMs });
          state.watchedWorkers.add(former);
        },
        ...withoutNotHeld(store),
      }),
      ids: (ids, { name }) => ({ ...ids, uuid: () => name.split('.')[0] ?? name }),
    },
    profile: KILLS,
    by: ['served', 'ended'],
  },
  'arrivals are told by hints alone': {
    bug: {
      store: (store) => ({
        renewLease: async (request) => ({ ...(await store.renewLease(request)), unseen: [] }),
      }),
      hints: () => ({ sendToWorker: () => undefined }),
    },
    profile: {
      faultsMs: 1_000,
      ...BUSY,
      leaseMs: 3_000,
      maxGraceMs: 2_000,
      maxConcurrentCalls: 200,
      maxResidentExecutions: 2_000,
    },
    definition: besides({ takesMs: 300 }, { takesMs: 15_000 }),
    by: ['served', 'ended'],
  },
  'a renewal does not tell of runs that are not in memory': {
    ...atStore(withoutNotHeld),
    profile: { ...BUSY, unknown: 0.2, crash: 0, freeze: 0 },
    by: ['served', 'ended'],
  },
  'what the dead leave behind is not due': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const released = await store.releaseLapsed(limit);
        for (const executionId of released) setWakeAt(state, executionId, null);
        return released;
      },
    })),
    profile: KILLS,
    by: ['parked'],
  },
  'the living are taken for dead': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const [worker] = [...state.workers.values()].filter(({ dead, runs }) => !dead && runs.size > 0);
        const until = worker?.leaseUntil;
        if (worker !== undefined) worker.leaseUntil = 0;
        const released = await store.releaseLapsed(limit);
        if (worker !== undefined) Object.assign(worker, { leaseUntil: until, dead: false });
        return released;
      },
    })),
    profile: BUSY,
    by: ['effects', 'fence', 'lease', 'served', 'quarantine'],
  },
  'who leaves keeps its runs': {
    ...atStore((_store, { state }) => ({
      async unregisterWorker(workerId) {
        const worker = state.workers.get(workerId);
        if (worker === undefined) return;
        worker.dead = true;
        state.watchedWorkers.delete(worker);
      },
    })),
    profile: { ...BUSY, drains: 3 },
    by: ['served', 'ended', 'rows'],
  },
};

const claimBugs: Record<string, SimulatedBug> = {
  'nobody can claim its own run': {
    ...atStore((store, { state }) => ({
      claim(request) {
        const executionIds = request.executionIds.filter(
          (executionId) => state.runs.get(executionId)?.owner?.workerId !== request.workerId,
        );
        return store.claim({ ...request, executionIds });
      },
    })),
    profile: { ...BUSY, unknown: 0.1 },
    by: ['served', 'ended'],
  },
  'a claim reads its rows before it locks the run': {
    ...atStore((store, { state, stage }) => ({
      async claim(request) {
        const before = new Map(
          request.executionIds.map((executionId) => {
            const run = state.runs.get(executionId);
            const frames = [...(run?.frames ?? [])].map(([id, data]) => ({ id, data }));
            return [executionId, { frames, inbox: [...(run?.inbox ?? [])], checkpoint: run?.checkpoint ?? '' }];
          }),
        );
        await pauseIn(stage, 3);
        return (await store.claim(request)).map((run) => ({ ...run, ...before.get(run.execution.executionId) }));
      },
    })),
    profile: { ...BUSY, double: 0.5, graceMs: 300 },
    by: ['replay', 'engine', 'acknowledged', 'ended', 'served', 'history'],
  },
  'rows that were never read count as consumed': {
    ...atStore((store, { state, stage }) => ({
      async claim(request) {
        const before = new Map(request.executionIds.map((id) => [id, [...(state.runs.get(id)?.inbox ?? [])]]));
        await pauseIn(stage, 3);
        return (await store.claim(request)).map((run) => {
          const inbox = before.get(run.execution.executionId) ?? [];
          const isWhole = inbox.length === run.inbox.length;
          const signals = state.runs.get(run.execution.executionId)?.signals ?? run.consumed;
          return isWhole ? run : { ...run, inbox: [], consumed: signals };
        });
      },
    })),
    profile: { ...BUSY, double: 0.5 },
    by: ['replay', 'map-runs', 'engine', 'acknowledged', 'ended', 'served', 'parked'],
  },
  'a claim of unknown outcome is given up': {
    bug: {
      store: withoutNotHeld,
      client: (store) => ({ claim: (request) => store.claim(request).catch(() => []) }),
    },
    profile: { ...BUSY, unknown: 0.1, crash: 0, freeze: 0 },
    by: ['served', 'ended', 'effects'],
  },
  'a claim does not read the deadlines': {
    ...atStore((store) => ({
      claim: async (request) => (await store.claim(request)).map((run) => ({ ...run, tokens: [] })),
    })),
    profile: { ...BUSY, maxSkewMs: 0 },
    by: ['served'],
  },
  'an epoch starts again': {
    ...atStore((store, { state }) => ({
      async claim(request) {
        for (const executionId of request.executionIds) {
          const run = state.runs.get(executionId);
          if (run?.owner === null) run.epoch = 0;
        }
        return await store.claim(request);
      },
    })),
    profile: BUSY,
    by: ['fence'],
  },
};

const commitBugs: Record<string, SimulatedBug> = {
  'the fence is left out': {
    ...beforeCommit((commit, run) => ({ ...commit, epoch: run.epoch })),
    profile: { ...BUSY, freeze: 0.02, unknown: 0.05 },
    by: ['fence', 'acknowledged', 'engine', 'replay'],
  },
  'effects come before their commit': {
    bug: {
      client: (store, { stage }) => ({
        async commit(workerId, batch) {
          void pauseIn(stage, 60).then(() => store.commit(workerId, batch).catch(() => undefined));
          return batch.map((): CommitOutcome => ({ kind: 'committed', told: [] }));
        },
      }),
    },
    profile: BUSY,
    by: ['effects'],
  },
  'a commit of unknown outcome is sent again': {
    bug: {
      client: (store) => ({
        commit: (workerId, batch) => store.commit(workerId, batch).catch(() => store.commit(workerId, batch)),
      }),
    },
    profile: { ...BUSY, unknown: 0.2, unavailable: 0 },
    by: ['engine', 'replay', 'fence', 'acknowledged', 'tokens'],
  },
  'a commit is taken for done that never came': {
    bug: {
      client: (store, { stage }) => ({
        async commit(workerId, batch) {
          if (stage.chance.happens(0.9)) return await store.commit(workerId, batch);
          return batch.map((): CommitOutcome => ({ kind: 'committed', told: [] }));
        },
      }),
    },
    profile: BUSY,
    by: ['engine', 'effects', 'replay', 'served', 'ended', 'acknowledged', 'tokens'],
  },
  'a refused commit leaves its history': {
    ...atStore((store, { state }) => ({
      async commit(workerId, batch) {
        const outcomes = await store.commit(workerId, batch);
        for (const [index, { executionId, history }] of batch.entries()) {
          const isRefused = outcomes[index]?.kind === 'signals' || outcomes[index]?.kind === 'token';
          if (isRefused && history !== null) state.executions.get(executionId)?.chunks.push(history);
        }
        return outcomes;
      },
    })),
    profile: BUSY,
    by: ['engine', 'history'],
  },
  'an event id is used again': {
    ...atStore((store) => ({
      claim: async (request) =>
        (await store.claim(request)).map((run) => ({
          ...run,
          checkpoint: run.checkpoint.replace(
            /"lastEventId":(\d+)/,
            (_text, id) => `"lastEventId":${Math.max(0, Number(id) - 1)}`,
          ),
        })),
    })),
    profile: BUSY,
    by: ['engine', 'replay', 'history'],
  },
  'history goes missing': {
    ...atStore((store, { state, stage }) => ({
      async commit(workerId, batch) {
        const outcomes = await store.commit(workerId, batch);
        for (const { executionId, then } of batch) {
          const { chunks } = state.executions.get(executionId) ?? { chunks: [] };
          if (then.kind === 'end' && chunks.length > 2 && stage.chance.happens(0.5)) chunks.splice(1, 1);
        }
        return outcomes;
      },
    })),
    profile: BUSY,
    by: ['history'],
  },
  'written frames go missing': {
    ...beforeCommit((commit) => ({ ...commit, frames: { ...commit.frames, written: [] } })),
    profile: { ...BUSY, maxResidentExecutions: 1 },
    by: ['engine', 'replay', 'ended', 'served', 'parked'],
  },
  'parents never hear of their children': {
    ...beforeCommit((commit) => ({ ...commit, arrivals: [] })),
    profile: BUSY,
    by: ['ended', 'served', 'parked', 'acknowledged'],
  },
};

describeSimulatedBugs('leases', leaseBugs);
describeSimulatedBugs('claims', claimBugs);
describeSimulatedBugs('commits', commitBugs);
