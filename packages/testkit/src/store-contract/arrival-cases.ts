import { childExecutionId } from '@everstep/engine';
import assert from 'node:assert/strict';
import { GRACE_MS, callbackToken, commitOf, end, executionIdAt, park, resultOf } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const STOP = '{"type":"Stop"}';

export const arrivalCases = [
  storeCase('arrival: before the park: the park is refused until it is consumed', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    await scene.complete(execution.executionId, 2);
    assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: park() })), { kind: 'signals' });
    await scene.committed(workerId, commitOf(run, { consumed: 2, then: park() }));
    assert.equal(await scene.store.nextWakeAt(), null, 'nothing is left to look at');
  }),
  storeCase('arrival: after the park: the run wakes and the next owner reads it', async (scene) => {
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    const { executionId } = execution;
    await scene.committed(workerId, commitOf(run, { then: park() }));
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'accepted', owner: null });
    await scene.wakesWithin(GRACE_MS);
    const next = await scene.claimed(await scene.worker(), executionId);
    assert.deepEqual(next.inbox, [{ number: 2, activation: resultOf(2) }]);
  }),
  storeCase('arrival: a stop that was acknowledged refuses the end', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const parent = await scene.owned();
    const { executionId } = execution;
    const told = await scene.committed(
      parent.workerId,
      commitOf(parent.run, { arrivals: [{ executionId, activation: STOP }] }),
    );
    assert.deepEqual(told, [{ executionId, owner: workerId }]);
    const ending = commitOf(run, { then: end() });
    assert.deepEqual(await scene.commit(workerId, ending), { kind: 'signals' });
    assert.equal((await store.findExecution(executionId))?.status, 'RUNNING');
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(seen?.inbox, [{ number: 2, activation: STOP }]);
    await scene.committed(workerId, { ...ending, consumed: 2, then: end({ status: 'ABORTED', output: null }) });
    assert.equal((await store.findExecution(executionId))?.status, 'ABORTED');
  }),
  storeCase('arrival: a child’s ending commit tells its parent in the same transaction', async (scene) => {
    const { store } = scene;
    const parent = await scene.owned({ graceMs: GRACE_MS });
    const parentId = parent.execution.executionId;
    await scene.committed(parent.workerId, commitOf(parent.run, { then: park() }));
    const child = await scene.owned({ parent: { executionId: parentId, taskId: 4, sync: true } });
    const result = '{"type":"ChildResult","taskId":4}';
    const ending = commitOf(child.run, { arrivals: [{ executionId: parentId, activation: result }], then: end() });
    const stale = { ...ending, epoch: ending.epoch - 1 };
    assert.deepEqual(await scene.commit(child.workerId, stale), { kind: 'fenced' });
    assert.equal(await store.nextWakeAt(), null, 'a refused commit tells nobody');
    const told = await scene.committed(child.workerId, ending);
    assert.deepEqual(told, [{ executionId: parentId, owner: null }]);
    await scene.wakesWithin(GRACE_MS);
    const next = await scene.claimed(parent.workerId, parentId);
    assert.deepEqual(next.inbox, [{ number: 2, activation: result }]);
    assert.equal((await store.findExecution(child.execution.executionId))?.status, 'SUCCEEDED');
  }),
  storeCase('arrival: the children of an execution are found by its tasks, open ones apart', async (scene) => {
    const { store } = scene;
    const parent = await scene.owned();
    const { executionId } = parent.execution;
    const at = async (taskId: number, sync: boolean) =>
      scene.owned({
        executionId: childExecutionId(executionId, taskId),
        parent: { executionId, taskId, sync },
      });
    const [ended, open, free] = [await at(4, true), await at(9, true), await at(12, false)];
    await scene.owned({ parent: { executionId: open.execution.executionId, taskId: 4, sync: true } });
    await scene.committed(ended.workerId, commitOf(ended.run, { then: end() }));
    const list = async (query: object) =>
      (await store.listChildren({ parentId: executionId, order: 'items', limit: 9, ...query })).map(
        ({ parent: by }) => by,
      );
    const parts = [ended, open, free].map(({ execution }) => execution.parent);
    assert.deepEqual(await list({}), parts);
    assert.deepEqual(await list({ status: 'RUNNING' }), parts.slice(1));
    assert.deepEqual(await list({ status: 'RUNNING', after: 9 }), parts.slice(2));
  }),
  storeCase('arrival: for executions that have ended, or never were, it is dropped', async (scene) => {
    const { store } = scene;
    const ended = await scene.owned();
    await scene.committed(ended.workerId, commitOf(ended.run, { then: end() }));
    const { run, workerId } = await scene.owned();
    const open = await scene.owned();
    const arrivals = [
      { executionId: ended.execution.executionId, activation: STOP },
      { executionId: executionIdAt(await store.now()), activation: STOP },
      { executionId: open.execution.executionId, activation: STOP },
    ];
    const told = await scene.committed(workerId, commitOf(run, { arrivals, then: end() }));
    assert.deepEqual(told, [{ executionId: open.execution.executionId, owner: open.workerId }]);
    assert.equal((await store.findExecution(ended.execution.executionId))?.status, 'SUCCEEDED');
  }),
  storeCase(
    'arrival: several in one commit, and from several commits of a batch, are numbered in order',
    async (scene) => {
      const { store } = scene;
      const target = await scene.owned();
      const { executionId } = target.execution;
      const senders = [await scene.owned(), await scene.owned()];
      const batch = senders.map((sender, index) =>
        commitOf(sender.run, {
          arrivals: ['a', 'b'].map((letter) => ({ executionId, activation: `"${letter}${index}"` })),
          then: end(),
        }),
      );
      const outcomes = await store.commit(target.workerId, batch);
      for (const outcome of outcomes) {
        assert.deepEqual(outcome, { kind: 'committed', told: [{ executionId, owner: target.workerId }] });
      }
      const [seen] = await store.reread([{ executionId, epoch: target.run.epoch, consumed: 1 }]);
      assert.deepEqual(
        seen?.inbox.map((row) => row.number),
        [2, 3, 4, 5],
      );
      const order = seen.inbox.map((row) => row.activation);
      assert.deepEqual(order.toSorted(), ['"a0"', '"a1"', '"b0"', '"b1"']);
      for (const index of [0, 1]) assert.ok(order.indexOf(`"a${index}"`) < order.indexOf(`"b${index}"`));
      assert.deepEqual((await store.renewLease({ workerId: target.workerId, leaseMs: 60_000, held: [] })).unseen, [
        executionId,
      ]);
    },
  ),
  storeCase('arrival: to a run that parks or ends in the same batch it is not lost', async (scene) => {
    const { store } = scene;
    for (const order of [0, 1]) {
      for (const then of [park(), end()]) {
        const target = await scene.owned({ graceMs: GRACE_MS });
        const sender = await scene.owned();
        const { executionId } = target.execution;
        const sending = commitOf(sender.run, { arrivals: [{ executionId, activation: STOP }], then: end() });
        const leaving = commitOf(target.run, { then });
        const batch = order === 0 ? [sending, leaving] : [leaving, sending];
        const outcomes = await store.commit(target.workerId, batch);
        assert.equal(outcomes[order]?.kind, 'committed');
        const left = outcomes[1 - order];
        if (left?.kind === 'signals') {
          const [seen] = await store.reread([{ executionId, epoch: target.run.epoch, consumed: 1 }]);
          assert.deepEqual(seen?.inbox, [{ number: 2, activation: STOP }]);
        } else if (then.kind === 'park') {
          assert.equal(left?.kind, 'committed');
          await scene.wakesWithin(GRACE_MS);
        } else {
          assert.deepEqual(outcomes[order], { kind: 'committed', told: [] }, 'it had ended: nobody is told');
        }
        const [next] = await store.claim({ workerId: target.workerId, executionIds: [executionId], formats: [1] });
        if (next === undefined) continue;
        assert.deepEqual(next.inbox, [{ number: 2, activation: STOP }]);
        await scene.committed(target.workerId, commitOf(next, { then: end() }));
      }
    }
  }),
  storeCase('arrival: to the very run that commits', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    const arrivals = [{ executionId, activation: '{"type":"Continue"}' }];
    const told = await scene.committed(workerId, commitOf(run, { arrivals }));
    assert.deepEqual(told, [{ executionId, owner: workerId }]);
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(seen?.inbox, [{ number: 2, activation: '{"type":"Continue"}' }]);
  }),
];
