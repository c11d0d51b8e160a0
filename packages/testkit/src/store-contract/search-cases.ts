import assert from 'node:assert/strict';
import type { ExecutionSummary, SearchExecutionsQuery } from '@everstep/engine';
import { storeCase } from './store-case.ts';
import { commitOf, end, executionIdAt, type StoreScene } from './store-scene.ts';

const HERE = { region: 'us-east-1', accountId: '123456789012' };

/** Executions of two machines, by turns, the oldest first: their ids. */
async function twoMachines(scene: StoreScene): Promise<{ ids: string[]; arns: string[]; now: number }> {
  const now = await scene.store.now();
  const arns = [(await scene.machine()).stateMachineArn, (await scene.machine()).stateMachineArn];
  const ids: string[] = [];
  for (const [index, age] of [60, 50, 40, 40, 20, 10].entries()) {
    const startDate = now - age;
    const stateMachineArn = arns[index % 2];
    assert.ok(stateMachineArn !== undefined);
    const execution = await scene.started({ stateMachineArn, startDate, executionId: executionIdAt(startDate) });
    ids.push(execution.executionId);
  }
  return { ids, arns, now };
}

const idsOf = (found: readonly ExecutionSummary[]): string[] => found.map(({ executionId }) => executionId);

export const searchCases = [
  storeCase('search: newest first over all machines of an account, by pages', async (scene) => {
    const { store } = scene;
    const { ids } = await twoMachines(scene);
    const newestFirst = ids.toSorted().toReversed();
    assert.deepEqual(idsOf(await store.searchExecutions({ ...HERE, limit: 100 })), newestFirst);
    const paged: string[] = [];
    for (let after: SearchExecutionsQuery['after']; ; ) {
      const page = await store.searchExecutions({ ...HERE, limit: 2, ...(after === undefined ? {} : { after }) });
      after = page.at(-1);
      if (after === undefined) break;
      paged.push(...idsOf(page));
    }
    assert.deepEqual(paged, newestFirst);
    assert.deepEqual(await store.searchExecutions({ ...HERE, accountId: '999999999999', limit: 9 }), []);
  }),
  storeCase('search: by machine, by statuses, from a time on', async (scene) => {
    const { store } = scene;
    const { ids, arns, now } = await twoMachines(scene);
    const [first] = ids;
    const [stateMachineArn] = arns;
    assert.ok(first !== undefined && stateMachineArn !== undefined);
    const workerId = await scene.worker();
    const run = await scene.claimed(workerId, first);
    await scene.committed(workerId, commitOf(run, { then: end({ status: 'FAILED', output: null }) }));
    const search = (query: Partial<SearchExecutionsQuery>): Promise<ExecutionSummary[]> =>
      store.searchExecutions({ ...HERE, limit: 9, ...query });
    assert.equal((await search({ machine: { stateMachineArn } })).length, 3);
    assert.deepEqual(idsOf(await search({ statuses: ['FAILED', 'ABORTED'] })), [first]);
    assert.equal((await search({ statuses: ['RUNNING', 'FAILED'] })).length, 6);
    assert.equal((await search({ startedFrom: now - 40 })).length, 4, 'the time itself is within');
    const none = { stateMachineArn, version: 7 };
    assert.deepEqual(await search({ machine: none }), []);
    const [summary] = await search({ statuses: ['FAILED'] });
    const record = await store.findExecution(first);
    assert.ok(summary !== undefined && record !== null);
    assert.deepEqual({ ...record, ...summary }, record, 'a summary says of it what the execution says');
    assert.equal('input' in summary, false);
  }),
  storeCase('search: inputs in the order they are asked for, as many as fit, the first in any case', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.machine();
    const inputs = ['{"a":1}', '"\\u0000 \u{1f600} \ud800"', `"${'x'.repeat(10_000)}"`, '{"a":2}'];
    const ids: string[] = [];
    for (const input of inputs) ids.push((await scene.started({ stateMachineArn, input })).executionId);
    const read = await store.readInputs(ids, 1_000_000);
    const told = scene.isSealed ? inputs.map(() => null) : inputs;
    assert.deepEqual(
      read.map(({ input }) => input),
      told,
    );
    assert.deepEqual(
      read.map(({ executionId }) => executionId),
      ids,
    );
    assert.equal((await store.readInputs(ids, 5_000)).length, 2, 'what does not fit ends it');
    assert.equal((await store.readInputs(ids.slice(2), 10)).length, 1, 'the first is always there');
    const gone = executionIdAt(Date.now());
    const [missing, first] = await store.readInputs([gone, ...ids.slice(0, 1)], 5_000);
    assert.deepEqual(missing, { executionId: gone, input: null });
    assert.equal(first?.input, told[0]);
    assert.deepEqual(await store.readInputs([], 100), []);
  }),
];
