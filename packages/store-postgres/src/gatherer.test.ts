import { BacklogFullError } from '@everstep/engine';
import { expect, test } from 'vitest';
import { Gatherer } from './gatherer.ts';

/** A gatherer whose batches are answered by hand, in doubles of what was asked. */
function gathered(maxBatch: number, maxInFlight: number) {
  const batches: number[][] = [];
  const answer: Array<(error?: Error) => void> = [];
  const gatherer = new Gatherer<number, number>({
    maxBatch,
    maxInFlight,
    maxWaiting: 5,
    run: (batch) => {
      batches.push([...batch]);
      return new Promise((resolve, reject) => {
        answer.push((error) => (error === undefined ? resolve(batch.map((one) => one * 2)) : reject(error)));
      });
    },
  });
  return { gatherer, batches, answer };
}

test('what is asked together travels together, and no more than a batch holds', async () => {
  const { gatherer, batches, answer } = gathered(2, 1);
  const answers = Promise.all([1, 2, 3].map((one) => gatherer.ask(one)));
  await expect.poll(() => batches).toEqual([[1, 2]]);
  answer[0]?.();
  await expect.poll(() => batches).toEqual([[1, 2], [3]]);
  answer[1]?.();
  expect(await answers).toEqual([2, 4, 6]);
});

test('a batch that takes long does not hold up the next one, up to a bound', async () => {
  const { gatherer, batches, answer } = gathered(10, 2);
  const first = gatherer.ask(1);
  await expect.poll(() => batches.length).toBe(1);
  const second = gatherer.ask(2);
  await expect.poll(() => batches.length).toBe(2);
  const others = Promise.all([gatherer.ask(3), gatherer.ask(4)]);
  answer[1]?.();
  expect(await second).toBe(4);
  await expect.poll(() => batches).toEqual([[1], [2], [3, 4]]);
  answer[2]?.();
  expect(await others).toEqual([6, 8]);
  answer[0]?.();
  expect(await first).toBe(2);
});

test('a batch that fails fails for all that are in it, and the next one is run', async () => {
  const { gatherer, answer, batches } = gathered(1, 1);
  const failing = gatherer.ask(1);
  await expect.poll(() => batches.length).toBe(1);
  const next = gatherer.ask(2);
  answer[0]?.(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  await expect.poll(() => batches.length).toBe(2);
  answer[1]?.();
  expect(await next).toBe(4);
});

test('beyond its bound it refuses, and takes again once there is room', async () => {
  const { gatherer, batches, answer } = gathered(10, 1);
  const underWay = gatherer.ask(0);
  await expect.poll(() => batches.length).toBe(1);
  const waiting = Promise.all([1, 2, 3, 4, 5].map((one) => gatherer.ask(one)));
  await expect(gatherer.ask(6)).rejects.toThrow(BacklogFullError);
  answer[0]?.();
  expect(await underWay).toBe(0);
  await expect.poll(() => batches.length).toBe(2);
  const later = gatherer.ask(6);
  answer[1]?.();
  expect(await waiting).toEqual([2, 4, 6, 8, 10]);
  await expect.poll(() => batches.length).toBe(3);
  answer[2]?.();
  expect(await later).toBe(12);
});
