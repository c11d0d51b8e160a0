import { CHECKPOINT_FORMAT } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions, faultyStore, type StoreFault } from '@everstep/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ExecutionLogEvent,
  SyncExecutions,
  type TaskOutcome,
  type TaskRequest,
  silentLogger,
  startExecution,
  stopExecution,
} from '../index.ts';

let open: { world: World; clock: VirtualClock } | null = null;

function makeWorld(options: Partial<WorldOptions> = {}) {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const log: ExecutionLogEvent[] = [];
  const executionLog = { write: (_target: object, events: readonly ExecutionLogEvent[]) => void log.push(...events) };
  const world = new World({
    store,
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    executionLog: { ...executionLog, close: async () => {} },
    ...options,
  });
  open = { world, clock };
  const sync = new SyncExecutions(world.context, { registry: world.registry });
  return { world, clock, store, context: world.context, sync, log };
}

afterEach(async () => {
  const stopping = open?.world.stop();
  await open?.clock.advance(20_000);
  await stopping;
  open = null;
});

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const task = (name: string, more: object = {}) => ({
  StartAt: 'A',
  States: { A: { Type: 'Task', Resource: functionArn(name), ...more, End: true } },
});
const pass = { StartAt: 'A', States: { A: { Type: 'Pass', Result: { done: true }, End: true } } };
const wait = (seconds: number) => ({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: seconds, End: true } } });
const LOGGED = {
  level: 'ALL',
  includeExecutionData: true,
  destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:g:*' } }],
} as const;
const EXPRESS = { type: 'EXPRESS', loggingConfiguration: LOGGED } as const;

describe('StartSyncExecution', () => {
  it('runs in this process and answers the end; nothing is stored', async () => {
    const { world, sync, store } = makeWorld();
    const arn = await world.createMachine(pass, 'quick', EXPRESS);
    const ended = await sync.start({ stateMachineArn: arn, name: 'one', input: '{"a":1.0}', traceHeader: 'Root=1' });
    expect(ended).toMatchObject({
      stateMachineArn: arn,
      name: 'one',
      status: 'SUCCEEDED',
      input: '{"a":1.0}',
      output: '{"done":true}',
      traceHeader: 'Root=1',
      billedDurationInMilliseconds: 100,
      billedMemoryUsedInMB: 64,
    });
    expect(ended.executionArn).toMatch(/^arn:aws:states:us-east-1:123456789012:express:quick:one:[0-9a-f-]{36}$/);
    const again = await sync.start({ stateMachineArn: arn, name: 'one' });
    expect(again.executionArn).not.toBe(ended.executionArn);
    expect(await store.listDue(10)).toEqual([]);
  });

  it('performs tasks, retries and catches them as Standard executions do', async () => {
    const keys: string[] = [];
    const { world, sync, clock } = makeWorld({
      tasks: {
        flaky: ({ attemptId }): TaskOutcome => {
          keys.push(attemptId);
          return keys.length < 3
            ? { type: 'failed', error: 'Flaky', cause: 'not yet' }
            : { type: 'succeeded', output: 'at last' };
        },
      },
    });
    const Retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 3 }];
    const arn = await world.createMachine(task('flaky', { Retry }), 'flaky', EXPRESS);
    const ending = sync.start({ stateMachineArn: arn });
    await clock.advance(3_100);
    const { startDate, stopDate, ...ended } = await ending;
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '"at last"', billedDurationInMilliseconds: 3_000 });
    expect(stopDate - startDate).toBe(3_000);
    expect(new Set(keys).size).toBe(3);
  });

  it('answers failures as values', async () => {
    const { world, sync } = makeWorld();
    const fail = { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } } };
    const arn = await world.createMachine(fail, 'fails', EXPRESS);
    const ended = await sync.start({ stateMachineArn: arn });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'on purpose' });
    expect(ended.output).toBeUndefined();
  });

  it.each([
    ['the machine says so', { ...wait(100), TimeoutSeconds: 2 }, 2_000],
    ['five minutes are over', { ...wait(100_000), TimeoutSeconds: 1_000 }, 300_000],
  ])('times out when %s', async (_when, definition, milliseconds) => {
    const { world, sync, clock } = makeWorld();
    const arn = await world.createMachine(definition, 'slow', EXPRESS);
    const ending = sync.start({ stateMachineArn: arn });
    await clock.advance(milliseconds - 1);
    expect(sync.size).toBe(1);
    await clock.advance(2);
    const ended = await ending;
    expect(ended).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
    expect(ended.cause).toBeUndefined();
  });

  it('ends an endless loop after five minutes, and lets others have their turn', async () => {
    const { world, sync, clock } = makeWorld();
    const loop = {
      StartAt: 'A',
      States: {
        A: { Type: 'Choice', Choices: [{ Variable: '$.never', IsPresent: true, Next: 'B' }], Default: 'A' },
        B: { Type: 'Succeed' },
      },
    };
    const endless = sync.start({ stateMachineArn: await world.createMachine(loop, 'loop', EXPRESS) });
    const other = await sync.start({ stateMachineArn: await world.createMachine(pass, 'quick', EXPRESS) });
    expect(other.status).toBe('SUCCEEDED');
    await clock.advance(300_001);
    expect(await endless).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' });
  });

  it('refuses what it cannot run', async () => {
    const { world, sync, store } = makeWorld();
    const standard = await world.createMachine(pass, 'standard');
    const arn = await world.createMachine(pass, 'quick', EXPRESS);
    const refused = (request: Parameters<typeof sync.start>[0], code: string) =>
      expect(sync.start(request)).rejects.toMatchObject({ code });
    await refused({ stateMachineArn: standard }, 'StateMachineTypeNotSupported');
    await refused({ stateMachineArn: `${arn}x` }, 'StateMachineDoesNotExist');
    await refused({ stateMachineArn: arn, name: 'a b' }, 'InvalidName');
    await refused({ stateMachineArn: arn, input: '{' }, 'InvalidExecutionInput');
    await store.markStateMachineDeleting(arn);
    await refused({ stateMachineArn: arn }, 'StateMachineDeleting');
  });

  it('runs only so many at once, and waits for them when it closes', async () => {
    const { world, sync, clock } = makeWorld({ settings: { maxSyncExecutions: 1 } });
    const arn = await world.createMachine(wait(3), 'slow', EXPRESS);
    const [first, ...others] = Array.from({ length: 10 }, () => sync.start({ stateMachineArn: arn }));
    const outcomes = Promise.allSettled(others);
    await clock.advance(1);
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    await expect(sync.start({ stateMachineArn: arn })).rejects.toMatchObject({ code: 'ThrottlingException' });
    const closed = sync.close(10_000);
    await clock.advance(3_000);
    expect(await first).toMatchObject({ status: 'SUCCEEDED' });
    await closed;
    const lost = sync.start({ stateMachineArn: arn });
    await clock.advance(1);
    const [told, impatient] = [lost.catch((error: unknown) => error), sync.close(100)];
    await clock.advance(101);
    expect(await told).toMatchObject({ code: 'ServiceUnavailable' });
    await impatient;
  });

  it('tells calls that nobody wants any more to stop', async () => {
    let signal: AbortSignal | null = null;
    const hang = (request: TaskRequest) => {
      ({ signal } = request);
      return new Promise<TaskOutcome>(() => undefined);
    };
    const { world, sync, clock } = makeWorld({ tasks: { hang } });
    const arn = await world.createMachine(task('hang', { TimeoutSeconds: 1 }), 'hangs', EXPRESS);
    const ending = sync.start({ stateMachineArn: arn });
    await clock.advance(1_001);
    expect(await ending).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(signal).toMatchObject({ aborted: true });
  });

  it('makes no call that nobody wants any more when its turn comes', async () => {
    const calls: string[] = [];
    const { world, sync, clock } = makeWorld({
      settings: { maxConcurrentCalls: 1 },
      tasks: {
        slow: async (): Promise<TaskOutcome> => {
          await clock.sleep(5_000);
          return { type: 'succeeded', output: {} };
        },
        late: ({ attemptId }): TaskOutcome => {
          calls.push(attemptId);
          return { type: 'succeeded', output: {} };
        },
      },
    });
    const Catch = [{ ErrorEquals: ['States.Timeout'], Next: 'C' }];
    const late = { ...task('late').States.A, TimeoutSeconds: 1, End: undefined, Next: 'C', Catch };
    const limited = { StartAt: 'B', States: { B: late, C: { Type: 'Succeed' } } };
    const both = { StartAt: 'P', States: { P: { Type: 'Parallel', Branches: [task('slow'), limited], End: true } } };
    const ending = sync.start({ stateMachineArn: await world.createMachine(both, 'both', EXPRESS) });
    await clock.advance(6_000);
    expect(await ending).toMatchObject({ status: 'SUCCEEDED' });
    expect(calls).toEqual([]);
  });
});

describe('an asynchronous Express execution', () => {
  it('runs in a worker and leaves nothing behind but its log', async () => {
    const { world, clock, context, store, log } = makeWorld();
    await world.startWorker();
    const arn = await world.createMachine(pass, 'quick', EXPRESS);
    const first = await startExecution(context, { stateMachineArn: arn, name: 'same', input: '{}' });
    const second = await startExecution(context, { stateMachineArn: arn, name: 'same', input: '{}' });
    expect(first.executionArn).toMatch(/:express:quick:same:[0-9a-f-]{36}$/);
    expect(second.executionArn).not.toBe(first.executionArn);
    await clock.advance(20);
    const events = log.map(({ message }) => JSON.parse(message));
    expect(events.filter(({ execution_arn }) => execution_arn === first.executionArn)).toEqual([
      expect.objectContaining({ id: '1', type: 'ExecutionStarted', previous_event_id: '0', redrive_count: '0' }),
      expect.objectContaining({ id: '2', type: 'PassStateEntered' }),
      expect.objectContaining({ id: '3', type: 'PassStateExited' }),
      expect.objectContaining({ id: '4', type: 'ExecutionSucceeded', event_timestamp: String(first.startDate) }),
    ]);
    expect((await store.listWorkers())[0]?.runs).toBe(0);
    expect(await store.findExecutionByArn(first.executionArn)).toBeNull();
    await expect(stopExecution(context, { executionArn: first.executionArn })).rejects.toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
  });

  it('is handed over by a worker that drains, and begins anew', async () => {
    const calls: string[] = [];
    const work = (request: TaskRequest): Promise<TaskOutcome> => {
      calls.push(request.attemptId);
      if (calls.length === 1) return new Promise(() => undefined);
      return Promise.resolve({ type: 'succeeded', output: calls.length });
    };
    const { world, clock, context, log } = makeWorld({ tasks: { work } });
    await world.startScheduler();
    const first = await world.startWorker();
    await startExecution(context, { stateMachineArn: await world.createMachine(task('work'), 'work', EXPRESS) });
    await clock.advance(20);
    expect(first.status().residentExecutions).toBe(1);
    const drained = first.drain(500);
    await clock.advance(600);
    await drained;
    await world.startWorker();
    await clock.advance(2_000);
    expect(JSON.parse(log.at(-1)?.message ?? '{}')).toMatchObject({
      type: 'ExecutionSucceeded',
      details: { output: '2' },
    });
    // The same attempt, so that whoever is called can tell.
    expect(new Set(calls).size).toBe(1);
  });

  it('is given up once the workers that run it have died again and again', async () => {
    const { world, clock, context, store, log } = makeWorld();
    const arn = await world.createMachine(pass, 'deadly', EXPRESS);
    const { executionId } = await startExecution(context, { stateMachineArn: arn });
    for (let death = 0; death < 7; death += 1) {
      const workerId = `worker-${death}`;
      await store.registerWorker({ workerId, host: 'host', leaseMs: 10 });
      const claimed = await store.claim({ workerId, executionIds: [executionId], formats: [CHECKPOINT_FORMAT] });
      expect(claimed.length).toBe(1);
      await clock.advance(11);
      await store.releaseLapsed(10);
    }
    await world.startScheduler();
    await world.startWorker();
    await clock.advance(2_000);
    expect(log.map(({ message }) => JSON.parse(message))).toEqual([
      expect.objectContaining({
        type: 'ExecutionFailed',
        details: {
          error: 'States.Runtime',
          cause: 'This execution cannot go on: the workers that ran it died 7 times in a row.',
        },
      }),
    ]);
    expect(await store.nextWakeAt()).toBeNull();
  });

  it('ends with a failure where its interpreter throws, and takes no other with it', async () => {
    const broken = {
      get member(): string {
        throw new Error('broken');
      },
    };
    const { world, clock, context, log } = makeWorld({
      tasks: { big: () => ({ type: 'succeeded', output: broken }) },
    });
    await world.startWorker();
    await startExecution(context, { stateMachineArn: await world.createMachine(task('big'), 'big', EXPRESS) });
    await clock.advance(20);
    expect(log.map(({ message }) => JSON.parse(message)).at(-1)).toMatchObject({
      type: 'ExecutionFailed',
      details: { error: 'States.Runtime' },
    });
  });
});

/** What an observer sees of three executions whose first worker meets one fault. */
async function runWithFault(kind: StoreFault | null, at: number) {
  const clock = new VirtualClock();
  const truth = createMemoryStore({ now: () => clock.now() });
  const hints = createLocalQueue({ logger: silentLogger });
  const effects: string[] = [];
  const work = (request: TaskRequest): TaskOutcome => {
    effects.push(request.attemptId);
    return { type: 'succeeded', output: null };
  };
  const front = new World({ store: truth, hints, clock, tasks: { work } });
  await front.startScheduler();
  const first = faultyStore(truth, kind === null ? undefined : { kind, at });
  const crashing = new World({ store: first.store, hints, clock, tasks: { work } });
  crashing.startWorker().catch(() => undefined);
  await clock.advance(5);
  const arn = await front.createMachine(task('work'), 'work', EXPRESS);
  const started = await Promise.all(
    Array.from({ length: 3 }, () => startExecution(front.context, { stateMachineArn: arn })),
  );
  await clock.advance(50);
  await front.startWorker();
  await clock.advance(30_000);
  const left = (await truth.nextWakeAt()) !== null || (await truth.listWorkers()).some(({ runs }) => runs > 0);
  const calls = first.calls();
  first.crash();
  const stopping = front.stop();
  await clock.advance(10_000);
  await stopping;
  return { left, calls, effects, keys: started.map(({ executionId }) => `${executionId}-3`) };
}

describe('a fault at every call to the store', () => {
  const kinds: StoreFault[] = ['crash-before', 'crash-after', 'unknown-done', 'unknown-not-done', 'unavailable'];
  it.each(kinds)('%s: every execution runs at least once, and all rows go', async (kind) => {
    const { calls } = await runWithFault(null, 0);
    for (let at = 0; at < Math.min(calls, 12); at++) {
      const seen = await runWithFault(kind, at);
      const where = `${kind} at call ${at}`;
      expect(seen.left, where).toBe(false);
      expect([...new Set(seen.effects)].toSorted(), where).toEqual(seen.keys.toSorted());
      expect(seen.effects.length, where).toBeLessThanOrEqual(6);
    }
  });
});
