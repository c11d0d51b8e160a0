import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { type StoreFault, VirtualClock, World, type WorldOptions, faultyStore } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type TaskOutcome,
  deleteStateMachine,
  reasonNotToRedrive,
  redriveExecution,
  silentLogger,
  startExecution,
  stopExecution,
} from './index.ts';

const DAY_MS = 86_400_000;
const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const task = (name: string) => ({ Type: 'Task', Resource: functionArn(name) });
const branch = (name: string) => ({ StartAt: name, States: { [name]: { ...task(name), End: true } } });
const DEFINITION = {
  StartAt: 'first',
  States: {
    first: { ...task('first'), Next: 'Both' },
    Both: { Type: 'Parallel', Branches: [branch('good'), branch('weak')], End: true },
  },
};

const worlds: Array<{ world: World; clock: VirtualClock }> = [];
afterEach(async () => {
  for (const { world, clock } of worlds.splice(0)) {
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  }
});

/** A world whose `weak` task fails until it is mended, and what its tasks were asked. */
async function weakWorld(options: Partial<WorldOptions> = {}) {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const calls: string[] = [];
  const health = { weak: true };
  const does = (name: string, fails: () => boolean) => (): TaskOutcome => {
    calls.push(name);
    return fails() ? { type: 'failed', error: 'Weak', cause: 'not yet' } : { type: 'succeeded', output: name };
  };
  const tasks = {
    first: does('first', () => false),
    good: does('good', () => false),
    weak: does('weak', () => health.weak),
  };
  const hints = createLocalQueue({ logger: silentLogger });
  const world = new World({ store, hints, clock, tasks, ...options });
  worlds.push({ world, clock });
  await world.startWorker();
  await world.startScheduler();
  const stateMachineArn = await world.createMachine(DEFINITION);
  const { executionArn } = await startExecution(world.context, { stateMachineArn });
  await clock.advance(50);
  return { world, clock, store, hints, tasks, calls, health, stateMachineArn, executionArn, context: world.context };
}

const refused = (reason: string) => expect.objectContaining({ code: 'ExecutionNotRedrivable', message: reason });

describe('redriving an execution', () => {
  it('goes on from the failed branch, and tells it', async () => {
    const { world, clock, store, calls, health, executionArn, context } = await weakWorld();
    expect(await world.status(executionArn)).toBe('FAILED');
    health.weak = false;
    await clock.advance(60_000);
    const { redriveDate } = await redriveExecution(context, { executionArn });
    const open = await store.findExecutionByArn(executionArn);
    expect(open).toMatchObject({ status: 'RUNNING', redriveCount: 1, redriveDate, stopDate: null, error: null });
    await clock.advance(50);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(await world.output(executionArn)).toEqual(['good', 'weak']);
    expect(calls.toSorted()).toEqual(['first', 'good', 'weak', 'weak']);
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect(types.filter((type) => type === 'ExecutionRedriven')).toHaveLength(1);
  });

  it('answers the same token the same, and another while it runs with a refusal', async () => {
    const { clock, store, executionArn, context } = await weakWorld();
    const first = await redriveExecution(context, { executionArn, clientToken: 'once' });
    await expect(redriveExecution(context, { executionArn, clientToken: 'twice' })).rejects.toEqual(
      refused('Execution is RUNNING and cannot be redriven'),
    );
    await clock.advance(60_000);
    expect(await redriveExecution(context, { executionArn, clientToken: 'once' })).toEqual(first);
    expect((await store.findExecutionByArn(executionArn))?.redriveCount).toBe(1);
    await clock.advance(15 * 60_000);
    const later = await redriveExecution(context, { executionArn, clientToken: 'once' });
    expect(later.redriveDate).toBeGreaterThan(first.redriveDate);
  });

  it('is asked twice at once and happens once', async () => {
    const { store, executionArn, context } = await weakWorld();
    const same = { executionArn, clientToken: 'once' };
    const [one, two] = await Promise.all([redriveExecution(context, same), redriveExecution(context, same)]);
    expect(one).toEqual(two);
    expect((await store.findExecutionByArn(executionArn))?.redriveCount).toBe(1);
  });

  it('is refused in AWS’s words', async () => {
    const { clock, store, health, stateMachineArn, executionArn, context } = await weakWorld();
    const missing = `${executionArn}0`;
    await expect(redriveExecution(context, { executionArn: missing })).rejects.toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
    const record = await store.findExecutionByArn(executionArn);
    if (record === null) throw new Error('it is there');
    expect(await reasonNotToRedrive(context, record)).toBeNull();
    const long = { ...store, findEndedRun: async () => ({ lastEventId: 24_999 }) };
    expect(await reasonNotToRedrive({ store: long, clock }, record)).toBe('Execution history event limit exceeded');
    const stopDate = (record.stopDate ?? 0) - 14 * DAY_MS;
    expect(await reasonNotToRedrive(context, { ...record, stopDate: stopDate + 1_000 })).toBeNull();
    const late = { ...record, stopDate: stopDate - 1_000 };
    expect(await reasonNotToRedrive(context, late)).toBe('Execution redrivable period exceeded');
    const tired = { ...record, redriveCount: 1_000 };
    expect(await reasonNotToRedrive(context, tired)).toBe('Execution redrive limit exceeded');
    const old = { ...record, startDate: record.startDate - 366 * DAY_MS };
    expect(await reasonNotToRedrive(context, old)).toBe('Execution has exceeded the max execution time');
    health.weak = false;
    await redriveExecution(context, { executionArn });
    await clock.advance(50);
    const succeeded = refused('Execution is SUCCEEDED and cannot be redriven');
    await expect(redriveExecution(context, { executionArn })).rejects.toEqual(succeeded);
    health.weak = true;
    const { executionArn: third } = await startExecution(context, { stateMachineArn });
    await clock.advance(50);
    await deleteStateMachine(context, { stateMachineArn });
    const deleting = refused('State machine is in DELETING status');
    await expect(redriveExecution(context, { executionArn: third })).rejects.toEqual(deleting);
  });

  it('is stopped before anybody has seen it, and redriven again', async () => {
    const { world, clock, health, hints, store, tasks, executionArn } = await weakWorld();
    // A front without a worker: nobody claims the run.
    const front = new World({ store, hints: { ...hints, send: () => undefined }, clock, tasks });
    health.weak = false;
    await redriveExecution(front.context, { executionArn });
    await stopExecution(front.context, { executionArn, error: 'Stopped' });
    expect(await world.status(executionArn)).toBe('ABORTED');
    await redriveExecution(world.context, { executionArn });
    await clock.advance(50);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect(types.filter((type) => type === 'ExecutionRedriven')).toHaveLength(2);
  });
});

describe('a fault at every call to the store while a redrive runs', () => {
  const kinds: StoreFault[] = ['crash-before', 'crash-after', 'unknown-done', 'unknown-not-done', 'unavailable'];
  it.each(kinds)(
    '%s changes nothing that anyone sees',
    async (kind) => {
      for (let at = 0; at < 14; at++) {
        const made = await weakWorld();
        const { world, clock, store, hints, tasks, health, executionArn } = made;
        health.weak = false;
        const first = faultyStore(store, { kind, at });
        const crashing = new World({ store: first.store, hints, clock, tasks });
        crashing.startWorker().catch(() => undefined);
        await clock.advance(5);
        await redriveExecution(world.context, { executionArn });
        for (let round = 0; round < 200 && (await world.status(executionArn)) === 'RUNNING'; round++) {
          await clock.advance(100);
        }
        expect(await world.status(executionArn), `${kind} at call ${at}`).toBe('SUCCEEDED');
        expect(await world.output(executionArn)).toEqual(['good', 'weak']);
        const types = (await world.history(executionArn)).map((event) => event.type);
        expect(types.filter((type) => type === 'ExecutionRedriven')).toHaveLength(1);
        first.crash();
      }
    },
    60_000,
  );
});
