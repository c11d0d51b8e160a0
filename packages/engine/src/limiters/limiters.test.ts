import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions } from '@everstep/testkit';
import { limiterArn } from '@everstep/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Limit,
  type LimiterSettings,
  NO_LIMIT,
  type TaskOutcome,
  type TaskRequest,
  deleteLimiter,
  getActivityTask,
  pauseLimiter,
  putLimiter,
  resumeLimiter,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  stopExecution,
} from '../index.ts';

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:work';
const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
const stops: Array<{ readonly world: World; readonly clock: VirtualClock }> = [];

afterEach(async () => {
  for (const { world, clock } of stops.splice(0)) {
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  }
});

const upTo = (concurrency: number): Limit => ({ concurrency, rate: null });
const settingsOf = (given: Partial<LimiterSettings>): LimiterSettings => ({
  ...{ description: null, resource: null, stateMachine: null, key: null, priority: 0 },
  ...{ limit: NO_LIMIT, limitPerKey: NO_LIMIT, ...given },
});
const workOf = (fields: object = {}): object => ({
  StartAt: 'Work',
  States: { Work: { Type: 'Task', Resource: LAMBDA, End: true, ...fields } },
});

/** A world whose function stays open until it is told to end. */
class Rig {
  readonly clock = new VirtualClock();
  readonly calls: Array<{ readonly request: TaskRequest; readonly end: (outcome?: TaskOutcome) => void }> = [];
  readonly tokens: string[] = [];
  readonly world: World;

  constructor(options: Partial<WorldOptions> = {}) {
    const store = createMemoryStore({ now: () => this.clock.now() });
    const hints = createLocalQueue({ logger: silentLogger });
    const work = (request: TaskRequest): Promise<TaskOutcome> =>
      new Promise((resolve) => {
        const end = (outcome: TaskOutcome = { type: 'succeeded', output: request.parameters }): void =>
          resolve(outcome);
        this.calls.push({ request, end });
      });
    const ask = ({ token }: TaskRequest): TaskOutcome => {
      this.tokens.push(token ?? '');
      return { type: 'submitted', output: {} };
    };
    const tasks = { work, 'sqs:sendMessage': ask };
    this.world = new World({ store, hints, clock: this.clock, tasks, ...options });
    stops.push(this);
  }

  async start(workers = 1): Promise<void> {
    for (let count = 0; count < workers; count++) await this.world.startWorker();
    await this.world.startScheduler();
  }

  async limiter(given: Partial<LimiterSettings>, name = 'limiter'): Promise<string> {
    await putLimiter(this.world.context, { name, settings: settingsOf(given) });
    await this.clock.advance(10);
    return limiterArn(this.world.context.settings, name);
  }

  async run(stateMachineArn: string, input: object = {}): Promise<string> {
    const { executionArn } = await startExecution(this.world.context, {
      stateMachineArn,
      input: JSON.stringify(input),
    });
    await this.clock.advance(50);
    return executionArn;
  }

  end(index: number): void {
    this.calls[index]?.end();
  }

  get open(): unknown[] {
    return this.calls.map(({ request }) => request.parameters);
  }
}

describe('a task under a limiter', () => {
  it('waits parked for a permit, and goes on with the next that is free', async () => {
    const rig = new Rig({ settings: { warmMs: 0 } });
    const { world, clock } = rig;
    await rig.start(2);
    await rig.limiter({ resource: 'arn:aws:lambda:*', limit: upTo(1) });
    const arn = await world.createMachine(workOf());
    const first = await rig.run(arn, { n: 1 });
    const second = await rig.run(arn, { n: 2 });
    expect(rig.open).toEqual([{ n: 1 }]);
    const run = await world.context.store.findExecutionByArn(second);
    expect((await world.context.store.listWorkers()).reduce((runs, worker) => runs + worker.runs, 0)).toBe(1);
    expect(run?.status).toBe('RUNNING');
    await clock.advance(60_000);
    rig.end(0);
    await clock.advance(50);
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }]);
    rig.end(1);
    await clock.advance(50);
    expect([await world.status(first), await world.status(second)]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const events = await world.history(second);
    const [scheduled, started] = events.filter(({ type }) => /Scheduled|Started$/.test(type)).slice(1);
    expect([scheduled?.type, started?.type]).toEqual(['LambdaFunctionScheduled', 'LambdaFunctionStarted']);
    expect((started?.timestamp ?? 0) - (scheduled?.timestamp ?? 0)).toBeGreaterThanOrEqual(60_000);
  });

  it("its time-out begins with its permit; the machine's own has begun before", async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    await rig.limiter({ limit: upTo(1) });
    const arn = await world.createMachine(workOf({ TimeoutSeconds: 5 }));
    const patient = await rig.run(arn, { n: 1 });
    const waiting = await rig.run(arn, { n: 2 });
    const short = await rig.run(await world.createMachine({ ...workOf(), TimeoutSeconds: 3 }), { n: 3 });
    await clock.advance(4_000);
    expect([await world.status(waiting), await world.status(short)]).toEqual(['RUNNING', 'TIMED_OUT']);
    await clock.advance(1_000);
    expect(await world.status(patient)).toBe('FAILED');
    await clock.advance(4_500);
    expect(await world.status(waiting)).toBe('RUNNING');
    await clock.advance(1_000);
    expect(await world.status(waiting)).toBe('FAILED');
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('a stop, and the failure of a sibling, free what they end', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    await rig.limiter({ resource: LAMBDA, limit: upTo(1) });
    const arn = await world.createMachine(workOf());
    const stopped = await rig.run(arn, { n: 1 });
    const failing = {
      StartAt: 'Rest',
      States: { Rest: { Type: 'Wait', Seconds: 2, Next: 'No' }, No: { Type: 'Fail' } },
    };
    const parallel = { Type: 'Parallel', Branches: [workOf(), failing], End: true };
    const sibling = await rig.run(await world.createMachine({ StartAt: 'P', States: { P: parallel } }), { n: 2 });
    await rig.run(arn, { n: 3 });
    await stopExecution(world.context, { executionArn: stopped });
    await clock.advance(50);
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }]);
    await clock.advance(2_000);
    expect(await world.status(sibling)).toBe('FAILED');
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(await world.context.store.countLimitedTasks()).toBe(0);
  });

  it('a callback keeps its permit until it is answered', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    await rig.limiter({ resource: '*.waitForTaskToken', limit: upTo(1) });
    const arn = await world.createMachine(workOf({ Resource: ASK, Parameters: {} }));
    await rig.run(arn);
    await rig.run(arn);
    await clock.advance(60_000);
    expect(rig.tokens).toHaveLength(1);
    await sendTaskSuccess(world.context, { taskToken: rig.tokens[0] ?? '', output: '{}' });
    await clock.advance(50);
    expect(rig.tokens).toHaveLength(2);
  });

  it("an activity's task is shown to workers once it has its permit", async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    const activityArn = 'arn:aws:states:us-east-1:123456789012:activity:desk';
    const { store } = world.context;
    await store.createActivity({ activityArn, name: 'desk', createdAt: clock.now(), encryption: null });
    await rig.limiter({ resource: activityArn, limit: upTo(1) });
    const arn = await world.createMachine(workOf({ Resource: activityArn, TimeoutSeconds: 9 }));
    await rig.run(arn, { n: 1 });
    const second = await rig.run(arn, { n: 2 });
    const poll = async () => {
      const { signal } = new AbortController();
      const polling = getActivityTask(world.context, { activityArn, waitMs: 100, signal });
      await clock.advance(3_000);
      return polling;
    };
    const task = await poll();
    expect(task?.input).toBe('{"n":1}');
    expect(await poll()).toBeNull();
    await sendTaskSuccess(world.context, { taskToken: task?.taskToken ?? '', output: '{}' });
    const other = await poll();
    await sendTaskSuccess(world.context, { taskToken: other?.taskToken ?? '', output: '{}' });
    await clock.advance(50);
    expect(await world.status(second)).toBe('SUCCEEDED');
  });

  it('each attempt needs a permit of its own, and none while it waits for its time', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    await rig.limiter({ limit: upTo(1) });
    const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 1 }];
    const arn = await world.createMachine(workOf({ Retry: retry }));
    await rig.run(arn, { n: 1 });
    await rig.run(arn, { n: 2 });
    rig.calls[0]?.end({ type: 'failed', error: 'Red', cause: '' });
    await clock.advance(50);
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }]);
    await clock.advance(11_000);
    expect(rig.open).toHaveLength(2);
    rig.end(1);
    await clock.advance(50);
    expect(rig.open).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
  });
});

describe('a limiter', () => {
  it('a rate holds across workers', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start(3);
    await rig.limiter({ limit: { concurrency: null, rate: { permits: 10, seconds: 1, burst: 2 } } });
    const arn = await world.createMachine(workOf());
    for (let count = 0; count < 30; count++) void startExecution(world.context, { stateMachineArn: arn, input: '{}' });
    await clock.advance(50);
    expect(rig.calls.length).toBe(2);
    await clock.advance(1_000);
    expect(rig.calls.length).toBeGreaterThanOrEqual(11);
    expect(rig.calls.length).toBeLessThanOrEqual(13);
    await clock.advance(2_000);
    expect(rig.calls.length).toBe(30);
  });

  it('knows tasks by machine, by what they call and by key, of its own account alone', async () => {
    const rig = new Rig();
    const { world } = rig;
    await rig.start();
    await rig.limiter({ stateMachine: 'slow-*', key: '$.customer', limitPerKey: upTo(1) });
    const slow = await world.createMachine(workOf(), 'slow-one');
    const fast = await world.createMachine(workOf(), 'fast');
    for (const customer of ['a', 'a', 'b']) await rig.run(slow, { customer });
    for (let count = 0; count < 2; count++) await rig.run(fast, { customer: 'a' });
    expect(rig.open.map((input) => JSON.stringify(input))).toEqual(
      ['a', 'b', 'a', 'a'].map((customer) => JSON.stringify({ customer })),
    );
  });

  it('JSONata and the context object give keys and priorities', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    await rig.limiter({
      key: '$$.Execution.Input.tenant',
      priority: '{% $states.input.vip ? 10 : 0 %}',
      limit: upTo(1),
    });
    const arn = await world.createMachine(workOf());
    const inputs = [{ tenant: 't' }, { tenant: 't' }, { tenant: 't', vip: true }];
    for (const input of inputs) await rig.run(arn, input);
    rig.end(0);
    await clock.advance(50);
    expect(rig.open.at(-1)).toEqual({ tenant: 't', vip: true });
    const limiter = limiterArn(world.context.settings, 'limiter');
    expect((await world.context.store.readLimiterUse(limiter, 3)).busiestKeys).toEqual([
      { key: 't', waiting: 1, permitsInUse: 1 },
    ]);
  });

  it('is paused, resumed and removed while tasks wait', async () => {
    const rig = new Rig();
    const { world, clock } = rig;
    await rig.start();
    const limiter = await rig.limiter({ limit: upTo(2) });
    await pauseLimiter(world.context, limiter);
    const arn = await world.createMachine(workOf());
    for (let n = 1; n <= 3; n++) await rig.run(arn, { n });
    await clock.advance(10_000);
    expect(rig.open).toEqual([]);
    await resumeLimiter(world.context, limiter);
    await clock.advance(50);
    expect(rig.open).toHaveLength(2);
    await deleteLimiter(world.context, limiter);
    await clock.advance(50);
    expect(rig.open).toHaveLength(3);
  });

  it('is refused where it limits nothing, or where its expressions are none', async () => {
    const { world } = new Rig();
    const put = (given: Partial<LimiterSettings>) =>
      putLimiter(world.context, { name: 'l', settings: settingsOf(given) });
    await expect(put({})).rejects.toThrow('needs a concurrency or a rate');
    await expect(put({ limitPerKey: upTo(1) })).rejects.toThrow("needs a 'key'");
    await expect(put({ limit: upTo(1), key: 'customer' })).rejects.toThrow("'key' is neither a JSONPath nor");
    await expect(put({ limit: upTo(1), priority: '{% 1 + %}' })).rejects.toThrow("'priorityExpression' is neither");
    await expect(pauseLimiter(world.context, 'arn:none')).rejects.toThrow("Resource not found: 'arn:none'");
  });

  it('loses nothing with a worker: the permit stays with its task, which another worker performs', async () => {
    const rig = new Rig({ settings: { leaseMs: 3_000 } });
    const { world, clock } = rig;
    await rig.start(1);
    const limiter = await rig.limiter({ limit: upTo(1) });
    const arn = await world.createMachine(workOf());
    await rig.run(arn, { n: 1 });
    await rig.run(arn, { n: 2 });
    const { store } = world.context;
    const [worker] = await store.listWorkers();
    // As if it had died: its lease is over, and its runs go to somebody else.
    await store.unregisterWorker(worker?.workerId ?? '');
    await world.startWorker();
    await clock.advance(10_000);
    expect((await store.readLimiterUse(limiter, 1)).permitsInUse).toBe(1);
    expect(new Set(rig.open.map((input) => JSON.stringify(input)))).toEqual(new Set(['{"n":1}']));
    rig.calls.at(-1)?.end();
    await clock.advance(2_000);
    expect(rig.open.at(-1)).toEqual({ n: 2 });
  });
});
