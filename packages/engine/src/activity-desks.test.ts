import { createLocalQueue } from '@everstep/queue-local';
import { VirtualClock } from '@everstep/testkit';
import { describe, expect, it } from 'vitest';
import { ActivityDesks } from './activity-desks.ts';
import { silentLogger } from './index.ts';

const NEVER = new AbortController().signal;

/** A desk over a list of tasks, with a count of the looks at it. */
function bench(maxPollers = 10_000) {
  const clock = new VirtualClock();
  const hints = createLocalQueue({ logger: silentLogger });
  const desks = new ActivityDesks<string>({ hints, clock, logger: silentLogger, maxPollers });
  const state = { tasks: [] as string[], looks: 0, broken: false };
  const take = async (): Promise<string | null> => {
    state.looks += 1;
    if (state.broken) throw new Error('away');
    return state.tasks.shift() ?? null;
  };
  const poll = (signal = NEVER, activityArn = 'a') => desks.wait({ activityArn, signal, waitMs: 60_000, take });
  return { clock, hints, desks, state, poll };
}

describe('pollers of an activity', () => {
  it('cost one look each two seconds, however many they are', async () => {
    const { clock, desks, state, poll } = bench();
    const polls = Array.from({ length: 2_000 }, () => poll());
    await clock.advance(1);
    expect(desks.waiting('a')).toBe(2_000);
    await clock.advance(59_000);
    expect(state.looks).toBeLessThan(35);
    await clock.advance(1_000);
    expect(await Promise.all(polls)).toEqual(polls.map(() => null));
    expect(desks.waiting('a')).toBe(0);
  });

  it('are served in the order of arrival as soon as tasks are announced, many at once', async () => {
    const { clock, hints, state, poll } = bench();
    const polls = Array.from({ length: 100 }, () => poll());
    await clock.advance(10);
    state.tasks = Array.from({ length: 60 }, (_, index) => `task ${index}`);
    hints.announce('activity', 'other');
    hints.announce('activity', 'a');
    await clock.advance(1);
    expect(await Promise.all(polls.slice(0, 60))).toEqual(Array.from({ length: 60 }, (_, index) => `task ${index}`));
    state.tasks = ['lost'];
    await clock.advance(2_000);
    expect(await polls[60]).toBe('lost');
  });

  it('leave when they go away, and take nothing with them', async () => {
    const { clock, hints, desks, state, poll } = bench();
    const gone = new AbortController();
    const [leaving, staying] = [poll(gone.signal), poll()];
    await clock.advance(1);
    gone.abort();
    expect(await leaving).toBeNull();
    state.tasks = ['one'];
    hints.announce('activity', 'a');
    expect(await staying).toBe('one');
    expect(await poll(gone.signal)).toBeNull();
    expect(desks.waiting('a')).toBe(0);
  });

  it('are too many beyond the limit', async () => {
    const { clock, poll } = bench(2);
    void poll();
    void poll();
    await clock.advance(1);
    await expect(poll()).rejects.toMatchObject({
      code: 'ActivityWorkerLimitExceeded',
      message: expect.stringContaining('maximum number of workers concurrently polling'),
    });
    const other = poll(NEVER, 'b');
    await clock.advance(60_000);
    expect(await other).toBeNull();
  });

  it('hear of an error that a look for them met; the others wait on', async () => {
    const { clock, state, poll } = bench();
    state.broken = true;
    const [first, second] = [poll(), poll()];
    await expect(first).rejects.toThrow('away');
    state.broken = false;
    state.tasks = ['back'];
    await clock.advance(2_000);
    expect(await second).toBe('back');
  });
});
