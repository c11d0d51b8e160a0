import { expect, test } from 'vitest';
import { Batcher } from './batcher.ts';
import { BacklogFullError } from './ports/store.ts';

/** A store whose writes end when the test says so. */
function slowStore() {
  const batches: string[][] = [];
  const ends: Array<() => void> = [];
  const write = (batch: readonly string[]): Promise<string[]> => {
    batches.push([...batch]);
    return new Promise((resolve) => {
      ends.push(() => resolve([...batch]));
    });
  };
  const finish = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, write, finish };
}

const size = (text: string): number => text.length;

test('one batch at a time; the next starts as soon as the last has returned', async () => {
  const { batches, write, finish } = slowStore();
  const batcher = new Batcher<string, string>({ write, size, maxItems: 100, maxBytes: 1_000 });
  const answers = [batcher.submit('a'), batcher.submit('b')];
  await new Promise((resolve) => setImmediate(resolve));
  answers.push(batcher.submit('c'), batcher.submit('d'));
  expect(batches).toEqual([['a', 'b']]);
  await finish();
  expect(batches).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  await finish();
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd']);
});

test('a batch is bounded by bytes and by items, and in the order of submission', async () => {
  const { batches, write, finish } = slowStore();
  const batcher = new Batcher<string, string>({ write, size, maxItems: 3, maxBytes: 10 });
  const answers = ['xxxx', 'xxxxx', 'xx', 'a', 'b', 'c', 'yyyyyyyyyyyyyyy'].map((text) => batcher.submit(text));
  for (let count = 0; count < 4; count++) {
    await new Promise((resolve) => setImmediate(resolve));
    await finish();
  }
  await Promise.all(answers);
  expect(batches).toEqual([['xxxx', 'xxxxx'], ['xx', 'a', 'b'], ['c'], ['yyyyyyyyyyyyyyy']]);
});

test('what is submitted for later is made when its batch is gathered: a slow store does not fill the memory', async () => {
  const { batches, write, finish } = slowStore();
  const batcher = new Batcher<string, string>({ write, size, maxItems: 1_000, maxBytes: 10_000 });
  let made = 0;
  const answers = Array.from({ length: 1_000 }, () =>
    batcher.submitLater(() => {
      made += 1;
      return 'x'.repeat(1_000);
    }),
  );
  let written = 0;
  while (written < 1_000) {
    await new Promise((resolve) => setImmediate(resolve));
    written += batches.at(-1)?.length ?? 0;
    // The batch under way, and the one item that did not fit into it.
    expect(made - written).toBeLessThanOrEqual(1);
    expect(batches.at(-1)?.length).toBeLessThanOrEqual(10);
    await finish();
  }
  await Promise.all(answers);
});

test('what cannot be made is refused alone', async () => {
  const { write, finish } = slowStore();
  const batcher = new Batcher<string, string>({ write, size, maxItems: 10, maxBytes: 100 });
  const good = batcher.submitLater(() => 'good');
  const bad = batcher.submitLater(() => {
    throw new RangeError('Invalid string length');
  });
  await expect(bad).rejects.toThrow('Invalid string length');
  await finish();
  expect(await good).toBe('good');
});

test('beyond its bound of waiting bytes it refuses, and takes again once there is room', async () => {
  const { write, finish } = slowStore();
  const batcher = new Batcher<string, string>({ write, size, maxItems: 10, maxBytes: 100, maxWaitingBytes: 20 });
  const underWay = batcher.submit('x'.repeat(50));
  await new Promise((resolve) => setImmediate(resolve));
  const waiting = [batcher.submit('y'.repeat(10)), batcher.submit('z'.repeat(10))];
  await expect(batcher.submit('one more')).rejects.toThrow(BacklogFullError);
  await finish();
  const later = batcher.submit('one more');
  await finish();
  await finish();
  expect(await underWay).toHaveLength(50);
  expect((await Promise.all(waiting)).map((text) => text.length)).toEqual([10, 10]);
  expect(await later).toBe('one more');
});
