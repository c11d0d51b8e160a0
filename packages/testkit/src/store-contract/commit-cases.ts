import assert from 'node:assert/strict';
import type { RunCommit } from '@everstep/engine';
import {
  FORMAT,
  type StoreScene,
  callbackToken,
  chunk,
  closing,
  commitOf,
  end,
  eventText,
  park,
} from './store-scene.ts';
import { storeCase } from './store-case.ts';

/** Everything a commit can write, so that a refused one can be seen to have left none of it. */
function fullCommit(given: Pick<RunCommit, 'executionId' | 'epoch'> & Partial<RunCommit>): RunCommit {
  return {
    consumed: 1,
    checkpoint: '"full"',
    format: FORMAT,
    frames: { written: [{ id: 'f9', data: '"full"' }], deleted: ['f1'] },
    history: chunk(1, 2),
    tokens: { opened: [callbackToken(90)], closed: [] },
    arrivals: [],
    then: { kind: 'keep' },
    ...given,
  };
}

/** What a reader, and the next claimer, can see of a run. */
async function traces(scene: StoreScene, executionId: string, workerId: string): Promise<object> {
  const execution = await scene.store.findExecution(executionId);
  const history = await scene.store.readHistory({ executionId, limit: 100, reverse: false });
  const [run] = await scene.store.claim({ workerId, executionIds: [executionId], formats: [FORMAT] });
  return { execution, history, run: run === undefined ? null : { ...run, epoch: 0 } };
}

export const commitCases = [
  storeCase('commit: checkpoint, frames, tokens and history are there for the next claimer', async (scene) => {
    const { executionId } = await scene.started();
    const workerId = await scene.worker();
    const run = await scene.claimed(workerId, executionId);
    const written = ['f1', 'f2', 'f3'].map((id) => ({ id, data: `{"frame":"${id}"}` }));
    const timeoutAt = (await scene.store.now()) + 100_000;
    await scene.committed(
      workerId,
      commitOf(run, {
        checkpoint: '"one"',
        frames: { written, deleted: [] },
        history: chunk(1, 3),
        tokens: { opened: [callbackToken(2, { timeoutAt }), callbackToken(3)], closed: [] },
      }),
    );
    await scene.committed(
      workerId,
      commitOf(run, {
        checkpoint: '"two"',
        frames: { written: [{ id: 'f2', data: '"new"' }], deleted: ['f1', 'never there'] },
        history: chunk(4, 4),
        tokens: closing(3, 'aborted'),
        then: park(),
      }),
    );
    const next = await scene.claimed(await scene.worker(), executionId);
    assert.equal(next.checkpoint, '"two"');
    assert.deepEqual([next.consumed, next.inbox], [1, []]);
    assert.deepEqual(
      next.frames.toSorted((left, right) => left.id.localeCompare(right.id)),
      [
        { id: 'f2', data: '"new"' },
        { id: 'f3', data: '{"frame":"f3"}' },
      ],
    );
    assert.deepEqual(next.tokens, [{ taskId: 2, status: 'open', timeoutAt, heartbeatAt: null }]);
    const history = await scene.store.readHistory({ executionId, limit: 10, reverse: false });
    assert.deepEqual(history, [1, 2, 3, 4].map(eventText));
  }),
  storeCase('commit: `keep` keeps the run with its owner', async (scene) => {
    const { run, workerId, execution } = await scene.owned();
    assert.equal(await scene.isOutOfReach(await scene.worker(), execution.executionId), true);
    assert.equal(await scene.store.nextWakeAt(), null);
    await scene.committed(workerId, commitOf(run));
  }),
  storeCase('commit: a fenced one leaves no trace while its neighbours in the batch commit', async (scene) => {
    const { store } = scene;
    const workerId = await scene.worker();
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) ids.push((await scene.started()).executionId);
    const [before, fenced, after] = await store.claim({ workerId, executionIds: ids, formats: [FORMAT] });
    assert.ok(before !== undefined && fenced !== undefined && after !== undefined);
    const bystander = await scene.owned();
    const fencedId = fenced.execution.executionId;
    const reader = await scene.worker();
    await store.release([{ executionId: fencedId, epoch: fenced.epoch }]);
    const untouched = await traces(scene, fencedId, reader);
    const outcomes = await store.commit(workerId, [
      fullCommit({ executionId: before.execution.executionId, epoch: before.epoch }),
      fullCommit({
        executionId: fencedId,
        epoch: fenced.epoch,
        arrivals: [{ executionId: bystander.execution.executionId, activation: '"late"' }],
        then: end(),
      }),
      fullCommit({ executionId: after.execution.executionId, epoch: after.epoch, then: park() }),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      ['committed', 'fenced', 'committed'],
    );
    assert.deepEqual(await traces(scene, fencedId, reader), untouched);
    assert.equal((await scene.complete(fencedId, 90)).kind, 'gone', 'no token was opened');
    assert.equal((await scene.complete(after.execution.executionId, 90)).kind, 'accepted');
    const { executionId } = bystander.execution;
    const [seen] = await store.reread([{ executionId, epoch: bystander.run.epoch, consumed: 1 }]);
    assert.deepEqual(seen?.inbox, [], 'its arrival was not delivered');
  }),
  storeCase(
    'commit: one refused for signals leaves no trace, and goes through once they are consumed',
    async (scene) => {
      const { store } = scene;
      const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
      const { executionId } = execution;
      assert.deepEqual(await scene.complete(executionId, 2), { kind: 'accepted', owner: workerId });
      const neighbour = await scene.owned();
      const both = await store.commit(workerId, [
        fullCommit({ executionId, epoch: run.epoch, then: park() }),
        commitOf(neighbour.run, { then: park() }),
      ]);
      assert.deepEqual(both, [{ kind: 'signals' }, { kind: 'committed', told: [] }]);
      assert.deepEqual(await store.readHistory({ executionId, limit: 10, reverse: false }), []);
      assert.equal((await scene.complete(executionId, 90)).kind, 'gone');
      assert.equal(await scene.isOutOfReach(await scene.worker(), executionId), true, 'the owner keeps it');
      const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]);
      assert.deepEqual(seen?.inbox, [{ number: 2, activation: '{"type":"TaskResult","taskId":2}' }]);
      assert.equal(seen?.tokens[0]?.status, 'accepted');
      const consumed = fullCommit({ executionId, epoch: run.epoch, consumed: 2, then: park() });
      await scene.committed(workerId, { ...consumed, tokens: closing(2, 'completed') });
    },
  ),
  storeCase('commit: consumed rows leave the inbox, the others stay', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2), callbackToken(3)]);
    const { executionId } = execution;
    await scene.complete(executionId, 3);
    await scene.complete(executionId, 2);
    await scene.committed(workerId, commitOf(run, { consumed: 2, tokens: closing(3, 'completed') }));
    const next = await scene.claimed(workerId, executionId);
    assert.equal(next.consumed, 2);
    assert.deepEqual(next.inbox, [{ number: 3, activation: '{"type":"TaskResult","taskId":2}' }]);
    assert.deepEqual(
      next.tokens.map(({ taskId, status }) => [taskId, status]),
      [[2, 'accepted']],
    );
    await store.unregisterWorker(workerId);
    assert.deepEqual((await scene.claimed(await scene.worker(), executionId)).inbox, next.inbox);
  }),
  storeCase('commit: history that is already there is unstorable, and only for its own execution', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    await scene.committed(workerId, commitOf(run, { history: chunk(1, 2) }));
    const neighbours = [await scene.owned(), await scene.owned()];
    const batch = [
      ...neighbours.map((neighbour) => commitOf(neighbour.run, { history: chunk(1, 1) })),
      commitOf(run, { checkpoint: '"twice"', history: chunk(1, 2) }),
    ];
    const outcomes = await store.commit(workerId, batch);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind),
      ['committed', 'committed', 'unstorable'],
    );
    assert.deepEqual(await store.readHistory({ executionId, limit: 10, reverse: false }), [1, 2].map(eventText));
    assert.equal((await scene.claimed(workerId, executionId)).checkpoint, run.checkpoint);
  }),
  storeCase('commit: the end is recorded, and the run is gone with its tokens and inbox', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    const { executionId } = execution;
    const stopDate = await store.now();
    const then = end({ status: 'FAILED', stopDate, output: null, error: 'States.TaskFailed', cause: 'because' });
    await scene.committed(workerId, commitOf(run, { history: chunk(1, 4), then }));
    const ended = await store.findExecution(executionId);
    assert.deepEqual(ended, {
      ...run.execution,
      status: 'FAILED',
      stopDate,
      error: 'States.TaskFailed',
      cause: 'because',
    });
    assert.deepEqual(await store.findExecutionByArn(execution.executionArn), ended);
    assert.equal((await scene.complete(executionId, 2)).kind, 'gone');
    assert.equal((await store.heartbeatTask({ executionId, taskId: 2 })).kind, 'gone');
    assert.equal(await scene.isOutOfReach(workerId, executionId), true);
    assert.deepEqual(await scene.commit(workerId, commitOf(run)), { kind: 'fenced' });
    assert.equal((await store.force(executionId, () => assert.fail('nothing to decide'))).kind, 'ended');
    assert.equal(await store.nextWakeAt(), null);
    assert.deepEqual(await store.reread([{ executionId, epoch: run.epoch, consumed: 1 }]), []);
    assert.equal((await store.readHistory({ executionId, limit: 10, reverse: false })).length, 4);
    const { unseen, notHeld } = await store.renewLease({ workerId, leaseMs: 60_000, held: [] });
    assert.deepEqual([unseen, notHeld], [[], []]);
  }),
  storeCase('commit: outcomes stand in the order of a large batch', async (scene) => {
    const { store } = scene;
    const workerId = await scene.worker();
    const batch = [];
    for (let index = 0; index < 200; index++) batch.push(await scene.newExecution());
    await store.startExecutions(batch);
    const executionIds = batch.map((execution) => execution.executionId);
    const runs = await store.claim({ workerId, executionIds, formats: [FORMAT] });
    assert.equal(runs.length, batch.length);
    const commits = runs.toReversed().map((run, index) => {
      const { executionId } = run.execution;
      return fullCommit({ executionId, epoch: index % 7 === 0 ? run.epoch - 1 : run.epoch, then: end() });
    });
    const outcomes = await store.commit(workerId, commits);
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(outcome.kind, index % 7 === 0 ? 'fenced' : 'committed');
    }
    for (const [index, { executionId }] of commits.entries()) {
      const status = (await store.findExecution(executionId))?.status;
      assert.equal(status, index % 7 === 0 ? 'RUNNING' : 'SUCCEEDED');
    }
    assert.deepEqual(await store.commit(workerId, []), []);
  }),
];
