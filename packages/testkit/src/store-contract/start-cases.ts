import assert from 'node:assert/strict';
import { FAR_MS, GRACE_MS, commitOf, end, executionIdAt, machineArn } from './store-scene.ts';
import { storeCase } from './store-case.ts';

export const startCases = [
  storeCase('start: an execution is found by id and ARN, RUNNING, with its Start in the inbox', async (scene) => {
    const { store } = scene;
    const parent = { executionId: executionIdAt(Date.now()), taskId: 7, sync: true };
    const execution = await scene.started({ traceHeader: 'Root=1-2-3', parent });
    const { executionId, executionArn, name, stateMachineArn, revisionId, startDate, input } = execution;
    const record = {
      executionId,
      executionArn,
      name,
      stateMachineArn,
      revisionId,
      status: 'RUNNING',
      startDate,
      stopDate: null,
      input,
      output: null,
      error: null,
      cause: null,
      redriveCount: 0,
      redriveDate: null,
      traceHeader: 'Root=1-2-3',
      parent,
      qualifier: null,
    };
    assert.deepEqual(await store.findExecution(executionId), record);
    assert.deepEqual(await store.findExecutionByArn(executionArn), record);
    assert.equal(await store.findExecution(executionIdAt(startDate)), null);
    assert.equal(await store.findExecutionByArn(`${executionArn}x`), null);
    const run = await scene.claimed(await scene.worker(), executionId);
    assert.deepEqual(run.execution, record);
    assert.deepEqual(run.inbox, [{ number: 1, activation: execution.activation }]);
    assert.equal(run.consumed, 0);
    assert.equal(run.checkpoint, execution.checkpoint);
    assert.equal(run.format, execution.format);
    assert.equal(run.crashes, 0);
    assert.deepEqual([run.frames, run.tokens], [[], []]);
  }),
  storeCase('start: a lost hint costs the grace, nothing else', async (scene) => {
    const before = await scene.store.now();
    const { executionId } = await scene.started({ graceMs: GRACE_MS });
    const wakeAt = await scene.store.nextWakeAt();
    assert.ok(wakeAt !== null && wakeAt >= before + GRACE_MS, 'not before the grace is over');
    await scene.wakesWithin(GRACE_MS);
    await scene.passTo(wakeAt);
    assert.deepEqual(await scene.store.listDue(10), [executionId]);
  }),
  storeCase('start: a machine that is unknown or being deleted starts nothing', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    await store.markStateMachineDeleting(machine.stateMachineArn);
    const batch = [
      await scene.newExecution({ stateMachineArn: machine.stateMachineArn }),
      await scene.newExecution({ stateMachineArn: machineArn('nobody') }),
      await scene.newExecution(),
    ];
    assert.deepEqual(await store.startExecutions(batch), [
      { kind: 'no-machine' },
      { kind: 'no-machine' },
      { kind: 'started' },
    ]);
    for (const execution of batch.slice(0, 2)) {
      assert.equal(await store.findExecution(execution.executionId), null);
      assert.equal(await store.findExecutionByArn(execution.executionArn), null);
    }
  }),
  storeCase('start: a batch of a thousand is answered in its order', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.defaultMachine();
    const taken = await scene.started();
    const batch = [];
    for (let index = 0; index < 1000; index++) {
      batch.push(await scene.newExecution(index === 500 ? { name: taken.name, input: '"other"' } : {}));
    }
    const outcomes = await store.startExecutions(batch);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      batch.map((_execution, index) => (index === 500 ? 'conflict' : 'started')),
    );
    assert.equal((await store.listExecutions({ stateMachineArn, limit: 2000 })).length, 1000);
    assert.deepEqual(await store.startExecutions([]), []);
  }),
  storeCase('list: newest first, by pages, by status', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.defaultMachine();
    const now = await store.now();
    const ids: string[] = [];
    for (const age of [50, 40, 40, 20, 10]) {
      const startDate = now - age;
      ids.push((await scene.started({ startDate, executionId: executionIdAt(startDate) })).executionId);
    }
    await scene.started({ stateMachineArn: (await scene.machine()).stateMachineArn });
    const newestFirst = ids.toSorted().toReversed();
    const listed = await store.listExecutions({ stateMachineArn, limit: 10 });
    assert.deepEqual(
      listed.map((execution) => execution.executionId),
      newestFirst,
    );
    const paged: string[] = [];
    for (let after: { startDate: number; executionId: string } | undefined; paged.length < ids.length; ) {
      const page = await store.listExecutions({ stateMachineArn, limit: 2, ...(after === undefined ? {} : { after }) });
      after = page.at(-1);
      if (after === undefined) break;
      paged.push(...page.map((execution) => execution.executionId));
    }
    assert.deepEqual(paged, newestFirst);
    const [oldest, second] = ids;
    assert.ok(oldest !== undefined && second !== undefined);
    const workerId = await scene.worker();
    const run = await scene.claimed(workerId, oldest);
    await scene.committed(workerId, commitOf(run, { then: end({ status: 'FAILED', output: null }) }));
    const failed = await store.listExecutions({ stateMachineArn, status: 'FAILED', limit: 10 });
    assert.deepEqual(failed, [await store.findExecution(oldest)]);
    assert.deepEqual(await store.listExecutions({ stateMachineArn, status: 'SUCCEEDED', limit: 10 }), []);
    assert.equal((await store.listExecutions({ stateMachineArn, status: 'RUNNING', limit: 10 })).length, 4);
    const open = await store.listOpenExecutionIds(stateMachineArn, 3);
    assert.deepEqual(open, newestFirst.toReversed().slice(1, 4), 'oldest first, without the ended one');
  }),
  storeCase('retention: ended executions go with all their rows, open and younger ones stay', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.defaultMachine();
    const now = await store.now();
    const stops = [now - 3000, now - 2000, now + 1000];
    const ended = [];
    for (const stopDate of stops) {
      const { execution, run, workerId } = await scene.owned();
      const history = { firstEventId: 1, lastEventId: 1, events: '[{"id":1}]' };
      await scene.committed(workerId, commitOf(run, { history, then: end({ stopDate, reusableAt: stopDate }) }));
      ended.push(execution);
    }
    const open = await scene.started();
    assert.equal(await store.deleteEndedBefore(now - 3000, 10), 0, 'the time itself is not before it');
    assert.equal(await store.deleteEndedBefore(now, 1), 1);
    assert.equal(await store.deleteEndedBefore(now, 10), 1);
    assert.equal(await store.deleteEndedBefore(now, 10), 0);
    const [first, second, third] = ended;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    for (const { executionId, executionArn } of [first, second]) {
      assert.equal(await store.findExecution(executionId), null);
      assert.equal(await store.findExecutionByArn(executionArn), null);
      assert.deepEqual(await store.readHistory({ executionId, limit: 10, reverse: false }), []);
    }
    assert.equal((await store.readHistory({ executionId: third.executionId, limit: 10, reverse: false })).length, 1);
    const left = (await store.listExecutions({ stateMachineArn, limit: 10 })).map((execution) => execution.executionId);
    assert.deepEqual(left.toSorted(), [third.executionId, open.executionId].toSorted());
    const again = await scene.newExecution({ name: first.name, input: '"again"' });
    assert.deepEqual(await store.startExecutions([again]), [{ kind: 'started' }]);
    assert.equal(await store.deleteEndedBefore(now + FAR_MS, 10), 1);
    assert.equal((await store.findExecution(open.executionId))?.status, 'RUNNING');
  }),
];
