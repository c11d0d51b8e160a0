import assert from 'node:assert/strict';
import { withLane } from '@everstep/engine';
import { FAR_MS, FORMAT, GRACE_MS, callbackToken, commitOf, end, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';

export const workerCases = [
  storeCase('workers: an id is never used again, whatever became of it', async (scene) => {
    const { store } = scene;
    const again = (workerId: string) => store.registerWorker({ workerId, host: 'host', leaseMs: FAR_MS });
    const alive = await scene.worker();
    await assert.rejects(again(alive));
    const gone = await scene.worker();
    await store.unregisterWorker(gone);
    await assert.rejects(again(gone));
    const dead = await scene.worker();
    await scene.lapse(dead);
    await store.releaseLapsed(10);
    await assert.rejects(again(dead));
    assert.equal((await store.renewLease({ workerId: alive, leaseMs: FAR_MS, held: [] })).alive, true);
  }),
  storeCase('workers: a renewal moves the lease, tells the time and never revives', async (scene) => {
    const { store } = scene;
    const workerId = await scene.worker(5_000);
    const before = await store.now();
    const renewed = await store.renewLease({ workerId, leaseMs: 60_000, held: [] });
    assert.equal(renewed.alive, true);
    assert.ok(renewed.now >= before && renewed.now <= (await store.now()));
    const { leaseUntil, dead, host, runs } = await scene.workerRow(workerId);
    assert.ok(leaseUntil >= renewed.now + 59_000);
    assert.deepEqual([dead, host, runs], [false, 'host', 0]);
    await scene.lapse(workerId);
    const renew = { workerId, leaseMs: 60_000, held: [] };
    assert.equal((await store.renewLease(renew)).alive, false, 'lapsed, though nobody has marked it dead');
    await store.releaseLapsed(10);
    assert.equal((await scene.workerRow(workerId)).dead, true);
    assert.equal((await store.renewLease(renew)).alive, false);
    assert.equal((await scene.workerRow(workerId)).dead, true);
    assert.equal((await store.renewLease({ ...renew, workerId: 'nobody' })).alive, false);
  }),
  storeCase('workers: a renewal reports unseen signals every time until they are consumed', async (scene) => {
    const { store } = scene;
    const { execution, run, workerId } = await scene.owned({}, [callbackToken(2)]);
    const quiet = await scene.owned();
    const { executionId } = execution;
    const renew = { workerId, leaseMs: FAR_MS, held: [executionId, quiet.execution.executionId] };
    const nothing = await store.renewLease(renew);
    assert.deepEqual([nothing.unseen, nothing.notHeld], [[], []]);
    await scene.complete(executionId, 2);
    for (let round = 0; round < 3; round++) {
      assert.deepEqual((await store.renewLease(renew)).unseen, [executionId]);
    }
    await scene.committed(workerId, commitOf(run, { consumed: 2 }));
    assert.deepEqual((await store.renewLease(renew)).unseen, []);
  }),
  storeCase('workers: a renewal reports runs that are owned and not held, until they are', async (scene) => {
    const { store } = scene;
    const held = await scene.owned();
    const lost = await scene.owned();
    const elsewhere = await scene.started();
    await scene.claimed(await scene.worker(), elsewhere.executionId);
    const { workerId } = held;
    const renew = { workerId, leaseMs: FAR_MS, held: [held.execution.executionId] };
    for (let round = 0; round < 2; round++) {
      assert.deepEqual((await store.renewLease(renew)).notHeld, [lost.execution.executionId]);
    }
    assert.equal((await scene.workerRow(workerId)).runs, 2);
    const all = [held.execution.executionId, lost.execution.executionId];
    assert.deepEqual((await store.renewLease({ ...renew, held: all })).notHeld, []);
    await scene.committed(workerId, commitOf(lost.run, { then: park() }));
    assert.deepEqual((await store.renewLease(renew)).notHeld, []);
  }),
  storeCase('workers: unregistering gives all runs back, due at once', async (scene) => {
    const { store } = scene;
    const workerId = await scene.worker();
    const executionIds = [(await scene.started()).executionId, (await scene.started()).executionId];
    await store.claim({ workerId, executionIds, formats: [FORMAT] });
    await store.unregisterWorker(workerId);
    await scene.passTo(await store.now());
    assert.deepEqual((await store.listDue(10)).toSorted(), executionIds.toSorted());
    const renewed = await store.renewLease({ workerId, leaseMs: FAR_MS, held: [] });
    assert.equal(renewed.alive, false);
    const next = await store.claim({ workerId: await scene.worker(), executionIds, formats: [FORMAT] });
    assert.equal(next.length, 2);
    await store.unregisterWorker('nobody');
  }),
  storeCase('lapsed: the runs of a dead worker are given back, due at once, the epoch unchanged', async (scene) => {
    const { store } = scene;
    const alive = await scene.owned();
    const workerId = await scene.worker();
    const { executionId } = await scene.started();
    const run = await scene.claimed(workerId, executionId);
    await scene.committed(workerId, commitOf(run));
    assert.deepEqual(await store.releaseLapsed(10), [], 'everybody is alive');
    await scene.lapse(workerId);
    assert.deepEqual(await store.releaseLapsed(10), [executionId]);
    assert.deepEqual(await store.releaseLapsed(10), [], 'and once is enough');
    await scene.wakesWithin(0);
    assert.equal((await scene.workerRow(workerId)).runs, 0);
    const [seen] = await store.reread([{ executionId, epoch: run.epoch, consumed: 0 }]);
    assert.equal(seen?.executionId, executionId, 'the epoch is the same');
    const next = await scene.worker();
    assert.equal((await scene.claimed(next, executionId)).epoch, run.epoch + 1);
    assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: end() })), { kind: 'fenced' });
    assert.equal(await scene.isOutOfReach(next, alive.execution.executionId), true, 'a living owner keeps its own');
  }),
  storeCase('lapsed: more runs than the limit are given back in several goes', async (scene) => {
    const { store } = scene;
    const workerId = await scene.worker();
    const executionIds: string[] = [];
    for (let index = 0; index < 5; index++) executionIds.push((await scene.started()).executionId);
    await store.claim({ workerId, executionIds, formats: [FORMAT] });
    await scene.lapse(workerId);
    const released: string[] = [];
    for (const expected of [2, 2, 1, 0]) {
      const batch = await store.releaseLapsed(2);
      assert.equal(batch.length, expected);
      released.push(...batch);
    }
    assert.deepEqual(released.toSorted(), executionIds.toSorted());
  }),
  storeCase('due: each hint doubles the grace, within a bound, until somebody claims', async (scene) => {
    const { store } = scene;
    const { executionId } = await scene.started({ graceMs: GRACE_MS });
    assert.deepEqual(await store.takeDue({ limit: 10, maxGraceMs: FAR_MS }), [], 'its grace is not over');
    let previous = GRACE_MS;
    for (const expected of [2 * GRACE_MS, 4 * GRACE_MS, 5 * GRACE_MS, 5 * GRACE_MS]) {
      await scene.passTo((await store.nextWakeAt()) ?? assert.fail('it has a wake_at'));
      const before = await store.now();
      assert.deepEqual(await store.takeDue({ limit: 10, maxGraceMs: 5 * GRACE_MS }), [executionId]);
      const wakeAt = (await store.nextWakeAt()) ?? 0;
      assert.ok(wakeAt >= before + expected, `after ${previous} ms the grace is ${expected} ms`);
      await scene.wakesWithin(expected);
      previous = expected;
    }
    await scene.claimed(await scene.worker(), executionId);
    assert.equal(await store.nextWakeAt(), null, 'an owner’s timers are its own duty');
    await scene.passTo((await store.now()) + 6 * GRACE_MS);
    assert.deepEqual(await store.takeDue({ limit: 10, maxGraceMs: FAR_MS }), []);
    assert.deepEqual(await store.listDue(10), []);
  }),
  // The lanes are the case's own: by chance two of the three may be in one, and the third has its turn before the second.
  ...Object.entries({ 'in one lane': ['one', 'one', 'one'], 'each in a lane of its own': ['one', 'two', 'three'] }).map(
    ([where, machines]) =>
      storeCase(`due: the earliest first, and no more than the limit, ${where}`, async (scene) => {
        const { store } = scene;
        const now = await store.now();
        const ids: string[] = [];
        for (const [index, ago] of [10, 30, 20].entries()) {
          const executionId = withLane((await scene.newExecution()).executionId, machines[index] ?? '');
          const { run, workerId } = await scene.owned({ executionId });
          await scene.committed(workerId, commitOf(run, { then: park(now - ago) }));
          ids.push(executionId);
        }
        const [third, first, second] = ids;
        assert.equal(await store.nextWakeAt(), now - 30);
        assert.deepEqual(await store.listDue(2), [first, second]);
        assert.deepEqual(await store.listDue(2), [first, second], 'looking changes nothing');
        assert.deepEqual(new Set(await store.takeDue({ limit: 2, maxGraceMs: FAR_MS })), new Set([first, second]));
        assert.deepEqual(await store.takeDue({ limit: 2, maxGraceMs: FAR_MS }), [third]);
        assert.deepEqual(await store.takeDue({ limit: 2, maxGraceMs: FAR_MS }), []);
      }),
  ),
  storeCase('due: straight from the store the lanes have their turns', async (scene) => {
    const { store } = scene;
    const now = await store.now();
    const waiting: Array<[machine: string, ago: number]> = [
      ...[90, 80, 70, 60, 50].map((ago): [string, number] => ['busy', ago]),
      ...[20, 10].map((ago): [string, number] => ['quiet', ago]),
    ];
    const ids: string[] = [];
    for (const [machine, ago] of waiting) {
      const { executionId } = await scene.newExecution();
      const execution = await scene.started({ executionId: withLane(executionId, machine) });
      const workerId = await scene.worker();
      const run = await scene.claimed(workerId, execution.executionId);
      await scene.committed(workerId, commitOf(run, { then: park(now - ago) }));
      ids.push(execution.executionId);
    }
    const [first, second, third, , , quietFirst, quietSecond] = ids;
    assert.deepEqual(await store.listDue(5), [first, quietFirst, second, quietSecond, third]);
  }),
  storeCase('due: a parked run wakes at its time, not before', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const wakeAt = (await store.now()) + 50;
    await scene.committed(workerId, commitOf(run, { then: park(wakeAt) }));
    assert.equal(await store.nextWakeAt(), wakeAt);
    const early = await store.listDue(10);
    if ((await store.now()) < wakeAt) assert.deepEqual(early, []);
    await scene.passTo(wakeAt);
    assert.deepEqual(await store.listDue(10), [execution.executionId]);
  }),
];
