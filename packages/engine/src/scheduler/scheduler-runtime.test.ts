import { CHECKPOINT_FORMAT } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_SETTINGS,
  type HintQueue,
  type MetricMeasure,
  type Metrics,
  silentLogger,
  silentMetrics,
  startExecution,
} from '../index.ts';
import { createSchedulerRuntime } from './scheduler-runtime.ts';

const stops: Array<{ readonly stop: () => Promise<void>; readonly clock: VirtualClock }> = [];

afterEach(async () => {
  for (const { stop, clock } of stops.splice(0)) {
    const stopping = stop();
    await clock.advance(5_000);
    await stopping;
  }
});

/** What was observed, by measure. */
function recordingMetrics(): Metrics & { readonly seen: Map<MetricMeasure, number[]> } {
  const seen = new Map<MetricMeasure, number[]>();
  return {
    ...silentMetrics,
    seen,
    observe: (measure, value) => {
      seen.set(measure, [...(seen.get(measure) ?? []), value]);
    },
  };
}

interface Made {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly queue: HintQueue;
  readonly metrics: ReturnType<typeof recordingMetrics>;
}

/** One worker, and so many schedulers, which know nothing of each other. */
async function running(schedulers: number, options: Partial<WorldOptions> = {}): Promise<Made> {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const queue = createLocalQueue({ logger: silentLogger });
  const metrics = recordingMetrics();
  const world = new World({ store, hints: queue, clock, metrics, ...options });
  const runtimes = Array.from({ length: schedulers }, () => createSchedulerRuntime(world.context));
  for (const runtime of runtimes) await runtime.start();
  await world.startWorker();
  stops.push({
    clock,
    stop: async () => {
      await world.stop();
      await Promise.all(runtimes.map((runtime) => runtime.stop()));
    },
  });
  return { world, clock, queue, metrics };
}

const waitUntil = (clock: VirtualClock, milliseconds: number): object => ({
  StartAt: 'Rest',
  States: { Rest: { Type: 'Wait', Timestamp: new Date(clock.now() + milliseconds).toISOString(), End: true } },
});

describe('timers', () => {
  it('a Wait ends in the millisecond it names, however many schedulers look', async () => {
    const { world, clock, metrics } = await running(3);
    const arn = await world.createMachine(waitUntil(clock, 5_003));
    const { executionArn } = await startExecution(world.context, { stateMachineArn: arn });
    await clock.advance(5_002);
    expect(await world.status(executionArn)).toBe('RUNNING');
    await clock.advance(1);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(metrics.seen.get('timerLatenessMs')).toEqual([0]);
    expect(metrics.seen.get('wakeLatenessMs')).toContain(0);
    const events = await world.history(executionArn);
    expect(events.filter(({ type }) => type === 'WaitStateExited')).toHaveLength(1);
  });

  it('thousands due in the same second are spread over the workers, none is dropped, the queue stays short', async () => {
    const count = 3_000;
    const { world, clock, queue } = await running(2, { settings: { maxResidentExecutions: 50 } });
    const arn = await world.createMachine(waitUntil(clock, 60_000));
    const started = await Promise.all(
      Array.from({ length: count }, () => startExecution(world.context, { stateMachineArn: arn })),
    );
    await clock.advance(59_000);
    let deepest = 0;
    const ended = async (): Promise<number> => {
      const { depth = 0 } = await queue.health();
      deepest = Math.max(deepest, depth);
      const statuses = await Promise.all(started.map(({ executionArn }) => world.status(executionArn)));
      return statuses.filter((status) => status === 'SUCCEEDED').length;
    };
    expect(await ended()).toBe(0);
    for (let second = 0; second < 60 && (await ended()) < count; second++) await clock.advance(1_000);
    expect(await ended()).toBe(count);
    expect(deepest).toBeLessThan(count);
  });

  it('a queue that is full gets no more hints until the workers have caught up; what is due stays due', async () => {
    const local = createLocalQueue({ logger: silentLogger });
    let depth = 20_000;
    let hints = 0;
    const queue: HintQueue = {
      send: (ids) => {
        hints += ids.length;
        local.send(ids);
      },
      sendToWorker: (workerId, ids) => local.sendToWorker(workerId, ids),
      consume: (consumer) => local.consume(consumer),
      announce: (topic, payload) => local.announce(topic, payload),
      listen: (topic, listener) => local.listen(topic, listener),
      health: async () => ({ healthy: true, depth }),
      close: () => local.close(),
    };
    const { world, clock } = await running(1, { hints: queue, settings: { warmMs: 0 } });
    const arn = await world.createMachine(waitUntil(clock, 2_000));
    const { executionArn } = await startExecution(world.context, { stateMachineArn: arn });
    await clock.advance(1_000);
    hints = 0;
    await clock.advance(9_000);
    expect(hints).toBe(0);
    expect(await world.status(executionArn)).toBe('RUNNING');
    depth = 0;
    await clock.advance(200);
    expect(hints).toBe(1);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
  });
});

describe('duties', () => {
  it('retention removes all that is over, batch by batch, and nothing else', async () => {
    const settings = { ...DEFAULT_SETTINGS, retentionMs: 600_000, nameReuseMs: 0 };
    const { world, clock } = await running(2, { settings });
    const pass = await world.createMachine({ StartAt: 'A', States: { A: { Type: 'Succeed' } } });
    const ended = await Promise.all(
      Array.from({ length: 1_200 }, () => startExecution(world.context, { stateMachineArn: pass })),
    );
    const open = await startExecution(world.context, {
      stateMachineArn: await world.createMachine(waitUntil(clock, 10_000_000)),
    });
    await clock.advance(500_000);
    const known = async (): Promise<number> => {
      const found = await Promise.all(ended.map(({ executionArn }) => world.status(executionArn)));
      return found.filter((status) => status !== 'UNKNOWN').length;
    };
    expect(await known()).toBe(1_200);
    await clock.advance(200_000);
    expect(await known()).toBe(0);
    expect(await world.status(open.executionArn)).toBe('RUNNING');
  });

  it('a run whose owner is dead goes to another worker; the epoch goes on', async () => {
    const { world, clock } = await running(2);
    const { store, settings } = world.context;
    const arn = await world.createMachine(waitUntil(clock, 1_000_000));
    const { executionId, executionArn } = await startExecution(world.context, { stateMachineArn: arn });
    await clock.advance(100);
    // Somebody takes it, and is never heard of again.
    await store.registerWorker({ workerId: 'gone', host: 'elsewhere', leaseMs: settings.leaseMs });
    const [claimed] = await store.claim({
      workerId: 'gone',
      executionIds: [executionId],
      formats: [CHECKPOINT_FORMAT],
    });
    await clock.advance(settings.leaseMs - 100);
    expect((await store.listWorkers()).find(({ workerId }) => workerId === 'gone')).toMatchObject({ runs: 1 });
    await clock.advance(settings.leaseMs);
    const gone = (await store.listWorkers()).find(({ workerId }) => workerId === 'gone');
    expect(gone).toMatchObject({ runs: 0, dead: true });
    expect(await store.reread([{ executionId, epoch: (claimed?.epoch ?? 0) + 1, consumed: 0 }])).toHaveLength(1);
    await clock.advance(1_000_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
  });

  it('a duty that fails is counted and runs again at its time; the others go on', async () => {
    const { world, clock } = await running(1);
    const turns: number[] = [];
    const begin = clock.now();
    const scheduler = createSchedulerRuntime(world.context, {
      duties: [
        {
          name: 'shaky',
          everyMs: 1_000,
          run: async () => {
            turns.push(clock.now() - begin);
            throw new Error('not now');
          },
        },
      ],
    });
    await scheduler.start();
    await clock.advance(2_500);
    expect(turns).toEqual([0, 1_000, 2_000]);
    const stopping = scheduler.stop();
    await clock.advance(1_000);
    await stopping;
  });
});
