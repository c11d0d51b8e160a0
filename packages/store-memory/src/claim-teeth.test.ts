import { describePlantedBugs } from '@everstep/testkit';
import { type PlantedBug, plantAll } from './planted-bug.ts';

const claimBugs: Record<string, PlantedBug> = {
  'the epoch is not bumped': (store, state) => ({
    async claim(request) {
      const claimed = await store.claim(request);
      for (const { execution, epoch } of claimed) {
        const run = state.runs.get(execution.executionId);
        if (run !== undefined) run.epoch = epoch - 1;
      }
      return claimed.map((run) => ({ ...run, epoch: run.epoch - 1 }));
    },
  }),
  'a run that is owned is claimed': (store, state) => ({
    claim(request) {
      for (const executionId of request.executionIds) {
        const run = state.runs.get(executionId);
        if (run !== undefined) run.owner = null;
      }
      return store.claim(request);
    },
  }),
  'the owner cannot claim its own run': (store, state) => ({
    claim(request) {
      const executionIds = request.executionIds.filter(
        (executionId) => state.runs.get(executionId)?.owner?.workerId !== request.workerId,
      );
      return store.claim({ ...request, executionIds });
    },
  }),
  'a lapsed owner keeps its run': (store, state) => ({
    claim(request) {
      const executionIds = request.executionIds.filter((executionId) => {
        const owner = state.runs.get(executionId)?.owner;
        return owner === undefined || owner === null || owner.workerId === request.workerId;
      });
      return store.claim({ ...request, executionIds });
    },
  }),
  'a lapsed worker claims': (store, state) => ({
    claim(request) {
      const worker = state.workers.get(request.workerId);
      if (worker !== undefined && !worker.dead) worker.leaseUntil = Number.MAX_SAFE_INTEGER;
      return store.claim(request);
    },
  }),
  'a dead worker claims': (store, state) => ({
    async claim(request) {
      const worker = state.workers.get(request.workerId);
      if (worker === undefined || !worker.dead) return await store.claim(request);
      const { leaseUntil } = worker;
      Object.assign(worker, { dead: false, leaseUntil: Number.MAX_SAFE_INTEGER });
      const claimed = await store.claim(request);
      Object.assign(worker, { dead: true, leaseUntil });
      return claimed;
    },
  }),
  'the format is not asked for': (store) => ({
    claim: (request) => store.claim({ ...request, formats: [...request.formats, 1, 2, 3] }),
  }),
  'crashes are not counted': (store) => ({
    claim: async (request) => (await store.claim(request)).map((run) => ({ ...run, crashes: 0 })),
  }),
  'every claim counts as a crash': (store, state) => ({
    async claim(request) {
      const claimed = await store.claim(request);
      for (const { execution } of claimed) {
        const run = state.runs.get(execution.executionId);
        if (run !== undefined) run.crashes++;
      }
      return claimed;
    },
  }),
  'an owner that died after its commit counts as a crash': (store, state) => ({
    async commit(workerId, batch) {
      const outcomes = await store.commit(workerId, batch);
      for (const { executionId } of batch) {
        const run = state.runs.get(executionId);
        if (run !== undefined) run.committedSinceClaim = false;
      }
      return outcomes;
    },
  }),
  'a commit leaves the crashes': (store, state) => ({
    async commit(workerId, batch) {
      const before = batch.map(({ executionId }) => state.runs.get(executionId)?.crashes ?? 0);
      const outcomes = await store.commit(workerId, batch);
      for (const [index, { executionId }] of batch.entries()) {
        const run = state.runs.get(executionId);
        if (run !== undefined) run.crashes = before[index] ?? 0;
      }
      return outcomes;
    },
  }),
  'a claim does not read the tokens': (store) => ({
    claim: async (request) => (await store.claim(request)).map((run) => ({ ...run, tokens: [] })),
  }),
  'a reread ignores the epoch': (store, state) => ({
    reread: (runs) =>
      store.reread(runs.map((run) => ({ ...run, epoch: state.runs.get(run.executionId)?.epoch ?? run.epoch }))),
  }),
  'a release ignores the epoch': (store, state) => ({
    release: (runs) =>
      store.release(runs.map((run) => ({ ...run, epoch: state.runs.get(run.executionId)?.epoch ?? run.epoch }))),
  }),
  'a force does not fence': (store, state) => ({
    async force(executionId, decide) {
      const run = state.runs.get(executionId);
      const outcome = await store.force(executionId, decide);
      if (run !== undefined && outcome.kind === 'committed') run.epoch--;
      return outcome;
    },
  }),
  'a force that throws has bumped the epoch': (store, state) => ({
    async force(executionId, decide) {
      try {
        return await store.force(executionId, decide);
      } catch (error) {
        const run = state.runs.get(executionId);
        if (run !== undefined) run.epoch++;
        throw error;
      }
    },
  }),
};

const workerBugs: Record<string, PlantedBug> = {
  'a released run is not due': (store, state) => ({
    async releaseLapsed(limit) {
      const released = await store.releaseLapsed(limit);
      for (const executionId of released) {
        const run = state.runs.get(executionId);
        if (run === undefined) continue;
        run.wakeAt = null;
        state.sleeping.place(run);
      }
      return released;
    },
  }),
  'a release bumps the epoch': (store, state) => ({
    async releaseLapsed(limit) {
      const released = await store.releaseLapsed(limit);
      for (const executionId of released) {
        const run = state.runs.get(executionId);
        if (run !== undefined) run.epoch++;
      }
      return released;
    },
  }),
  'a dead worker is dealt with once, however many runs it left': (store, state) => ({
    async releaseLapsed(limit) {
      const released = await store.releaseLapsed(limit);
      for (const worker of state.watchedWorkers) if (worker.dead) state.watchedWorkers.delete(worker);
      return released;
    },
  }),
  'a renewal revives the lapsed': (store, state) => ({
    renewLease(request) {
      const worker = state.workers.get(request.workerId);
      if (worker !== undefined && !worker.dead) worker.leaseUntil = Number.MAX_SAFE_INTEGER;
      return store.renewLease(request);
    },
  }),
  'a renewal revives the dead': (store, state) => ({
    renewLease(request) {
      const worker = state.workers.get(request.workerId);
      if (worker?.dead) Object.assign(worker, { dead: false, leaseUntil: Number.MAX_SAFE_INTEGER });
      return store.renewLease(request);
    },
  }),
  'unseen signals are reported once': (store) => {
    const reported = new Set<string>();
    return {
      async renewLease(request) {
        const renewed = await store.renewLease(request);
        const unseen = renewed.unseen.filter((executionId) => !reported.has(executionId));
        for (const executionId of unseen) reported.add(executionId);
        return { ...renewed, unseen };
      },
    };
  },
  'runs that are not held are not reported': (store) => ({
    renewLease: async (request) => ({ ...(await store.renewLease(request)), notHeld: [] }),
  }),
  'the id of a dead worker is used again': (store, state) => ({
    registerWorker(worker) {
      if (state.workers.get(worker.workerId)?.dead) state.workers.delete(worker.workerId);
      return store.registerWorker(worker);
    },
  }),
  'unregistering keeps the runs': (store, state) => ({
    async unregisterWorker(workerId) {
      const worker = state.workers.get(workerId);
      if (worker !== undefined) worker.dead = true;
    },
    claim: (request) => store.claim(request),
  }),
  'due runs are taken again and again': (store, state) => ({
    takeDue: async ({ limit }) => state.sleeping.due(state.now(), limit).map((run) => run.executionId),
  }),
  'the grace does not grow': (store, state) => ({
    async takeDue(request) {
      const before = new Map([...state.runs.values()].map((run) => [run.executionId, run.graceMs]));
      const due = await store.takeDue(request);
      for (const executionId of due) {
        const run = state.runs.get(executionId);
        if (run === undefined) continue;
        run.graceMs = before.get(executionId) ?? run.graceMs;
        run.wakeAt = state.now() + run.graceMs;
        state.sleeping.place(run);
      }
      return due;
    },
  }),
  'the grace grows without a bound': (store) => ({
    takeDue: (request) => store.takeDue({ ...request, maxGraceMs: Number.MAX_SAFE_INTEGER }),
  }),
  'the next wake_at counts owned runs': (store, state) => ({
    async nextWakeAt() {
      const wakeTimes = [...state.runs.values()].map((run) => run.wakeAt ?? Number.POSITIVE_INFINITY);
      return wakeTimes.length === 0 ? null : Math.min(...wakeTimes);
    },
  }),
};

describePlantedBugs('claims and workers', plantAll({ ...claimBugs, ...workerBugs }));
