import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

test('lanes have their turns, each in the order of coming', () => {
  const queue = new FairQueue<string>();
  for (const item of ['a1', 'a2', 'a3', 'a4']) queue.add(1, item);
  queue.add(2, 'b1');
  queue.add(3, 'c1');
  queue.add(3, 'c2');
  expect(queue.size).toBe(7);
  expect(queue.take(5)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2']);
  queue.add(2, 'b2');
  expect(queue.take(10)).toEqual(['a3', 'b2', 'a4']);
  expect([queue.size, queue.shift()]).toEqual([0, undefined]);
});

test('what waits already is not added again, and what is taken away has no turn', () => {
  const queue = new FairQueue<string>();
  queue.add(1, 'a');
  queue.add(1, 'a');
  queue.add(1, 'b');
  queue.add(2, 'c');
  expect(queue.size).toBe(3);
  queue.delete(2, 'c');
  queue.delete(2, 'c');
  queue.delete(1, 'a');
  expect(queue.size).toBe(1);
  expect(queue.take(5)).toEqual(['b']);
});
