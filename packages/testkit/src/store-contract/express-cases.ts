import assert from 'node:assert/strict';
import type { NewExpressRun } from '@everstep/engine';
import { FORMAT, GRACE_MS, commitOf, executionIdAt, machineArn } from './store-scene.ts';
import type { StoreScene } from './store-scene.ts';
import { storeCase } from './store-case.ts';

export const expressCases = [
  storeCase('express: a start is a run to claim, and nothing else', async (scene) => {
    const { store } = scene;
    const started = await expressRun(scene);
    const { executionId, executionArn, stateMachineArn } = started.execution;
    assert.deepEqual(await store.startExpress([started]), [true]);
    assert.equal(await store.findExecution(executionId), null);
    assert.equal(await store.findExecutionByArn(executionArn), null);
    assert.deepEqual(await store.listExecutions({ stateMachineArn, limit: 10 }), []);
    const run = await scene.claimed(await scene.worker(), executionId);
    assert.deepEqual(run.execution, started.execution);
    assert.deepEqual([run.express, run.format, run.crashes], [true, FORMAT, 0]);
    assert.deepEqual([run.inbox, run.frames, run.tokens], [[], [], []]);
  }),
  storeCase('express: the runs of Standard executions say that they are none', async (scene) => {
    const { executionId } = await scene.started();
    assert.equal((await scene.claimed(await scene.worker(), executionId)).express, false);
  }),
  storeCase('express: an id that is there already is the same start asked again', async (scene) => {
    const { store } = scene;
    const started = await expressRun(scene);
    assert.deepEqual(await store.startExpress([started]), [true]);
    const workerId = await scene.worker();
    const { executionId } = started.execution;
    const run = await scene.claimed(workerId, executionId);
    assert.deepEqual(await store.startExpress([started]), [true]);
    assert.equal(await scene.isOutOfReach(await scene.worker(), executionId), true);
    await store.endExpress([{ executionId, epoch: run.epoch }]);
    assert.equal(await scene.isOutOfReach(workerId, executionId), true);
  }),
  storeCase('express: a machine that is unknown or being deleted starts nothing', async (scene) => {
    const { store } = scene;
    const deleting = await scene.machine();
    await store.markStateMachineDeleting(deleting.stateMachineArn);
    const batch = [
      await expressRun(scene, deleting.stateMachineArn),
      await expressRun(scene),
      await expressRun(scene, machineArn('nobody')),
    ];
    assert.deepEqual(await store.startExpress(batch), [false, true, false]);
    const executionIds = batch.map(({ execution }) => execution.executionId);
    const claimed = await store.claim({ workerId: await scene.worker(), executionIds, formats: [FORMAT] });
    assert.deepEqual(
      claimed.map((run) => run.execution.executionId),
      executionIds.slice(1, 2),
    );
    assert.deepEqual(await store.startExpress([]), []);
  }),
  storeCase('express: a lost hint costs the grace', async (scene) => {
    const { store } = scene;
    const started = await expressRun(scene);
    await store.startExpress([{ ...started, graceMs: GRACE_MS }]);
    const wakeAt = await store.nextWakeAt();
    assert.ok(wakeAt !== null);
    await scene.passTo(wakeAt);
    assert.deepEqual(await store.listDue(10), [started.execution.executionId]);
  }),
  storeCase('express: whose owner died goes to the next worker, and a late end changes nothing', async (scene) => {
    const { store } = scene;
    const started = await expressRun(scene);
    const { executionId } = started.execution;
    await store.startExpress([started]);
    const [first, second] = [await scene.worker(), await scene.worker()];
    const lost = await scene.claimed(first, executionId);
    await scene.lapse(first);
    assert.deepEqual(await store.releaseLapsed(10), [executionId]);
    const found = await scene.claimed(second, executionId);
    assert.deepEqual([found.epoch, found.crashes, found.express], [lost.epoch + 1, 1, true]);
    await store.endExpress([{ executionId, epoch: lost.epoch }]);
    assert.equal((await store.listWorkers()).find((row) => row.workerId === second)?.runs, 1);
    await store.endExpress([{ executionId, epoch: found.epoch }]);
    await store.endExpress([{ executionId, epoch: found.epoch }]);
    assert.equal(await scene.isOutOfReach(second, executionId), true);
  }),
  storeCase('express: what is given back can be claimed at once', async (scene) => {
    const { store } = scene;
    const started = await expressRun(scene);
    const { executionId } = started.execution;
    await store.startExpress([started]);
    const run = await scene.claimed(await scene.worker(), executionId);
    await store.release([{ executionId, epoch: run.epoch }]);
    assert.deepEqual(await store.listDue(10), [executionId]);
    assert.equal((await scene.claimed(await scene.worker(), executionId)).crashes, 0);
  }),
  storeCase('express: an end removes no run of a Standard execution', async (scene) => {
    const { run, workerId } = await scene.owned();
    await scene.store.endExpress([{ executionId: run.execution.executionId, epoch: run.epoch }]);
    await scene.committed(workerId, commitOf(run));
  }),
];

/** With an input that a text column and a jsonb one refuse. */
async function expressRun(scene: StoreScene, stateMachineArn?: string): Promise<NewExpressRun> {
  const machine = stateMachineArn ?? (await scene.defaultMachine()).stateMachineArn;
  const startDate = await scene.store.now();
  const executionId = executionIdAt(startDate);
  const name = scene.fresh('express');
  return {
    execution: {
      executionId,
      executionArn: `${machine.replace(':stateMachine:', ':express:')}:${name}:${executionId}`,
      name,
      stateMachineArn: machine,
      revisionId: 'revision',
      status: 'RUNNING',
      startDate,
      stopDate: null,
      input: '{"n":1.0,"nul":"\\u0000","half":"\ud83d"}',
      output: null,
      error: null,
      cause: null,
      redriveCount: 0,
      redriveDate: null,
      traceHeader: null,
      parent: null,
      qualifier: { version: 3, alias: 'LIVE' },
    },
    format: FORMAT,
    graceMs: 600_000,
  };
}
