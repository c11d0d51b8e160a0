import { describePlantedBugs } from '@everstep/testkit';
import { type PlantedBug, plantAll } from './planted-bug.ts';

const expressBugs: Record<string, PlantedBug> = {
  'an Express execution is started whatever its machine': (store) => ({
    async startExpress(batch) {
      await store.startExpress(batch);
      return batch.map(() => true);
    },
  }),
  'a start asked again takes the run from its owner': (store, state) => ({
    startExpress(batch) {
      for (const { execution } of batch) state.runs.delete(execution.executionId);
      return store.startExpress(batch);
    },
  }),
  'an end needs no epoch': (store, state) => ({
    async endExpress(runs) {
      for (const { executionId } of runs) {
        const epoch = state.runs.get(executionId)?.epoch;
        if (epoch !== undefined) await store.endExpress([{ executionId, epoch }]);
      }
    },
  }),
  'an end removes any run': (_store, state) => ({
    async endExpress(runs) {
      for (const { executionId, epoch } of runs) {
        if (state.runs.get(executionId)?.epoch === epoch) state.runs.delete(executionId);
      }
    },
  }),
  'an end is lost': () => ({
    async endExpress() {},
  }),
  'a claim takes every run for a Standard one': (store) => ({
    async claim(request) {
      return (await store.claim(request)).map((run) => ({ ...run, express: false }));
    },
  }),
};

describePlantedBugs('Express executions', plantAll(expressBugs));
