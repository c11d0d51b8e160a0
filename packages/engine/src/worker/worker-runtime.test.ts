import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions } from '@everstep/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  StoreUnavailableError,
  type TaskOutcome,
  silentLogger,
  sendTaskFailure,
  sendTaskHeartbeat,
  sendTaskSuccess,
  startExecution,
  stopExecution,
  getActivityTask,
} from '../index.ts';

const worlds: Array<{ world: World; clock: VirtualClock }> = [];

function makeWorld(options: Partial<WorldOptions> = {}) {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock, ...options });
  worlds.push({ world, clock });
  return { world, clock, store, context: world.context };
}

async function running(options: Partial<WorldOptions> = {}) {
  const made = makeWorld(options);
  await made.world.startWorker();
  await made.world.startScheduler();
  return made;
}

afterEach(async () => {
  for (const { world, clock } of worlds.splice(0)) {
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  }
});

const functionArn = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
const single = (state: object) => ({ StartAt: 'A', States: { A: { ...state, End: true } } });

describe('one execution', () => {
  it('runs pure states to the end in one go', async () => {
    const { world, clock, context } = await running();
    const arn = await world.createMachine({
      StartAt: 'A',
      States: { A: { Type: 'Pass', Result: { x: 1 }, ResultPath: '$.a', Next: 'B' }, B: { Type: 'Succeed' } },
    });
    const { executionArn } = await startExecution(context, { stateMachineArn: arn, input: '{"in":1.0}' });
    await clock.advance(10);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    const events = await world.history(executionArn);
    expect(events.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    expect((await context.store.findExecutionByArn(executionArn))?.output).toBe('{"in":1.0,"a":{"x":1}}');
  });

  it('is claimed by the hint that it has, though the store was away for a moment', async () => {
    const { world, clock, context, store } = makeWorld();
    const claim = store.claim.bind(store);
    let failures = 1;
    store.claim = async (request) => {
      if (failures-- > 0) throw new StoreUnavailableError('the connection was cut');
      return claim(request);
    };
    // No scheduler gives another hint.
    await world.startWorker();
    const stateMachineArn = await world.createMachine(single({ Type: 'Pass' }));
    const short = await startExecution(context, { stateMachineArn, input: '{}' });
    await clock.advance(300);
    expect(await world.status(short.executionArn)).toBe('SUCCEEDED');
    failures = Number.POSITIVE_INFINITY;
    const long = await startExecution(context, { stateMachineArn, input: '{}' });
    await clock.advance(context.settings.graceMs);
    failures = 0;
    await clock.advance(60_000);
    expect(await world.status(long.executionArn)).toBe('RUNNING');
    await world.startScheduler();
    await clock.advance(2_000);
    expect(await world.status(long.executionArn)).toBe('SUCCEEDED');
  });

  it('performs a function after the commit, once, under a stable key', async () => {
    const keys: string[] = [];
    const { world, clock, context } = await running({
      tasks: {
        double: ({ parameters, attemptId }): TaskOutcome => {
          keys.push(attemptId);
          return { type: 'succeeded', output: [parameters, parameters] };
        },
      },
    });
    const arn = await world.createMachine(single({ Type: 'Task', Resource: functionArn('double') }));
    const started = await startExecution(context, { stateMachineArn: arn, input: '7' });
    await clock.advance(10);
    expect(await world.output(started.executionArn)).toEqual([7, 7]);
    expect(keys).toEqual([`${started.executionId}-3`]);
    await world.history(started.executionArn);
  });

  it('commits what a fan-out is answered in one turn together, and what it goes on with', async () => {
    const { world, clock, store, context } = await running({
      tasks: { one: (): TaskOutcome => ({ type: 'succeeded', output: 1 }) },
    });
    const commit = vi.spyOn(store, 'commit');
    const one = { StartAt: 'One', States: { One: { Type: 'Task', Resource: functionArn('one'), End: true } } };
    const arn = await world.createMachine(single({ Type: 'Map', ItemProcessor: one, MaxConcurrency: 10 }));
    const input = JSON.stringify(Array.from({ length: 30 }, (_, index) => index));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn, input });
    await clock.advance(10);
    expect(await world.output(executionArn)).toHaveLength(30);
    // The first ten are scheduled, then those that follow ten answers, twice, and the end.
    expect(commit).toHaveBeenCalledTimes(4);
  });

  it('retries, then catches', async () => {
    let calls = 0;
    const { world, clock, context } = await running({
      tasks: {
        flaky: (): TaskOutcome => {
          calls++;
          return { type: 'failed', error: 'Busy', cause: 'come back later' };
        },
      },
    });
    const arn = await world.createMachine({
      StartAt: 'A',
      States: {
        A: {
          Type: 'Task',
          Resource: functionArn('flaky'),
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 5, MaxAttempts: 2 }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }],
          End: true,
        },
        B: { Type: 'Pass', End: true },
      },
    });
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(4_990);
    expect(calls).toBe(1);
    await clock.advance(20);
    expect(calls).toBe(2);
    await clock.advance(10_000);
    expect(calls).toBe(3);
    expect(await world.output(executionArn)).toEqual({ Error: 'Busy', Cause: 'come back later' });
  });

  it('parks on a Wait and wakes at its time', async () => {
    const { world, clock, store, context } = await running();
    const arn = await world.createMachine(single({ Type: 'Wait', Seconds: 3600 }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(100);
    const workers = await store.listWorkers();
    expect(workers.map((worker) => worker.runs)).toEqual([0]);
    await clock.advance(3_599_800);
    expect(await world.status(executionArn)).toBe('RUNNING');
    await clock.advance(200);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
  });

  it('goes through Parallel and Map with tasks in every branch', async () => {
    const { world, clock, context } = await running({
      tasks: { id: ({ parameters }): TaskOutcome => ({ type: 'succeeded', output: parameters }) },
    });
    const task = single({ Type: 'Task', Resource: functionArn('id') });
    const arn = await world.createMachine({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Parallel',
          Branches: [task, { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 1, End: true } } }],
          Next: 'M',
        },
        M: { Type: 'Map', ItemProcessor: { ...task, StartAt: 'T', States: { T: task.States.A } }, End: true },
      },
    });
    const { executionArn } = await startExecution(context, { stateMachineArn: arn, input: '{"k":1}' });
    await clock.advance(2_000);
    expect(await world.output(executionArn)).toEqual([{ k: 1 }, { k: 1 }]);
    await world.history(executionArn);
  });
});

describe('callbacks', () => {
  async function waiting(state: object = {}) {
    const tokens: string[] = [];
    const made = await running({
      tasks: {
        'lambda:invoke': ({ token }): TaskOutcome => {
          if (token !== null) tokens.push(token);
          return { type: 'submitted', output: { asked: true } };
        },
      },
    });
    const arn = await made.world.createMachine(
      single({
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
        ...state,
      }),
    );
    const { executionArn } = await startExecution(made.context, { stateMachineArn: arn });
    await made.clock.advance(10);
    return { ...made, executionArn, token: tokens[0] ?? '' };
  }

  it('a success ends the task, a second one comes too late', async () => {
    const { world, clock, context, executionArn, token } = await waiting();
    await sendTaskSuccess(context, { taskToken: token, output: '{"ok":true}' });
    await expect(sendTaskSuccess(context, { taskToken: token, output: '{}' })).rejects.toMatchObject({
      code: 'TaskTimedOut',
    });
    await clock.advance(10);
    expect(await world.output(executionArn)).toEqual({ ok: true });
    await expect(sendTaskFailure(context, { taskToken: token })).rejects.toMatchObject({ code: 'TaskTimedOut' });
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect(types).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('a failure fails it with its error', async () => {
    const { world, clock, context, executionArn, token } = await waiting();
    await sendTaskFailure(context, { taskToken: token, error: 'No', cause: 'because' });
    await clock.advance(10);
    expect(await world.status(executionArn)).toBe('FAILED');
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({ error: 'No', cause: 'because' });
  });

  it('a time-out closes it', async () => {
    const { world, clock, context, executionArn, token } = await waiting({ TimeoutSeconds: 60 });
    await clock.advance(60_100);
    expect(await world.status(executionArn)).toBe('FAILED');
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({ error: 'States.Timeout' });
    await expect(sendTaskSuccess(context, { taskToken: token, output: '1' })).rejects.toMatchObject({
      code: 'TaskTimedOut',
    });
  });

  it('heartbeats keep it alive, a missed one ends it', async () => {
    const { world, clock, context, executionArn, token } = await waiting({ HeartbeatSeconds: 10 });
    for (let beat = 0; beat < 5; beat++) {
      await clock.advance(8_000);
      await sendTaskHeartbeat(context, { taskToken: token });
    }
    expect(await world.status(executionArn)).toBe('RUNNING');
    await clock.advance(11_000);
    expect(await world.status(executionArn)).toBe('FAILED');
  });

  it('a request that is refused ends the task: nobody will call back', async () => {
    const { world, clock, context } = await running({
      tasks: { 'lambda:invoke': (): TaskOutcome => ({ type: 'failed', error: 'Broken', cause: 'at once' }) },
    });
    const resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
    const arn = await world.createMachine(
      single({ Type: 'Task', Resource: resource, Parameters: { FunctionName: 'f', 'Payload.$': '$$.Task.Token' } }),
    );
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(10);
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    expect((await world.history(executionArn)).map((event) => event.type)).toContain('TaskSubmitFailed');
  });

  it('a forged token is refused', async () => {
    const { context, token } = await waiting();
    const forged = `${token.slice(0, -4)}AAAA`;
    await expect(sendTaskSuccess(context, { taskToken: forged, output: '1' })).rejects.toMatchObject({
      code: 'InvalidToken',
    });
    await expect(sendTaskHeartbeat(context, { taskToken: 'nonsense' })).rejects.toMatchObject({ code: 'InvalidToken' });
  });
});

describe('activities', () => {
  it('a poller gets the task and completes it', async () => {
    const { world, clock, context, store } = await running();
    const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:sum';
    await store.createActivity({ activityArn, name: 'sum', createdAt: clock.now(), encryption: null });
    const arn = await world.createMachine(single({ Type: 'Task', Resource: activityArn }));
    const polling = getActivityTask(context, {
      activityArn,
      workerName: 'w',
      signal: new AbortController().signal,
      waitMs: 60_000,
    });
    await clock.advance(10);
    const { executionArn } = await startExecution(context, { stateMachineArn: arn, input: '[1,2]' });
    await clock.advance(10);
    const task = await polling;
    expect(task?.input).toBe('[1,2]');
    await sendTaskSuccess(context, { taskToken: task?.taskToken ?? '', output: '3' });
    await clock.advance(10);
    expect(await world.output(executionArn)).toBe(3);
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect(types).toContain('ActivityStarted');
  });

  it('a task of an activity that is not there fails', async () => {
    const { world, clock, context } = await running();
    const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:gone';
    const arn = await world.createMachine(single({ Type: 'Task', Resource: activityArn }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(10);
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
    });
  });

  it('a poll without a task ends empty after its time', async () => {
    const { clock, context, store } = await running();
    const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:idle';
    await store.createActivity({ activityArn, name: 'idle', createdAt: clock.now(), encryption: null });
    const polling = getActivityTask(context, { activityArn, signal: new AbortController().signal, waitMs: 60_000 });
    await clock.advance(60_001);
    expect(await polling).toBeNull();
    const unknown = getActivityTask(context, {
      activityArn: `${activityArn}x`,
      signal: new AbortController().signal,
      waitMs: 1,
    });
    await expect(unknown).rejects.toMatchObject({ code: 'ActivityDoesNotExist' });
  });
});

describe('a loop of pure states', () => {
  it('is cut into turns and goes on, in another worker too', async () => {
    const { world, clock, context } = await running();
    const arn = await world.createMachine({
      StartAt: 'Count',
      States: {
        Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'More' },
        More: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericLessThan: 3000, Next: 'Count' }], Default: 'Done' },
        Done: { Type: 'Succeed' },
      },
    });
    const { executionArn } = await startExecution(context, { stateMachineArn: arn, input: '{"n":0}' });
    await clock.advance(10);
    expect(await world.output(executionArn)).toEqual({ n: 3000 });
    await world.history(executionArn);
  });
});

describe('stopping', () => {
  it('aborts a parked execution at once, with its error and cause', async () => {
    const { world, clock, context } = await running();
    const arn = await world.createMachine(single({ Type: 'Wait', Seconds: 3600 }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(10);
    await stopExecution(context, { executionArn, error: 'Enough', cause: 'of it' });
    expect(await world.status(executionArn)).toBe('ABORTED');
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({ error: 'Enough', cause: 'of it' });
    await world.history(executionArn);
  });

  it('aborts an execution that no worker has looked at yet', async () => {
    const { world, context } = makeWorld();
    const arn = await world.createMachine(single({ Type: 'Wait', Seconds: 3600 }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await stopExecution(context, { executionArn });
    expect(await world.status(executionArn)).toBe('ABORTED');
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect([types[0], types.at(-1)]).toEqual(['ExecutionStarted', 'ExecutionAborted']);
  });

  it('cancels the call of the worker that owned it', async () => {
    let cancelled = false;
    const { world, clock, context } = await running({
      tasks: {
        slow: (request) =>
          new Promise<TaskOutcome>((resolve) => {
            request.signal.addEventListener('abort', () => {
              cancelled = true;
              resolve({ type: 'succeeded', output: null });
            });
          }),
      },
    });
    const arn = await world.createMachine(single({ Type: 'Task', Resource: functionArn('slow') }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(10);
    await stopExecution(context, { executionArn });
    await clock.advance(10);
    expect(cancelled).toBe(true);
    expect(await world.status(executionArn)).toBe('ABORTED');
  });
});
