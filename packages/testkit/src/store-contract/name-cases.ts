import assert from 'node:assert/strict';
import { commitOf, end, executionIdAt } from './store-scene.ts';
import { storeCase } from './store-case.ts';

export const nameCases = [
  storeCase('names: the same name with the same input, open: the execution that is there', async (scene) => {
    const { store } = scene;
    const { name, input, executionId, executionArn, startDate } = await scene.started();
    const again = await scene.newExecution({ name, input });
    assert.deepEqual(await store.startExecutions([again]), [
      { kind: 'existing', executionId, executionArn, startDate },
    ]);
    assert.equal(await store.findExecution(again.executionId), null);
    assert.equal((await store.findExecutionByArn(executionArn))?.executionId, executionId);
  }),
  storeCase('names: the same name with another input conflicts, be the difference one of spelling', async (scene) => {
    const { store } = scene;
    const { name, executionArn } = await scene.started({ input: '{"n":1}' });
    for (const input of ['{"n":2}', '{"n": 1}', '{"n":1.0}']) {
      const other = await scene.newExecution({ name, input });
      assert.deepEqual(await store.startExecutions([other]), [{ kind: 'conflict', executionArn }]);
      assert.equal(await store.findExecution(other.executionId), null);
    }
  }),
  storeCase('names: a name belongs to its machine', async (scene) => {
    const { name } = await scene.started();
    const { stateMachineArn } = await scene.machine();
    await scene.started({ name, stateMachineArn, input: '"elsewhere"' });
  }),
  storeCase('names: a closed execution keeps its name until it may be used again', async (scene) => {
    const { store } = scene;
    const { execution, run, workerId } = await scene.owned();
    const { name, input, executionArn, executionId } = execution;
    const reusableAt = (await store.now()) + 400;
    await scene.committed(workerId, commitOf(run, { then: end({ reusableAt }) }));
    const again = await scene.newExecution({ name, input });
    const early = await store.startExecutions([again]);
    if ((await store.now()) < reusableAt) assert.deepEqual(early, [{ kind: 'conflict', executionArn }]);
    await scene.passTo(reusableAt);
    const later = await scene.newExecution({ name, input: '"new"' });
    assert.deepEqual(await store.startExecutions([later]), [{ kind: 'started' }]);
    assert.equal((await store.findExecutionByArn(executionArn))?.executionId, later.executionId);
    assert.equal((await store.findExecution(executionId))?.status, 'SUCCEEDED', 'the former one stays');
    const third = await scene.newExecution({ name, input: '"third"' });
    assert.deepEqual(await store.startExecutions([third]), [{ kind: 'conflict', executionArn }]);
  }),
  storeCase('names: a closed execution conflicts even with the same input', async (scene) => {
    const { execution, run, workerId } = await scene.owned();
    await scene.committed(workerId, commitOf(run, { then: end() }));
    const again = await scene.newExecution({ name: execution.name, input: execution.input });
    const outcome = await scene.store.startExecutions([again]);
    assert.deepEqual(outcome, [{ kind: 'conflict', executionArn: execution.executionArn }]);
  }),
  storeCase('names: a name that stands several times in a batch is decided in order', async (scene) => {
    const { store } = scene;
    const first = await scene.newExecution();
    const { name, executionId, executionArn, startDate } = first;
    const same = await scene.newExecution({ name, input: first.input });
    const other = await scene.newExecution({ name, input: '"other"' });
    const neighbour = await scene.newExecution();
    assert.deepEqual(await store.startExecutions([first, other, neighbour, same]), [
      { kind: 'started' },
      { kind: 'conflict', executionArn },
      { kind: 'started' },
      { kind: 'existing', executionId, executionArn, startDate },
    ]);
    assert.equal(await store.findExecution(other.executionId), null);
  }),
  storeCase('names: a task that asks again gets its child, open or ended', async (scene) => {
    const { store } = scene;
    const parent = { executionId: executionIdAt(await store.now()), taskId: 5, sync: true };
    const { execution, run, workerId } = await scene.owned({ parent });
    const { executionId, executionArn, startDate } = execution;
    const existing = [{ kind: 'existing', executionId, executionArn, startDate }];
    assert.deepEqual(await store.startExecutions([execution]), existing);
    const renamed = await scene.newExecution({ executionId, parent });
    assert.deepEqual(await store.startExecutions([renamed]), existing, 'under a name made up anew');
    assert.equal(await store.findExecutionByArn(renamed.executionArn), null);
    await scene.committed(workerId, commitOf(run, { then: end() }));
    assert.deepEqual(await store.startExecutions([execution]), existing, 'it has ended meanwhile');
    assert.equal((await store.findExecution(executionId))?.status, 'SUCCEEDED');
  }),
];
