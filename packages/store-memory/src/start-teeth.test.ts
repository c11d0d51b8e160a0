import { describePlantedBugs } from '@everstep/testkit';
import { type PlantedBug, beforeCommit, plantAll } from './planted-bug.ts';

const startBugs: Record<string, PlantedBug> = {
  'inputs are compared as values': (store, state) => ({
    startExecutions: (batch) =>
      store.startExecutions(
        batch.map((request) => {
          const id = state.idsByArn.get(request.executionArn);
          const taken = id === undefined ? undefined : state.executions.get(id)?.record.input;
          const same =
            taken !== undefined && JSON.stringify(JSON.parse(taken)) === JSON.stringify(JSON.parse(request.input));
          return same ? { ...request, input: taken } : request;
        }),
      ),
  }),
  'a closed execution frees its name at once': (store, state) => ({
    startExecutions(batch) {
      for (const [key, name] of state.names) if (name.reusableAt !== null) state.names.delete(key);
      return store.startExecutions(batch);
    },
  }),
  'a name is never free again': (store, state) => ({
    startExecutions(batch) {
      for (const name of state.names.values()) if (name.reusableAt !== null) name.reusableAt = Number.MAX_SAFE_INTEGER;
      return store.startExecutions(batch);
    },
  }),
  'a name may stand twice in a batch': (store, state) => ({
    async startExecutions(batch) {
      const before = new Map(state.names);
      const outcomes = [];
      for (const request of batch) {
        state.names.clear();
        for (const [key, name] of before) state.names.set(key, name);
        outcomes.push(...(await store.startExecutions([request])));
      }
      return outcomes;
    },
  }),
  'a name is taken in all machines': (store) => ({
    async startExecutions(batch) {
      const [first, ...rest] = batch;
      if (first === undefined || rest.length > 0) return await store.startExecutions(batch);
      const others = await store.listStateMachines({ region: 'us-east-1', accountId: '123456789012', limit: 100 });
      for (const { stateMachineArn } of others) {
        const taken = (await store.listExecutions({ stateMachineArn, limit: 100 })).find(
          (execution) => execution.name === first.name && stateMachineArn !== first.stateMachineArn,
        );
        if (taken !== undefined) return [{ kind: 'conflict', executionArn: taken.executionArn }];
      }
      return await store.startExecutions(batch);
    },
  }),
  'a task that asks again gets a second child': (store, state) => ({
    startExecutions(batch) {
      for (const { executionId, executionArn } of batch) {
        state.executions.delete(executionId);
        state.idsByArn.delete(executionArn);
      }
      return store.startExecutions(batch);
    },
  }),
  'a machine that is being deleted starts executions': (store, state) => ({
    startExecutions(batch) {
      for (const [arn, machine] of state.machines) state.machines.set(arn, { ...machine, status: 'ACTIVE' });
      return store.startExecutions(batch);
    },
  }),
  'a machine is purged while an execution is open': (store, state) => ({
    async purgeStateMachine(stateMachineArn) {
      state.executionsByMachine.delete(stateMachineArn);
      return await store.purgeStateMachine(stateMachineArn);
    },
  }),
  'a started run has no wake_at': (store, state) => ({
    async startExecutions(batch) {
      const outcomes = await store.startExecutions(batch);
      for (const { executionId } of batch) {
        const run = state.runs.get(executionId);
        if (run === undefined || run.owner !== null) continue;
        run.wakeAt = null;
        state.sleeping.place(run);
      }
      return outcomes;
    },
  }),
};

/** What a store of parsed JSON does to a text. */
const reparsed = (text: string) => JSON.stringify(JSON.parse(text));

const readingBugs: Record<string, PlantedBug> = {
  'inputs are stored as values': (store) => ({
    startExecutions: (batch) =>
      store.startExecutions(batch.map((request) => ({ ...request, input: reparsed(request.input) }))),
  }),
  'history is stored as values': (store) => ({
    readHistory: async (query) => (await store.readHistory(query)).map(reparsed),
  }),
  'causes lose U+0000': beforeCommit((commit) =>
    commit.then.kind === 'end'
      ? { ...commit, then: { ...commit.then, cause: commit.then.cause?.replaceAll('\u0000', '') ?? null } }
      : commit,
  ),
  'errors lose lone surrogates': beforeCommit((commit) =>
    commit.then.kind === 'end'
      ? { ...commit, then: { ...commit.then, error: commit.then.error?.toWellFormed() ?? null } }
      : commit,
  ),
  'a page begins with its chunk': (store) => ({
    readHistory: (query) => store.readHistory(query.from === 7 ? query : { ...query, from: 1 }),
  }),
  'a page backward begins at the end': (store) => ({
    readHistory({ from, ...query }) {
      return store.readHistory(query.reverse || from === undefined ? query : { ...query, from });
    },
  }),
  'a list is oldest first': (store) => ({
    listExecutions: async (query) => (await store.listExecutions(query)).toReversed(),
  }),
  'a page repeats the last of the page before': (store) => ({
    listExecutions({ after, ...query }) {
      const marker = after === undefined ? undefined : { ...after, executionId: `${after.executionId}~` };
      return store.listExecutions(marker === undefined ? query : { ...query, after: marker });
    },
  }),
  'retention leaves the history': (store, state) => ({
    async deleteEndedBefore(stopDate, limit) {
      const before = new Map(state.executions);
      const count = await store.deleteEndedBefore(stopDate, limit);
      for (const [executionId, execution] of before) state.executions.set(executionId, execution);
      return count;
    },
  }),
  'retention takes what stopped at the time itself': (store) => ({
    deleteEndedBefore: (stopDate, limit) => store.deleteEndedBefore(stopDate + 1, limit),
  }),
  'names are sorted without regard to case': (store) => ({
    listStateMachines: async ({ limit, ...page }) =>
      (await store.listStateMachines({ ...page, limit: 100 }))
        .toSorted((left, right) => left.name.localeCompare(right.name))
        .slice(0, limit),
  }),
};

describePlantedBugs('starts and reading', plantAll({ ...startBugs, ...readingBugs }));
