import { spawn } from 'node:child_process';
import { silentLogger } from '@everstep/engine';
import { afterEach, expect, it } from 'vitest';
import { QuarantineProcesses } from './quarantine-processes.ts';

let now = 0;
const spawned: string[][] = [];
const quarantine = new QuarantineProcesses({
  spawn: (executionIds) => {
    spawned.push([...executionIds]);
    return spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)'], { stdio: 'ignore' });
  },
  logger: silentLogger,
  endMs: 10_000,
  now: () => now,
});

afterEach(() => quarantine.close());

it('starts two processes a minute, eight beside one another, and none for what one of them has', () => {
  quarantine.takeIn(['a', 'b']);
  quarantine.takeIn(['b', 'c', 'a']);
  expect(quarantine.hasRoom()).toBe(false);
  quarantine.takeIn(['d']);
  expect(spawned).toEqual([['a', 'b'], ['c']]);
  for (let minute = 1; minute <= 3; minute++) {
    now += 60_000;
    quarantine.takeIn(['a']);
    for (const id of ['x', 'y', 'z']) quarantine.takeIn([`${id}${minute}`]);
  }
  expect(spawned.slice(2)).toEqual([['x1'], ['y1'], ['x2'], ['y2'], ['x3'], ['y3']]);
  now += 60_000;
  expect(quarantine.hasRoom()).toBe(false);
});
