import assert from 'node:assert/strict';
import { GRACE_MS, activityToken, callbackToken, closing, commitOf, end, park, resultOf } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const BEAT_MS = 60;

export const callbackCases = [
  storeCase('callback: accepted once; the second is told that it is closed', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    const { executionId } = execution;
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'accepted', owner: workerId });
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'closed' });
    assert.deepEqual(await scene.store.heartbeatTask({ executionId, taskId: 2 }), { kind: 'closed' });
    const [seen] = await scene.store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(seen?.inbox, [{ number: 2, activation: resultOf(2) }], 'one activation');
    assert.deepEqual(
      seen?.tokens.map(({ taskId, status }) => ({ taskId, status })),
      [{ taskId: 2, status: 'accepted' }],
    );
  }),
  storeCase('callback: after its task is over, before it began, or for nobody: gone', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2), callbackToken(3)]);
    const { executionId } = execution;
    await scene.complete(executionId, 2);
    const tokens = { opened: [], closed: [...closing(2, 'completed').closed, ...closing(3, 'aborted').closed] };
    await scene.committed(workerId, commitOf(run, { consumed: 2, tokens }));
    for (const taskId of [2, 3, 4]) {
      assert.deepEqual(await scene.complete(executionId, taskId), { kind: 'gone' });
      assert.deepEqual(await scene.store.heartbeatTask({ executionId, taskId }), { kind: 'gone' });
    }
    assert.deepEqual(await scene.complete((await scene.newExecution()).executionId, 2), { kind: 'gone' });
    await scene.committed(workerId, commitOf(run, { consumed: 2, then: end() }));
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'gone' });
  }),
  storeCase('callback: after its deadline it is closed, and the time-out goes through', async (scene) => {
    const { store } = scene;
    const timeoutAt = (await store.now()) - 1;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2, { timeoutAt })]);
    const { executionId } = execution;
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'closed' });
    assert.deepEqual(await store.heartbeatTask({ executionId, taskId: 2 }), { kind: 'closed' });
    await scene.committed(workerId, commitOf(run, { tokens: closing(2, 'timed-out'), then: park() }));
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'gone' });
  }),
  storeCase('callback: accepted in time, it beats the time-out, for its deadline is void then', async (scene) => {
    const { store } = scene;
    const timeoutAt = (await store.now()) + 500;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2, { timeoutAt })]);
    const { executionId } = execution;
    assert.equal((await scene.complete(executionId, 2)).kind, 'accepted');
    await scene.passTo(timeoutAt);
    const late = { tokens: closing(2, 'timed-out') };
    assert.deepEqual(await scene.commit(workerId, commitOf(run, late)), { kind: 'token' });
    const read = { ...late, consumed: 2, then: end({ status: 'TIMED_OUT' }) };
    assert.deepEqual(await scene.commit(workerId, commitOf(run, read)), { kind: 'token' }, 'consumed or not');
    const next = await scene.claimed(workerId, executionId);
    assert.deepEqual(next.inbox, [{ number: 2, activation: resultOf(2) }]);
    assert.equal(next.tokens[0]?.status, 'accepted');
    await scene.committed(workerId, commitOf(next, { tokens: closing(2, 'completed'), then: park() }));
  }),
  storeCase('callback: a time-out before the deadline in the row is refused and leaves no trace', async (scene) => {
    const { store } = scene;
    const timeoutAt = (await store.now()) + 100_000;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2, { timeoutAt }), callbackToken(3)]);
    const { executionId } = execution;
    for (const taskId of [2, 3, 4]) {
      const early = commitOf(run, { checkpoint: '"early"', tokens: closing(taskId, 'timed-out'), then: end() });
      assert.deepEqual(await scene.commit(workerId, early), { kind: 'token' }, `task ${taskId}`);
    }
    const neighbour = await scene.owned();
    const batch = [commitOf(neighbour.run), commitOf(run, { checkpoint: '"early"', tokens: closing(3, 'timed-out') })];
    const kinds = (await store.commit(workerId, batch)).map((outcome) => outcome.kind);
    assert.deepEqual(kinds, ['committed', 'token']);
    const next = await scene.claimed(workerId, executionId);
    assert.equal(next.checkpoint, run.checkpoint);
    assert.deepEqual(new Set(next.tokens.map((token) => token.taskId)), new Set([2, 3]));
    assert.equal((await scene.complete(executionId, 2)).kind, 'accepted');
  }),
  storeCase(
    'callback: an abort that has not read the accepted result is refused; one that has is not',
    async (scene) => {
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2), callbackToken(3)]);
      const { executionId } = execution;
      await scene.complete(executionId, 3);
      await scene.complete(executionId, 2);
      const abort = { tokens: closing(2, 'aborted') };
      assert.deepEqual(await scene.commit(workerId, commitOf(run, { ...abort, consumed: 1 })), { kind: 'token' });
      assert.deepEqual(await scene.commit(workerId, commitOf(run, { ...abort, consumed: 2 })), { kind: 'token' });
      await scene.committed(workerId, commitOf(run, { ...abort, consumed: 3 }));
      assert.deepEqual(await scene.complete(executionId, 2), { kind: 'gone' });
      await scene.committed(workerId, commitOf(run, { consumed: 3, tokens: closing(3, 'aborted'), then: end() }));
    },
  ),
  storeCase('callback: one that was consumed by an earlier commit can be closed later', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    await scene.complete(execution.executionId, 2);
    await scene.committed(workerId, commitOf(run, { consumed: 2, checkpoint: '"overtaken"' }));
    await scene.committed(workerId, commitOf(run, { consumed: 2, tokens: closing(2, 'completed'), then: park() }));
  }),
  storeCase('callback: a task whose own request failed is closed while its token is open', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2), callbackToken(3)]);
    await scene.committed(workerId, commitOf(run, { tokens: closing(2, 'completed') }));
    assert.deepEqual(await scene.complete(execution.executionId, 2), { kind: 'gone' });
    await scene.complete(execution.executionId, 3);
    const unread = commitOf(run, { tokens: closing(3, 'completed') });
    assert.deepEqual(await scene.commit(workerId, unread), { kind: 'token' }, 'an accepted result is never lost');
  }),
  storeCase('callback: it wakes a parked run within its grace, and resets a grace that has grown', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({ graceMs: 20_000 }, [callbackToken(2)]);
    const { executionId } = execution;
    await scene.committed(workerId, commitOf(run, { then: park() }));
    assert.equal(await store.nextWakeAt(), null, 'parked on a callback alone');
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'accepted', owner: null });
    await scene.wakesWithin(GRACE_MS);
    await scene.passTo((await store.now()) + GRACE_MS);
    assert.deepEqual(await store.takeDue({ limit: 10, maxGraceMs: 100_000 }), [executionId]);
    await scene.wakesWithin(2 * GRACE_MS);
    assert.equal((await scene.claimed(await scene.worker(), executionId)).inbox.length, 1);
  }),
  storeCase('waiting tasks: the open callbacks of an account, by execution and task, page by page', async (scene) => {
    const { store } = scene;
    const timeoutAt = (await store.now()) + 100_000;
    const first = await scene.owned({}, [callbackToken(3, { timeoutAt, stateName: 'Sign' }), callbackToken(2)]);
    const activity = `arn:aws:states:us-east-1:123456789012:activity:${scene.fresh('desk')}`;
    const late = callbackToken(5, { timeoutAt: (await store.now()) - 1 });
    const second = await scene.owned({}, [callbackToken(2), activityToken(4, activity), late]);
    const { stateMachineArn } = first.execution;
    const query = { accountId: '123456789012', stateMachineArn, limit: 10 };
    const [one, two] = [first.execution.executionId, second.execution.executionId].toSorted();
    const found = await store.listWaitingTasks(query);
    const keys = found.map(({ executionId, taskId }) => [executionId, taskId]);
    const ofFirst = [2, 3].map((taskId) => [first.execution.executionId, taskId]);
    const expected = one === first.execution.executionId ? [...ofFirst, [two, 2]] : [[one, 2], ...ofFirst];
    assert.deepEqual(keys, expected, 'no activities, nothing late');
    const sign = found.find(({ stateName }) => stateName === 'Sign');
    assert.equal(sign?.deadline, timeoutAt);
    assert.equal(sign?.executionArn, first.execution.executionArn);
    assert.ok((sign?.openedAt ?? 0) > timeoutAt - 200_000);
    const [head, ...rest] = found;
    assert.ok(head !== undefined);
    assert.deepEqual(await store.listWaitingTasks({ ...query, limit: 1 }), [head]);
    assert.deepEqual(await store.listWaitingTasks({ ...query, after: head }), rest);
    assert.deepEqual(await store.listWaitingTasks({ ...query, accountId: '210987654321' }), []);
    assert.deepEqual(await store.listWaitingTasks({ ...query, stateMachineArn: `${stateMachineArn}-other` }), []);
    await scene.complete(first.execution.executionId, 2);
    assert.equal((await store.listWaitingTasks(query)).length, 2, 'an answered one waits no more');
  }),
  storeCase('callback: it never moves an earlier wake_at', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    const wakeAt = (await store.now()) + 5;
    await scene.committed(workerId, commitOf(run, { then: park(wakeAt) }));
    const { executionId } = execution;
    await store.completeTask({ executionId, taskId: 2, activation: resultOf(2), graceMs: 100_000 });
    assert.equal(await store.nextWakeAt(), wakeAt);
  }),
  storeCase(
    'heartbeat: it moves the deadline in the token row, and the time-out at the old one is refused',
    async (scene) => {
      const { store } = scene;
      const heartbeatSeconds = 1;
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2, { heartbeatSeconds })]);
      const { executionId } = execution;
      const before = await scene.store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
      const firstDeadline = before[0]?.tokens[0]?.heartbeatAt ?? assert.fail('the first heartbeat has a deadline');
      const opened = await store.now();
      assert.ok(firstDeadline <= opened + 1000 && firstDeadline > opened - 5000);
      while ((await store.now()) <= firstDeadline) {
        assert.deepEqual(await store.heartbeatTask({ executionId, taskId: 2 }), { kind: 'accepted', owner: workerId });
        await scene.passTo((await store.now()) + BEAT_MS);
      }
      const late = commitOf(run, { tokens: closing(2, 'timed-out'), then: park() });
      assert.deepEqual(await scene.commit(workerId, late), { kind: 'token' });
      const [moved] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
      assert.ok((moved?.tokens[0]?.heartbeatAt ?? 0) > firstDeadline);
      assert.deepEqual(moved?.inbox, [], 'a heartbeat is no signal');
      await scene.passTo(moved?.tokens[0]?.heartbeatAt ?? 0);
      assert.deepEqual(await store.heartbeatTask({ executionId, taskId: 2 }), { kind: 'closed' });
      assert.deepEqual(await scene.complete(executionId, 2), { kind: 'closed' });
      await scene.committed(workerId, late);
    },
  ),
  storeCase('heartbeat: it does not stretch the time-out, and a task without one takes it, too', async (scene) => {
    const { store } = scene;
    const timeoutAt = (await store.now()) + 400;
    const tokens = [callbackToken(2, { timeoutAt, timeoutSeconds: 1, heartbeatSeconds: 100 }), callbackToken(3)];
    const { run, workerId, execution } = await scene.owned({}, tokens);
    const { executionId } = execution;
    assert.equal((await store.heartbeatTask({ executionId, taskId: 2 })).kind, 'accepted');
    assert.equal((await store.heartbeatTask({ executionId, taskId: 3 })).kind, 'accepted');
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    const rows = seen?.tokens.toSorted((left, right) => left.taskId - right.taskId);
    assert.equal(rows?.[0]?.timeoutAt, timeoutAt);
    assert.deepEqual(rows?.[1], { taskId: 3, status: 'open', timeoutAt: null, heartbeatAt: null });
    await scene.passTo(timeoutAt);
    assert.equal((await store.heartbeatTask({ executionId, taskId: 2 })).kind, 'closed');
    await scene.committed(workerId, commitOf(run, { tokens: closing(2, 'timed-out'), then: park() }));
  }),
];
