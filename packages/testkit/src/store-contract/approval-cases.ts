import assert from 'node:assert/strict';
import type { ApprovalRecord } from '@everstep/engine';
import { callbackToken, closing, commitOf, end, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';
import type { StoreScene } from './store-scene.ts';

const ACCOUNT = '123456789012';
const FAR = 10_000_000_000_000;
const FAR_MS = 600_000;

/** An approval of a task that waits, with tasks 2 to 5 open. */
async function waiting(scene: StoreScene) {
  const owned = await scene.owned(
    {},
    [2, 3, 4, 5].map((taskId) => callbackToken(taskId)),
  );
  const { executionId, executionArn, stateMachineArn } = owned.execution;
  const approval = (taskId: number, change: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
    ...{ executionId, taskId, accountId: ACCOUNT, executionArn, stateMachineArn, stateName: 'Zoë\0' },
    ...{ request: '{"title":"ü\\u0000"}', progress: '{"n":1}', status: 'OPEN', people: ['user:a,{"b"}', '*'] },
    ...{ version: 1, createdAt: 1_000, closedAt: null, rank: FAR + taskId, lookAt: null },
    ...change,
  });
  return { ...owned, approval };
}

const tasks = (found: readonly ApprovalRecord[]): number[] => found.map(({ taskId }) => taskId);

export const approvalCases = [
  storeCase('approvals: are made once for a task, and found as they were made', async (scene) => {
    const { store } = scene;
    const { approval } = await waiting(scene);
    const first = approval(2, { lookAt: FAR });
    assert.equal(await store.createApproval(first), true);
    assert.equal(await store.createApproval(approval(2, { request: '{}' })), false);
    assert.deepEqual(await store.findApproval(first), first);
    assert.equal(await store.findApproval({ ...first, taskId: 3 }), null);
  }),
  storeCase('approvals: are listed by their rank, to whom they belong, while their task waits', async (scene) => {
    const { store } = scene;
    const { approval, execution } = await waiting(scene);
    await store.createApproval(approval(2, { rank: 30 }));
    await store.createApproval(approval(3, { rank: 10, people: ['group:x'] }));
    await store.createApproval(approval(4, { rank: 20, people: ['user:b'] }));
    await store.createApproval(approval(9, { rank: 1 }));
    await store.createApproval(approval(5, { rank: -7, status: 'DECIDED', closedAt: 7 }));
    const list = async (more: object = {}) =>
      tasks(await store.listApprovals({ accountId: ACCOUNT, open: true, limit: 10, ...more }));
    assert.deepEqual(await list(), [3, 4, 2]);
    assert.deepEqual(await list({ people: ['user:b', '*'] }), [4, 2]);
    assert.deepEqual(await list({ people: ['user:a,{"b"}'] }), [2]);
    assert.deepEqual(await list({ open: false }), [5]);
    assert.deepEqual(await list({ limit: 1 }), [3]);
    const after = { rank: 10, executionId: execution.executionId, taskId: 3 };
    assert.deepEqual(await list({ after }), [4, 2]);
    assert.deepEqual(await list({ accountId: '999999999999' }), []);
    assert.deepEqual(await list({ stateMachineArn: 'other' }), []);
    assert.deepEqual(await list({ executionId: execution.executionId }), [3, 4, 2]);
    await scene.complete(execution.executionId, 4);
    assert.deepEqual(await list(), [3, 2], 'nobody can decide what has its answer');
  }),
  storeCase('approvals: change as they were read only', async (scene) => {
    const { store } = scene;
    const { approval } = await waiting(scene);
    const first = approval(2);
    await store.createApproval(first);
    const change = {
      ...first,
      progress: '{"n":2}',
      status: 'DECIDED',
      people: [],
      closedAt: 5,
      rank: -5,
      lookAt: 0,
    } as const;
    assert.equal(await store.changeApproval(change, 2), false);
    assert.equal(await store.changeApproval(change, 1), true);
    assert.equal(await store.changeApproval(change, 1), false);
    assert.deepEqual(await store.findApproval(first), { ...change, version: 2 });
    assert.equal(await store.changeApproval({ ...change, taskId: 3 }, 1), false);
  }),
  storeCase('approvals: are decided together with the answer to their task, or not at all', async (scene) => {
    const { store, other } = scene;
    const { approval, execution, run } = await waiting(scene);
    const { executionId } = execution;
    for (const taskId of [2, 3, 9]) await store.createApproval(approval(taskId));
    const read = (taskId: number) => store.findApproval({ executionId, taskId });
    const decision = (taskId: number, version: number, activation = `"${taskId}"`) => {
      const decided = {
        progress: '{"n":2}',
        status: 'DECIDED',
        people: ['*'],
        closedAt: 5,
        rank: -5,
        lookAt: null,
      } as const;
      return { change: { ...approval(taskId), ...decided }, version, activation, graceMs: FAR_MS };
    };
    assert.deepEqual(await store.decideApproval(decision(2, 2)), { kind: 'conflict' });
    assert.deepEqual(await store.decideApproval(decision(9, 1)), { kind: 'gone' });
    await scene.complete(executionId, 3);
    assert.deepEqual(await store.decideApproval(decision(3, 1)), { kind: 'closed' });
    for (const taskId of [2, 3, 9]) assert.deepEqual(await read(taskId), approval(taskId), 'nothing is written');
    const both = await Promise.all(
      [store, other].map((one, index) => one.decideApproval(decision(2, 1, `"${index}"`))),
    );
    assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['accepted', 'closed']);
    const winner = both.findIndex(({ kind }) => kind === 'accepted');
    assert.deepEqual(await read(2), { ...decision(2, 1).change, version: 2 });
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
    assert.deepEqual(seen?.inbox.map(({ number, activation }) => [number, activation]).slice(1), [[3, `"${winner}"`]]);
    assert.deepEqual(
      new Set(seen?.tokens.flatMap(({ taskId, status }) => (status === 'accepted' ? [taskId] : []))),
      new Set([2, 3]),
    );
  }),
  storeCase('approvals: are taken when there is something to do, by one at a time', async (scene) => {
    const { store, other } = scene;
    const { approval } = await waiting(scene);
    const now = await store.now();
    await store.createApproval(approval(2, { lookAt: now - 1 }));
    await store.createApproval(approval(3, { lookAt: now - 2 }));
    await store.createApproval(approval(4, { lookAt: now + 600_000 }));
    const request = { limit: 1, leaseMs: 600_000 };
    const first = await store.takeApprovals(request);
    assert.deepEqual(tasks(first), [3]);
    assert.deepEqual(tasks(await other.takeApprovals({ ...request, limit: 9 })), [2]);
    assert.deepEqual(tasks(await store.takeApprovals(request)), []);
    const [taken] = first;
    assert.ok(taken !== undefined && taken.version === 1);
    assert.equal(await store.changeApproval({ ...taken, lookAt: now - 1 }, 1), true);
    assert.deepEqual(tasks(await store.takeApprovals(request)), [3]);
  }),
  storeCase('approvals: are forsaken when their task is over, and go with their execution', async (scene) => {
    const { store } = scene;
    const { approval, run, workerId } = await waiting(scene);
    for (const taskId of [2, 3, 4]) await store.createApproval(approval(taskId));
    assert.deepEqual(await store.listForsakenApprovals({ limit: 9 }), []);
    const tokens = { opened: [], closed: [2, 3].flatMap((taskId) => [...(closing(taskId, 'aborted')?.closed ?? [])]) };
    await scene.committed(workerId, commitOf(run, { tokens, then: park() }));
    const forsaken = await store.listForsakenApprovals({ limit: 9 });
    assert.deepEqual(tasks(forsaken), [2, 3]);
    const [after] = forsaken;
    assert.ok(after !== undefined);
    assert.deepEqual(tasks(await store.listForsakenApprovals({ after, limit: 9 })), [3]);
    const next = await scene.owned();
    await scene.committed(next.workerId, commitOf(next.run, { consumed: 1, then: end() }));
    assert.ok((await store.findApproval(approval(2))) !== null);
  }),
];
