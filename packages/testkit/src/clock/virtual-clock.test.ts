import { expect, test } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

test('timers fire in order, at their own times', async () => {
  const clock = new VirtualClock(1_000);
  const fired: string[] = [];
  clock.at(1_020, () => fired.push(`second at ${clock.now()}`));
  clock.at(1_010, () => {
    fired.push(`first at ${clock.now()}`);
    clock.at(1_015, () => fired.push(`inner at ${clock.now()}`));
  });
  clock.at(1_020, () => fired.push(`tie at ${clock.now()}`));
  clock.at(1_500, () => fired.push('too early'));
  const cancel = clock.at(1_012, () => fired.push('cancelled'));
  cancel();
  await clock.advance(100);
  expect(fired).toEqual(['first at 1010', 'inner at 1015', 'second at 1020', 'tie at 1020']);
  expect(clock.now()).toBe(1_100);
  expect(clock.nextTimerAt()).toBe(1_500);
});

test('a sleeping loop advances through its own sleeps', async () => {
  const clock = new VirtualClock(0);
  const wokenAt: number[] = [];
  const loop = async (): Promise<void> => {
    for (let round = 0; round < 3; round += 1) {
      await clock.sleep(10);
      wokenAt.push(clock.now());
    }
  };
  const done = loop();
  await clock.advance(30);
  await done;
  expect(wokenAt).toEqual([10, 20, 30]);
});

test('an aborted sleep ends at once and leaves no timer', async () => {
  const clock = new VirtualClock(0);
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  controller.abort();
  await sleeping;
  expect(clock.nextTimerAt()).toBeNull();
  await clock.sleep(1, controller.signal);
});
