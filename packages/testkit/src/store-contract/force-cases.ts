import assert from 'node:assert/strict';
import type { ClaimedRun } from '@everstep/engine';
import { FORMAT, callbackToken, chunk, closing, commitOf, end, eventText, park, resultOf } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const aborted = () => end({ status: 'ABORTED', output: null, error: 'Stopped', cause: 'by hand' });

export const forceCases = [
  storeCase('force: it reads everything under a new epoch, ends the run and fences the owner', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2), callbackToken(3)]);
    const { executionId } = execution;
    await scene.complete(executionId, 3);
    const seen: ClaimedRun[] = [];
    const outcome = await store.force(executionId, (found) => {
      seen.push(found);
      const tokens = { opened: [], closed: [...closing(2, 'aborted').closed, ...closing(3, 'aborted').closed] };
      return commitOf(found, { history: chunk(1, 1), tokens, then: aborted() });
    });
    assert.deepEqual(outcome, { kind: 'committed', told: [], formerOwner: workerId });
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.epoch, run.epoch + 1);
    assert.deepEqual(seen[0].inbox, [{ number: 2, activation: resultOf(3) }]);
    assert.deepEqual(seen[0].tokens.map((token) => token.status).toSorted(), ['accepted', 'open']);
    assert.equal(seen[0].checkpoint, run.checkpoint);
    const stopped = await store.findExecution(executionId);
    assert.deepEqual([stopped?.status, stopped?.error, stopped?.cause], ['ABORTED', 'Stopped', 'by hand']);
    assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: end() })), { kind: 'fenced' });
    assert.deepEqual(await scene.complete(executionId, 2), { kind: 'gone' });
    assert.deepEqual(await store.readHistory({ executionId, limit: 9, reverse: false }), [eventText(1)]);
    assert.deepEqual(await store.force(executionId, () => assert.fail('it has ended')), { kind: 'ended' });
  }),
  storeCase('force: a run that nobody owns, and one that never was', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    const parent = await scene.owned();
    const arrivals = [{ executionId: parent.execution.executionId, activation: '"child stopped"' }];
    const outcome = await store.force(executionId, (run) => commitOf(run, { arrivals, then: aborted() }));
    const told = [{ executionId: parent.execution.executionId, owner: parent.workerId }];
    assert.deepEqual(outcome, { kind: 'committed', told, formerOwner: null });
    const { executionId: unknown } = await scene.newExecution();
    assert.deepEqual(await store.force(unknown, () => assert.fail('nothing is there')), { kind: 'ended' });
  }),
  storeCase('force: what throws, or is refused, changes nothing; the epoch neither', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned({}, [callbackToken(2)]);
    const { executionId } = execution;
    const broken = new Error('no decision');
    await assert.rejects(
      store.force(executionId, () => {
        throw broken;
      }),
      broken,
    );
    await scene.complete(executionId, 2);
    await assert.rejects(
      store.force(executionId, (found) => commitOf(found, { consumed: 1, history: chunk(1, 1), then: aborted() })),
      'signals differ from consumed',
    );
    await assert.rejects(
      store.force(executionId, (found) => commitOf(found, { tokens: closing(2, 'timed-out'), then: aborted() })),
      'the token row says otherwise',
    );
    assert.equal((await store.findExecution(executionId))?.status, 'RUNNING');
    assert.deepEqual(await store.readHistory({ executionId, limit: 9, reverse: false }), []);
    const tokens = closing(2, 'completed');
    await scene.committed(workerId, commitOf(run, { consumed: 2, tokens, then: park() }));
  }),
  storeCase('force: a run that goes on is unowned afterwards and its former owner fenced', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    const wakeAt = (await store.now()) - 1;
    const forced = await store.force(executionId, (found) =>
      commitOf(found, { checkpoint: '"forced"', then: park(wakeAt) }),
    );
    assert.deepEqual(forced, { kind: 'committed', told: [], formerOwner: workerId });
    assert.equal(await store.nextWakeAt(), wakeAt);
    assert.deepEqual(await scene.commit(workerId, commitOf(run)), { kind: 'fenced' });
    const next = await scene.worker();
    const [claimed] = await store.claim({ workerId: next, executionIds: [executionId], formats: [FORMAT] });
    assert.equal(claimed?.checkpoint, '"forced"');
    assert.equal(claimed.epoch, run.epoch + 2);
  }),
];
