import assert from 'node:assert/strict';
import { chunk, commitOf, end, eventText, park } from './store-scene.ts';
import { storeCase } from './store-case.ts';
import type { StoreScene } from './store-scene.ts';

const CHUNKS = [
  [1, 1],
  [2, 5],
  [6, 6],
  [7, 30],
  [31, 33],
] as const;
const LAST = 33;

async function withHistory(scene: StoreScene): Promise<string> {
  const { run, workerId, execution } = await scene.owned();
  for (const [first, last] of CHUNKS) await scene.committed(workerId, commitOf(run, { history: chunk(first, last) }));
  return execution.executionId;
}

/** Texts of the events from one id to another, in that direction. */
function texts(from: number, to: number): string[] {
  const found: string[] = [];
  const step = from <= to ? 1 : -1;
  for (let id = from; step > 0 ? id <= to : id >= to; id += step) found.push(eventText(id));
  return found;
}

export const historyCases = [
  storeCase('history: all events, contiguous, in both directions', async (scene) => {
    const executionId = await withHistory(scene);
    const { store } = scene;
    assert.deepEqual(await store.readHistory({ executionId, limit: 1000, reverse: false }), texts(1, LAST));
    assert.deepEqual(await store.readHistory({ executionId, limit: 1000, reverse: true }), texts(LAST, 1));
    assert.deepEqual(await store.readHistory({ executionId, limit: LAST, reverse: false }), texts(1, LAST));
  }),
  storeCase('history: pages forward across chunks, from any event', async (scene) => {
    const executionId = await withHistory(scene);
    for (const limit of [1, 2, 7, 40]) {
      for (let from = 1; from <= LAST; from += 3) {
        const page = await scene.store.readHistory({ executionId, from, limit, reverse: false });
        assert.deepEqual(page, texts(from, Math.min(LAST, from + limit - 1)), `from ${from}, limit ${limit}`);
      }
    }
    const beyond = await scene.store.readHistory({ executionId, from: LAST + 1, limit: 5, reverse: false });
    assert.deepEqual(beyond, []);
  }),
  storeCase('history: pages backward across chunks, from any event', async (scene) => {
    const executionId = await withHistory(scene);
    for (const limit of [1, 2, 7, 40]) {
      for (let from = 1; from <= LAST; from += 3) {
        const page = await scene.store.readHistory({ executionId, from, limit, reverse: true });
        assert.deepEqual(page, texts(from, Math.max(1, from - limit + 1)), `from ${from}, limit ${limit}`);
      }
    }
  }),
  storeCase('history: an execution without events has an empty one, and it outlives the run', async (scene) => {
    const { store } = scene;
    const { run, workerId, execution } = await scene.owned();
    const { executionId } = execution;
    const query = { executionId, limit: 10, reverse: false };
    assert.deepEqual(await store.readHistory(query), []);
    assert.deepEqual(await store.readHistory({ ...query, reverse: true }), []);
    assert.deepEqual(await store.readHistory({ ...query, executionId: (await scene.newExecution()).executionId }), []);
    await scene.committed(workerId, commitOf(run, { history: chunk(1, 2), then: park() }));
    const next = await scene.claimed(workerId, executionId);
    await scene.committed(workerId, commitOf(next, { history: chunk(3, 4), then: end() }));
    assert.deepEqual(await store.readHistory(query), texts(1, 4));
  }),
];
