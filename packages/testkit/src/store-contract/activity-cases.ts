import assert from 'node:assert/strict';
import { GRACE_MS, activityToken, closing, commitOf, end, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const ACTIVITY = 'arn:aws:states:us-east-1:123456789012:activity:work';
const take = {
  activityArn: ACTIVITY,
  workerName: 'hands',
  graceMs: GRACE_MS,
  activation: (taskId: number, at: number) => `{"type":"ActivityStarted","taskId":${taskId},"at":${at}}`,
};

export const activityCases = [
  storeCase('activity: the oldest task first, each once, then none', async (scene) => {
    const { store } = scene;
    assert.equal(await store.takeActivityTask(take), null);
    const executionIds: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { execution, workerId } = await scene.owned({}, [activityToken(2, ACTIVITY)]);
      executionIds.push(execution.executionId);
      const taken = { executionId: execution.executionId, taskId: 2, input: '{"task":2}', owner: workerId };
      if (index === 0) assert.deepEqual(await store.takeActivityTask(take), taken);
    }
    const other = await scene.owned({}, [activityToken(5, `${ACTIVITY}-other`)]);
    assert.equal((await store.takeActivityTask(take))?.executionId, executionIds[1]);
    assert.equal((await store.takeActivityTask(take))?.executionId, executionIds[2]);
    assert.equal(await store.takeActivityTask(take), null);
    const elsewhere = await store.takeActivityTask({ ...take, activityArn: `${ACTIVITY}-other` });
    assert.equal(elsewhere?.executionId, other.execution.executionId);
  }),
  storeCase('activity: taking is counted as an arrival and wakes the run', async (scene) => {
    const { store } = scene;
    const { execution, run, workerId } = await scene.owned({}, [activityToken(2, ACTIVITY)]);
    const { executionId } = execution;
    await scene.committed(workerId, commitOf(run, { then: park() }));
    const before = await store.now();
    assert.deepEqual(await store.takeActivityTask(take), { executionId, taskId: 2, input: '{"task":2}', owner: null });
    await scene.wakesWithin(GRACE_MS);
    const next = await scene.claimed(workerId, executionId);
    const [row, ...more] = next.inbox;
    assert.ok(row !== undefined && more.length === 0);
    const { at, ...started } = JSON.parse(row.activation);
    assert.deepEqual(started, { type: 'ActivityStarted', taskId: 2 });
    assert.ok(at >= before - 1 && at <= (await store.now()) + 1, 'at is the store’s time of taking');
    assert.deepEqual(await scene.commit(workerId, commitOf(next, { consumed: 1, then: end() })), { kind: 'signals' });
    await scene.committed(workerId, commitOf(next, { tokens: closing(2, 'aborted'), then: end() }));
  }),
  storeCase('activity: an untaken task has no deadline and takes neither result nor heartbeat', async (scene) => {
    const { store } = scene;
    const token = activityToken(2, ACTIVITY, { timeoutSeconds: 100, heartbeatSeconds: 50 });
    const { execution, run, workerId } = await scene.owned({}, [token]);
    const { executionId } = execution;
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'closed' });
    assert.deepEqual(await store.heartbeatTask({ executionId, taskId: 2 }), { kind: 'closed' });
    const asked = [{ executionId, epoch: run.epoch, consumed: 1 }];
    const [untaken] = await store.reread(asked);
    assert.deepEqual(untaken?.tokens, [{ taskId: 2, status: 'open', timeoutAt: null, heartbeatAt: null }]);
    assert.deepEqual(untaken?.inbox, []);
    const timedOut = commitOf(run, { tokens: closing(2, 'timed-out') });
    assert.deepEqual(await scene.commit(workerId, timedOut), { kind: 'token' });
    const before = await store.now();
    await store.takeActivityTask(take);
    const after = await store.now();
    const [taken] = await store.reread(asked);
    const [row] = taken?.tokens ?? [];
    assert.ok(row?.timeoutAt !== null && row !== undefined && row.heartbeatAt !== null);
    assert.ok(row.timeoutAt >= before + 100_000 && row.timeoutAt <= after + 100_000, 'both limits start now');
    assert.ok(row.heartbeatAt >= before + 50_000 && row.heartbeatAt <= after + 50_000);
    assert.equal((await store.heartbeatTask({ executionId, taskId: 2 })).kind, 'accepted');
    assert.equal((await scene.complete(executionId, 2)).kind, 'accepted');
  }),
  storeCase('activity: a task that was aborted, or whose execution ended, is handed to nobody', async (scene) => {
    const { store } = scene;
    const aborted = await scene.owned({}, [activityToken(2, ACTIVITY)]);
    const ended = await scene.owned({}, [activityToken(2, ACTIVITY)]);
    const open = await scene.owned({}, [activityToken(2, ACTIVITY)]);
    await scene.committed(aborted.workerId, commitOf(aborted.run, { tokens: closing(2, 'aborted') }));
    await scene.committed(ended.workerId, commitOf(ended.run, { then: end() }));
    assert.equal((await store.takeActivityTask(take))?.executionId, open.execution.executionId);
    assert.equal(await store.takeActivityTask(take), null);
  }),
];
