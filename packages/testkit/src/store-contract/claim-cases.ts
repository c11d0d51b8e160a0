import assert from 'node:assert/strict';
import { FAR_MS, FORMAT, GRACE_MS, callbackToken, commitOf, end, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';

export const claimCases = [
  storeCase('claim: one worker gets the run, the epoch grows, everybody else gets nothing', async (scene) => {
    const { executionId } = await scene.started();
    const [first, second] = [await scene.worker(), await scene.worker()];
    const run = await scene.claimed(first, executionId);
    assert.equal(await scene.isOutOfReach(second, executionId), true);
    await scene.committed(first, commitOf(run, { then: park() }));
    assert.equal((await scene.claimed(second, executionId)).epoch, run.epoch + 1);
    assert.equal(await scene.isOutOfReach(first, executionId), true);
  }),
  storeCase('claim: many at once; the ended, the unknown and the owned are left out', async (scene) => {
    const { store } = scene;
    const open = [await scene.started(), await scene.started()].map((execution) => execution.executionId);
    const owned = await scene.owned();
    const ended = await scene.owned();
    await scene.committed(ended.workerId, commitOf(ended.run, { then: end() }));
    const { executionId: unknown } = await scene.newExecution();
    const workerId = await scene.worker();
    const executionIds = [...open, owned.execution.executionId, ended.execution.executionId, unknown];
    const claimed = await store.claim({ workerId, executionIds, formats: [FORMAT] });
    assert.deepEqual(claimed.map((run) => run.execution.executionId).toSorted(), open.toSorted());
    assert.deepEqual(await store.claim({ workerId, executionIds: [], formats: [FORMAT] }), []);
  }),
  storeCase(
    'claim: ids come from messages: what is none is left out, and costs those beside it nothing',
    async (scene) => {
      const { executionId } = await scene.started();
      const workerId = await scene.worker();
      const none = [
        '',
        'e1',
        'null',
        '{',
        `${executionId},${executionId}`,
        executionId.toUpperCase(),
        `{${executionId}}`,
      ];
      const claimed = await scene.store.claim({ workerId, executionIds: [...none, executionId], formats: [FORMAT] });
      assert.deepEqual(
        claimed.map((run) => run.execution.executionId),
        [executionId],
      );
      assert.deepEqual(await scene.store.claim({ workerId, executionIds: none, formats: [FORMAT] }), []);
    },
  ),
  storeCase('claim: a checkpoint of an unknown format is left to those who know it', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started({ format: 2 });
    const workerId = await scene.worker();
    const executionIds = [executionId];
    assert.deepEqual(await store.claim({ workerId, executionIds, formats: [1, 3] }), []);
    const [run] = await store.claim({ workerId, executionIds, formats: [1, 2] });
    assert.equal(run?.format, 2);
    await scene.committed(workerId, commitOf(run, { format: 3, checkpoint: 'upgraded', then: park() }));
    assert.deepEqual(await store.claim({ workerId, executionIds, formats: [1, 2] }), []);
    const [upgraded] = await store.claim({ workerId, executionIds, formats: [3] });
    assert.equal(upgraded?.checkpoint, 'upgraded');
  }),
  storeCase(
    'claim: by the owner itself after an unknown outcome bumps the epoch and fences its former commit',
    async (scene) => {
      const { executionId } = await scene.started();
      const workerId = await scene.worker();
      const lost = await scene.claimed(workerId, executionId);
      const found = await scene.claimed(workerId, executionId);
      assert.equal(found.epoch, lost.epoch + 1);
      assert.equal(found.crashes, 0, 'nobody died');
      assert.deepEqual(await scene.commit(workerId, commitOf(lost, { checkpoint: 'late' })), { kind: 'fenced' });
      assert.equal((await scene.claimed(workerId, executionId)).checkpoint, lost.checkpoint);
    },
  ),
  storeCase('claim: what is in memory needs no load, if nobody has had it since', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    const warm = (epoch: number, by = workerId) => store.claimWarm({ workerId: by, runs: [{ executionId, epoch }] });
    assert.deepEqual(await warm(run.epoch), [], 'somebody owns it: the worker itself');
    await scene.committed(workerId, commitOf(run, { then: park() }));
    assert.deepEqual(await warm(run.epoch - 1), [], 'somebody has had it since');
    assert.deepEqual(await warm(run.epoch, 'nobody'), [], 'no lease');
    const lapsed = await scene.worker();
    await scene.lapse(lapsed);
    assert.deepEqual(await warm(run.epoch, lapsed), [], 'no lease any more');
    const [again] = await warm(run.epoch);
    assert.deepEqual(again, { executionId, epoch: run.epoch + 1, consumed: 1, inbox: [], tokens: [] });
    assert.equal(await scene.isOutOfReach(await scene.worker(), executionId), true);
    assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: park() })), { kind: 'fenced' });
    const next = commitOf({ ...run, epoch: again?.epoch ?? 0 }, { then: park() });
    await scene.committed(workerId, next);
    await scene.claimed(await scene.worker(), executionId);
    assert.deepEqual(await warm(again?.epoch ?? 0), [], 'another has it');
    assert.deepEqual(await store.claimWarm({ workerId, runs: [] }), []);
  }),
  storeCase('claim: a warm one reads what arrived meanwhile, and the tokens', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    const tokens = { opened: [callbackToken(5)], closed: [] };
    await scene.committed(workerId, commitOf(run, { tokens, then: park() }));
    const activation = '{"type":"TaskResult"}';
    await store.completeTask({ executionId, taskId: 5, activation, graceMs: FAR_MS });
    const [again] = await store.claimWarm({ workerId, runs: [{ executionId, epoch: run.epoch }] });
    assert.deepEqual(again?.inbox, [{ number: 2, activation }]);
    assert.deepEqual(
      again?.tokens.map(({ taskId, status }) => [taskId, status]),
      [[5, 'accepted']],
    );
  }),
  storeCase('claim: who holds no live lease claims nothing', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    assert.equal(await scene.isOutOfReach('nobody', executionId), true, 'never registered');
    const lapsed = await scene.worker();
    await scene.lapse(lapsed);
    assert.equal(await scene.isOutOfReach(lapsed, executionId), true, 'lapsed, and nobody has noticed yet');
    await store.releaseLapsed(10);
    assert.equal(await scene.isOutOfReach(lapsed, executionId), true, 'marked dead');
    const gone = await scene.worker();
    await store.unregisterWorker(gone);
    assert.equal(await scene.isOutOfReach(gone, executionId), true, 'unregistered');
    await scene.claimed(await scene.worker(), executionId);
  }),
  storeCase('claim: a lapsed owner loses its run to the next claimer and is fenced', async (scene) => {
    const { run, workerId, execution } = await scene.owned();
    await scene.lapse(workerId);
    const next = await scene.worker();
    const taken = await scene.claimed(next, execution.executionId);
    assert.equal(taken.epoch, run.epoch + 1);
    assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: end() })), { kind: 'fenced' });
    assert.equal((await scene.store.findExecution(execution.executionId))?.status, 'RUNNING');
    await scene.committed(next, commitOf(taken, { then: end() }));
  }),
  storeCase('claim: a lease that was lost without a death is taken back', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    const lapsed = async (): Promise<number> => {
      const workerId = await scene.worker();
      const { epoch } = await scene.claimed(workerId, executionId);
      await scene.lapse(workerId);
      return epoch;
    };
    const crashesNow = async (): Promise<number> => {
      const workerId = await scene.worker();
      const { crashes, epoch } = await scene.claimed(workerId, executionId);
      await store.release([{ executionId, epoch }]);
      return crashes;
    };
    const unnoticed = await lapsed();
    await store.absolve([{ executionId, epoch: unnoticed }]);
    assert.equal(await crashesNow(), 0, 'before anybody has noticed');
    const released = await lapsed();
    assert.deepEqual(await store.releaseLapsed(10), [executionId]);
    await store.absolve([{ executionId, epoch: released }]);
    assert.equal(await crashesNow(), 0, 'after it was given back');
    const taken = await lapsed();
    assert.equal(await crashesNow(), 1);
    await store.absolve([{ executionId, epoch: taken }]);
    assert.equal(await crashesNow(), 0, 'after somebody else has claimed it');
    await store.absolve([{ executionId, epoch: taken }]);
    assert.equal(await crashesNow(), 0, 'never below 0');
    await lapsed();
    await store.absolve([]);
    assert.equal(await crashesNow(), 1, 'others still count');
  }),
  storeCase('claim: a run can be given back for later', async (scene) => {
    const { store } = scene;
    const { run, execution } = await scene.owned();
    const { executionId } = execution;
    await store.release([{ executionId, epoch: run.epoch, wakeInMs: GRACE_MS }]);
    const wakeAt = (await store.nextWakeAt()) ?? 0;
    assert.ok(wakeAt > (await store.now()) - GRACE_MS && wakeAt <= (await store.now()) + GRACE_MS);
    await scene.passTo(wakeAt);
    assert.deepEqual(await store.listDue(10), [executionId]);
    assert.equal((await scene.claimed(await scene.worker(), executionId)).crashes, 0);
  }),
  storeCase('claim: crashes count owners that died without a commit, and a commit ends the row', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    for (const crashes of [0, 1, 2]) {
      const workerId = await scene.worker();
      assert.equal((await scene.claimed(workerId, executionId)).crashes, crashes);
      await scene.lapse(workerId);
      // Every other time the scheduler notices before the next claimer does.
      if (crashes % 2 === 0) assert.deepEqual(await store.releaseLapsed(10), [executionId]);
    }
    const workerId = await scene.worker();
    const run = await scene.claimed(workerId, executionId);
    assert.equal(run.crashes, 3);
    await scene.committed(workerId, commitOf(run, { then: park() }));
    assert.equal((await scene.claimed(workerId, executionId)).crashes, 0);
  }),
  storeCase('claim: an owner that died after a commit of its own made progress: no crash', async (scene) => {
    for (const noticed of [true, false]) {
      const { executionId } = await scene.started();
      const workerId = await scene.worker();
      await scene.committed(workerId, commitOf(await scene.claimed(workerId, executionId)));
      await scene.lapse(workerId);
      if (noticed) assert.deepEqual(await scene.store.releaseLapsed(10), [executionId]);
      assert.equal((await scene.claimed(await scene.worker(), executionId)).crashes, 0);
    }
  }),
  storeCase('claim: giving a run back is no crash', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    const first = await scene.worker();
    const { epoch } = await scene.claimed(first, executionId);
    await store.release([{ executionId, epoch }]);
    const second = await scene.worker();
    assert.equal((await scene.claimed(second, executionId)).crashes, 0);
    await store.unregisterWorker(second);
    assert.equal((await scene.claimed(await scene.worker(), executionId)).crashes, 0);
  }),
  storeCase('release: the run is unowned and due at once, its epoch stays; a stale one is ignored', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started();
    const workerId = await scene.worker();
    const lost = await scene.claimed(workerId, executionId);
    const run = await scene.claimed(workerId, executionId);
    await store.release([{ executionId, epoch: lost.epoch }]);
    assert.equal(await store.nextWakeAt(), null, 'still owned');
    await store.release([
      { executionId, epoch: run.epoch },
      { executionId: (await scene.newExecution()).executionId, epoch: 1 },
    ]);
    await scene.wakesWithin(0);
    const next = await scene.claimed(await scene.worker(), executionId);
    assert.equal(next.epoch, run.epoch + 1);
  }),
  storeCase('reread: rows after `consumed`, and tokens, of the runs whose epoch still matches', async (scene) => {
    const { store } = scene;
    const { run, execution } = await scene.owned();
    const teller = await scene.owned();
    const { executionId } = execution;
    const arrivals = ['"a"', '"b"', '"c"'].map((activation) => ({ executionId, activation }));
    await scene.committed(teller.workerId, commitOf(teller.run, { arrivals }));
    const asked = { executionId, epoch: run.epoch, consumed: 2 };
    const [seen, ...more] = await store.reread([
      { ...asked, epoch: run.epoch - 1 },
      asked,
      { ...asked, executionId: (await scene.newExecution()).executionId },
    ]);
    assert.deepEqual(more, []);
    assert.equal(seen?.executionId, executionId);
    assert.deepEqual(seen.inbox, [
      { number: 3, activation: '"b"' },
      { number: 4, activation: '"c"' },
    ]);
    assert.deepEqual(seen.tokens, []);
    assert.deepEqual(await store.reread([]), []);
  }),
];
