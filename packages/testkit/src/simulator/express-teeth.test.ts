import { atStore, BUSY, KILLS } from './planted-at-store.ts';
import { type SimulatedBug, describeSimulatedBugs } from './simulated-bugs.ts';

// What Express executions that run by themselves rest on, each left out.

const MANY = { express: 3, executions: 1 };

const expressBugs: Record<string, SimulatedBug> = {
  'a claim takes the row away: at most once': {
    ...atStore((store) => ({
      async claim(request) {
        const runs = await store.claim(request);
        for (const { express, execution, epoch } of runs) {
          if (express) await store.endExpress([{ executionId: execution.executionId, epoch }]);
        }
        return runs;
      },
    })),
    profile: { ...KILLS, ...MANY },
    by: ['express'],
  },
  'a row stays after the end': {
    ...atStore(() => ({ endExpress: async () => undefined })),
    profile: { ...BUSY, ...MANY },
    by: ['express'],
  },
  'whoever had it before may remove the row': {
    ...atStore((store, { state }) => ({
      async endExpress(runs) {
        const present = runs.map(({ executionId, epoch }) => ({
          executionId,
          epoch: state.runs.get(executionId)?.epoch ?? epoch,
        }));
        await store.endExpress(present);
      },
    })),
    profile: { ...KILLS, ...MANY, freeze: 0.02, slow: 0.1 },
    by: ['fence', 'express'],
  },
  'a start that was acknowledged is nowhere': {
    ...atStore((store, { state }) => ({
      async startExpress(batch) {
        const outcomes = await store.startExpress(batch);
        for (const { execution } of batch) state.runs.delete(execution.executionId);
        return outcomes;
      },
    })),
    profile: { ...BUSY, ...MANY },
    by: ['express'],
  },
  'nobody looks for one that was given back': {
    ...atStore((store, { state }) => ({
      async releaseLapsed(limit) {
        const released = await store.releaseLapsed(limit);
        for (const executionId of released) {
          const run = state.runs.get(executionId);
          if (run?.express !== true) continue;
          run.wakeAt = null;
          state.sleeping.place(run);
        }
        return released;
      },
    })),
    profile: { ...KILLS, ...MANY, drop: 1 },
    by: ['parked'],
  },
  'it is claimed from an owner that is alive': {
    ...atStore((store, { state }) => ({
      async claim(request) {
        for (const executionId of request.executionIds) {
          const run = state.runs.get(executionId);
          if (run?.express !== true) continue;
          run.owner?.runs.delete(run);
          run.owner = null;
        }
        return store.claim(request);
      },
    })),
    profile: { ...BUSY, ...MANY, workers: 3, double: 0.5 },
    by: ['fence'],
  },
};

describeSimulatedBugs('Express executions', expressBugs);
