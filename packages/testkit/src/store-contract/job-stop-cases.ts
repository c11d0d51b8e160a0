import assert from 'node:assert/strict';
import type { JobStop } from '@everstep/engine';
import { storeCase } from './store-case.ts';
import { commitOf, end } from './store-scene.ts';

const TAKE = { limit: 10, waitMs: 40, mostMs: 60 };
const FAR_MS = 600_000;
const stopOf = (taskId: number, dueInMs = 0) => ({ taskId, request: `{"job":"\u00e4${taskId}\ud800"}`, dueInMs });

/** Only those of one execution: others may have left theirs. */
function of(executionId: string, stops: readonly JobStop[]) {
  const own = stops.filter((stop) => stop.executionId === executionId);
  return own
    .sort((left, right) => left.taskId - right.taskId)
    .map(({ taskId, request, tries }) => [taskId, request, tries]);
}

export const jobStopCases = [
  storeCase('job stops: a commit leaves what is to be stopped, one that is refused leaves nothing', async (scene) => {
    const { store } = scene;
    const { run, workerId } = await scene.owned();
    const { executionId } = run.execution;
    const commit = commitOf(run, { jobStops: [stopOf(1), stopOf(2), stopOf(3, FAR_MS)], then: end() });
    assert.deepEqual(await scene.commit(workerId, { ...commit, epoch: run.epoch - 1 }), { kind: 'fenced' });
    assert.deepEqual(of(executionId, await store.takeJobStops(TAKE)), []);
    await scene.committed(workerId, commit);
    await scene.passTo(await store.now());
    const [one, two] = [stopOf(1), stopOf(2)];
    assert.deepEqual(of(executionId, await store.takeJobStops(TAKE)), [
      [1, one.request, 1],
      [2, two.request, 1],
    ]);
    await store.deleteJobStop({ executionId, taskId: 3 });
    await store.deleteJobStop({ executionId, taskId: 4 });
  }),
  storeCase('job stops: one is taken by one at a time, later and later, until it is done', async (scene) => {
    const { store, other } = scene;
    const { execution } = await scene.owned();
    const { executionId } = execution;
    const take = async (from = store) => of(executionId, await from.takeJobStops(TAKE));
    await store.addJobStop({ ...stopOf(1), executionId });
    await store.addJobStop({ ...stopOf(1, FAR_MS), executionId });
    await scene.passTo(await store.now());
    const both = await Promise.all([take(), take(other)]);
    assert.deepEqual(both.flat(), [[1, stopOf(1).request, 1]]);
    const first = await store.now();
    await scene.until('it is due again', async () => {
      await scene.passTo((await store.now()) + 5);
      return (await take()).length > 0;
    });
    assert.ok((await store.now()) - first >= TAKE.waitMs - 20, 'nobody gets it before its time');
    const second = await store.now();
    let tries = 0;
    await scene.until('it is due once more', async () => {
      await scene.passTo((await store.now()) + 5);
      const [taken] = await take(other);
      tries = Number(taken?.[2] ?? 0);
      return taken !== undefined;
    });
    assert.equal(tries, 3);
    assert.ok((await store.now()) - second >= TAKE.mostMs - 10, 'it waits longer each time');
    await store.deleteJobStop({ executionId, taskId: 1 });
    await scene.passTo((await store.now()) + TAKE.mostMs);
    assert.deepEqual(await take(), []);
  }),
  storeCase('job stops: a force leaves them, too', async (scene) => {
    const { store } = scene;
    const { execution } = await scene.owned();
    const { executionId } = execution;
    await store.force(executionId, (run) => commitOf(run, { jobStops: [stopOf(7)], then: end({ status: 'ABORTED' }) }));
    await scene.passTo(await store.now());
    assert.deepEqual(of(executionId, await store.takeJobStops(TAKE)), [[7, stopOf(7).request, 1]]);
    await store.deleteJobStop({ executionId, taskId: 7 });
  }),
];
