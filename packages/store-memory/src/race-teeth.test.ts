import { type StoreCase, describePlantedBugs, findBrokenCase, storeContractCases } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import { type PlantedBug, plant, plantAll } from './planted-bug.ts';
import type { MemoryState, RunRow } from './state.ts';

// Stores that decide, pause and then write: right for one caller at a time, wrong for two. Only a race can tell.
const isRace = (contractCase: StoreCase) => contractCase.name.startsWith('race: ');

/** Long enough for whoever is started in the same breath to come in between. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Commits of this kind compare signals with consumed before the pause only. */
function comparingTooEarly(kind: 'park' | 'end'): PlantedBug {
  return (store, state) => ({
    async commit(workerId, batch) {
      const [commit] = batch;
      const run = commit === undefined ? undefined : state.runs.get(commit.executionId);
      if (commit === undefined || run === undefined || batch.length > 1 || commit.then.kind !== kind) {
        return await store.commit(workerId, batch);
      }
      const agreed = run.signals === commit.consumed;
      await pause();
      const { signals } = run;
      if (agreed) run.signals = commit.consumed;
      const outcomes = await store.commit(workerId, batch);
      run.signals = signals;
      return outcomes;
    },
  });
}

function ownedBy(state: MemoryState, executionId: string): RunRow['owner'] {
  return state.runs.get(executionId)?.owner ?? null;
}

const bugs: Record<string, PlantedBug> = {
  'the park compares signals before it locks': comparingTooEarly('park'),
  'the end compares signals before it locks': comparingTooEarly('end'),
  'a claim looks for an owner before it locks': (store, state) => ({
    async claim(request) {
      const free = request.executionIds.filter((executionId) => ownedBy(state, executionId) === null);
      await pause();
      for (const executionId of free) {
        const run = state.runs.get(executionId);
        run?.owner?.runs.delete(run);
        if (run !== undefined) run.owner = null;
      }
      return await store.claim(request);
    },
  }),
  'a claim reads the inbox before it locks the run': (store, state) => ({
    async claim(request) {
      const before = new Map(request.executionIds.map((id) => [id, [...(state.runs.get(id)?.inbox ?? [])]]));
      await pause();
      const claimed = await store.claim(request);
      for (const { execution } of claimed) {
        const run = state.runs.get(execution.executionId);
        // The rows it never read count as consumed: an arrival in between is lost.
        if (run !== undefined && run.signals > 1) run.consumed = run.signals;
      }
      return claimed.map((run) => ({ ...run, inbox: before.get(run.execution.executionId) ?? [] }));
    },
  }),
  'a callback looks at its token before it locks': (store, state) => ({
    async completeTask(request) {
      const row = state.runs.get(request.executionId)?.tokens.get(request.taskId);
      const wasOpen = row?.status === 'open';
      await pause();
      if (row !== undefined && wasOpen) row.status = 'open';
      return await store.completeTask(request);
    },
  }),
  'an abort looks at the token before it locks': (store, state) => ({
    async commit(workerId, batch) {
      const rows = batch.flatMap(({ executionId, tokens }) =>
        tokens.closed.flatMap(({ taskId }) => state.runs.get(executionId)?.tokens.get(taskId) ?? []),
      );
      const open = rows.filter((row) => row.status === 'open');
      await pause();
      for (const row of open) row.status = 'open';
      return await store.commit(workerId, batch);
    },
  }),
  'a name is looked up before it is taken': (store, state) => ({
    async startExecutions(batch) {
      const known = new Map(state.names);
      await pause();
      for (const key of state.names.keys()) if (!known.has(key)) state.names.delete(key);
      return await store.startExecutions(batch);
    },
  }),
  'pollers of an activity see the same task': (store, state) => ({
    async takeActivityTask(request) {
      const before = new Map(state.untaken.get(request.activityArn));
      await pause();
      if (before.size > 0) state.untaken.set(request.activityArn, before);
      return await store.takeActivityTask(request);
    },
  }),
  'schedulers see the same due runs': (store, state) => ({
    async takeDue(request) {
      const due = state.sleeping.due(state.now(), request.limit);
      await pause();
      for (const run of due) {
        run.wakeAt = 0;
        state.sleeping.place(run);
      }
      return await store.takeDue(request);
    },
  }),
  'a start looks at its machine before it locks it': (store, state) => ({
    async startExecutions(batch) {
      const machines = batch.flatMap((request) => state.machines.get(request.stateMachineArn) ?? []);
      const active = machines.filter((machine) => machine.status === 'ACTIVE');
      await pause();
      for (const machine of active) state.machines.set(machine.stateMachineArn, machine);
      return await store.startExecutions(batch);
    },
  }),
  'a dead worker is released after somebody else has claimed': (store, state) => ({
    async releaseLapsed(limit) {
      const dead = [...state.watchedWorkers].filter((worker) => worker.leaseUntil <= state.now());
      const runs = dead.flatMap((worker) => [...worker.runs]);
      await pause();
      const claimed = runs.filter((run) => run.owner !== null && run.owner.leaseUntil > state.now());
      for (const run of claimed) {
        run.owner?.runs.delete(run);
        run.owner = null;
        run.wakeAt = state.now();
        state.sleeping.place(run);
      }
      return await store.releaseLapsed(limit);
    },
  }),
  'a force decides before it locks': (store, state) => ({
    async force(executionId, decide) {
      const before = state.runs.get(executionId);
      await pause();
      if (before !== undefined && !state.runs.has(executionId))
        return { kind: 'committed', told: [], formerOwner: null };
      return await store.force(executionId, decide);
    },
  }),
};

describePlantedBugs('races', plantAll(bugs), storeContractCases.filter(isRace));

describe('store contract, planted bugs: races', () => {
  it.each(Object.entries(bugs))('%s: no case without a race sees it', async (_name, bug) => {
    expect(
      await findBrokenCase(
        plant(bug),
        storeContractCases.filter((each) => !isRace(each)),
      ),
    ).toBeNull();
  });
});
