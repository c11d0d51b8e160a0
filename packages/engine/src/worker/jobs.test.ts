import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Integration,
  type JobOutcome,
  type JobRequest,
  type Logger,
  type TaskRequest,
  redriveExecution,
  silentLogger,
  startExecution,
  stopExecution,
} from '../index.ts';

const JOB = { Type: 'Task', Resource: 'arn:aws:states:::glue:startJobRun.sync', End: true };
const one = (state: object): object => ({ StartAt: 'Job', States: { Job: { ...JOB, ...state } } });

/** A service that runs jobs, by the attempt that has started each. */
class Jobs implements Integration {
  readonly started: string[] = [];
  readonly asked: Array<{ readonly job: unknown; readonly at: number }> = [];
  readonly stopped: unknown[] = [];
  readonly #clock: VirtualClock;
  /** What a start waits for. */
  held: Promise<void> = Promise.resolve();
  answer: (asked: number, request: JobRequest) => JobOutcome | Promise<JobOutcome> = () => ({ type: 'running' });
  stopFailures = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async perform({ attemptId }: TaskRequest) {
    this.started.push(attemptId);
    await this.held;
    return { type: 'submitted' as const, output: { Id: attemptId }, job: { id: attemptId } };
  }

  async poll(request: JobRequest): Promise<JobOutcome> {
    this.asked.push({ job: request.job, at: this.#clock.now() });
    return this.answer(this.asked.length, request);
  }

  async stop({ job }: JobRequest): Promise<void> {
    if (this.stopFailures > 0) {
      this.stopFailures -= 1;
      throw new Error('the service is away');
    }
    this.stopped.push(job);
  }
}

let clock: VirtualClock;
let jobs: Jobs;
let warnings: string[];
let makeWorld: () => World;
beforeEach(() => {
  clock = new VirtualClock();
  jobs = new Jobs(clock);
  warnings = [];
  const logger: Logger = { ...silentLogger, warn: (_context, message) => warnings.push(message) };
  const store = createMemoryStore({ now: () => clock.now() });
  const hints = createLocalQueue({ logger: silentLogger });
  makeWorld = () =>
    new World({
      store,
      hints,
      clock,
      logger,
      settings: { jobPollMs: 1_000, maxJobPollMs: 5_000 },
      registry: () => ({ find: ({ pattern }) => (pattern === 'sync' ? jobs : null), close: async () => undefined }),
    });
});

async function running(state: object = {}): Promise<{ readonly world: World; readonly executionArn: string }> {
  const world = makeWorld();
  await world.startScheduler();
  await world.startWorker();
  const stateMachineArn = await world.createMachine(one(state));
  const { executionArn } = await startExecution(world.context, { stateMachineArn, input: '{}' });
  await clock.advance(10);
  return { world, executionArn };
}

describe('a job that nobody tells the end of', () => {
  it('is asked for, more and more rarely, until it has ended; its result is the task’s', async () => {
    const { world, executionArn } = await running();
    jobs.answer = (asked) => (asked < 5 ? { type: 'running' } : { type: 'succeeded', output: { State: 'DONE' } });
    await clock.advance(30_000);
    expect(await world.output(executionArn)).toEqual({ State: 'DONE' });
    const id = { id: jobs.started[0] };
    expect(jobs.started).toHaveLength(1);
    expect(jobs.asked.map(({ job }) => job)).toEqual([id, id, id, id, id]);
    const waits = jobs.asked.slice(1).map(({ at }, index) => at - (jobs.asked[index]?.at ?? 0));
    for (const [index, least] of [1_500, 2_250, 3_375, 5_000].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(least);
      expect(waits[index]).toBeLessThan(least + 300);
    }
    expect((await world.history(executionArn)).map(({ type }) => type)).toEqual([
      ...['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
      ...['TaskStateExited', 'ExecutionSucceeded'],
    ]);
    expect(jobs.stopped).toEqual([]);
    await world.stop();
  });

  it('fails the task by name, for Retry and Catch to take', async () => {
    jobs.answer = () => ({ type: 'failed', error: 'States.TaskFailed', cause: '{"State":"FAILED"}' });
    const { world, executionArn } = await running({
      Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 1, IntervalSeconds: 1 }],
    });
    await clock.advance(20_000);
    expect(await world.status(executionArn)).toBe('FAILED');
    expect(new Set(jobs.started).size, 'a new attempt has a job of its own').toBe(2);
    const failed = (await world.history(executionArn)).filter(({ type }) => type === 'TaskFailed');
    expect(failed).toHaveLength(2);
    expect(failed[0]?.taskFailedEventDetails).toMatchObject({
      resource: 'startJobRun.sync',
      cause: '{"State":"FAILED"}',
    });
    await world.stop();
  });

  it('is asked for again where its service throttles, which is told in the log', async () => {
    jobs.answer = (asked) =>
      asked < 3 ? { type: 'running', trouble: 'ThrottlingException' } : { type: 'succeeded', output: 1 };
    const { world, executionArn } = await running();
    await clock.advance(20_000);
    expect(await world.output(executionArn)).toBe(1);
    expect(warnings.filter((text) => text.includes('how a job is doing'))).toHaveLength(2);
    await world.stop();
  });

  it('goes on being asked for by another worker, after the death of the first one', async () => {
    const { world, executionArn } = await running();
    await clock.advance(1_200);
    expect(jobs.asked.length).toBe(1);
    // Asked for a second time, the answer never comes: its worker is gone.
    jobs.answer = () => new Promise<JobOutcome>(() => undefined);
    await clock.advance(2_000);
    expect(jobs.asked.length).toBe(2);
    const stopping = world.stop();
    await clock.advance(10_000);
    await stopping;
    jobs.answer = () => ({ type: 'succeeded', output: 'late' });
    const heir = makeWorld();
    await heir.startScheduler();
    await heir.startWorker();
    await clock.advance(30_000);
    expect(await heir.output(executionArn)).toBe('late');
    expect(jobs.started).toHaveLength(1);
    expect(new Set(jobs.asked.map(({ job }) => JSON.stringify(job))).size).toBe(1);
    await heir.stop();
  });
});

describe('a job that nobody waits for any more', () => {
  it('is stopped with its execution, and nothing is asked any more', async () => {
    const { world, executionArn } = await running();
    await clock.advance(1_200);
    await stopExecution(world.context, { executionArn });
    await clock.advance(30_000);
    expect(jobs.stopped).toEqual([{ id: jobs.started[0] }]);
    expect(jobs.asked).toHaveLength(1);
    await world.stop();
  });

  it('is stopped when its state’s time is over, or its sibling fails', async () => {
    const timed = await running({ TimeoutSeconds: 3 });
    await clock.advance(10_000);
    expect(await timed.world.status(timed.executionArn)).toBe('FAILED');
    expect(jobs.stopped).toHaveLength(1);
    const stateMachineArn = await timed.world.createMachine({
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            one({}),
            {
              StartAt: 'Rest',
              States: { Rest: { Type: 'Wait', Seconds: 2, Next: 'No' }, No: { Type: 'Fail', Error: 'No' } },
            },
          ],
          End: true,
        },
      },
    });
    const { executionArn } = await startExecution(timed.world.context, { stateMachineArn, input: '{}' });
    await clock.advance(10_000);
    expect(await timed.world.status(executionArn)).toBe('FAILED');
    expect(jobs.stopped).toHaveLength(2);
    await timed.world.stop();
  });

  it('is stopped once it is known, where it was only about to start', async () => {
    let answer = (): void => undefined;
    const hold = (): void => {
      jobs.held = new Promise((resolve) => (answer = resolve));
    };
    hold();
    const { world, executionArn } = await running();
    await stopExecution(world.context, { executionArn });
    await clock.advance(1_000);
    answer();
    await clock.advance(1_000);
    expect(jobs.stopped).toEqual([{ id: jobs.started[0] }]);
    hold();
    const stateMachineArn = await world.createMachine(one({ TimeoutSeconds: 2 }));
    const late = await startExecution(world.context, { stateMachineArn, input: '{}' });
    await clock.advance(5_000);
    expect(await world.status(late.executionArn)).toBe('FAILED');
    answer();
    await clock.advance(1_000);
    expect(jobs.stopped).toEqual(jobs.started.map((id) => ({ id })));
    await world.stop();
  });

  it('is stopped at a later try where its service is away for a moment', async () => {
    const { world, executionArn } = await running();
    jobs.stopFailures = 2;
    await stopExecution(world.context, { executionArn });
    await clock.advance(500);
    expect(jobs.stopped).toEqual([]);
    await clock.advance(6_000);
    expect(jobs.stopped).toHaveLength(1);
    await world.stop();
  });

  it('is stopped by another process where the one that has ended it dies', async () => {
    const { world, executionArn } = await running();
    jobs.stopFailures = 100;
    await stopExecution(world.context, { executionArn });
    await clock.advance(500);
    const stopping = world.stop();
    await clock.advance(10_000);
    await stopping;
    jobs.stopFailures = 0;
    const heir = makeWorld();
    await heir.startWorker();
    await clock.advance(60_000);
    expect(jobs.stopped).toEqual([{ id: jobs.started[0] }]);
    await heir.stop();
  });

  it('is stopped by another process where its worker dies in the midst of its time-out', async () => {
    const { world, executionArn } = await running({ TimeoutSeconds: 3 });
    jobs.stopFailures = 1;
    await clock.advance(3_100);
    expect(await world.status(executionArn)).toBe('FAILED');
    const stopping = world.stop();
    await clock.advance(10_000);
    await stopping;
    expect(jobs.stopped).toEqual([]);
    const heir = makeWorld();
    await heir.startWorker();
    await clock.advance(60_000);
    expect(jobs.stopped).toEqual([{ id: jobs.started[0] }]);
    await heir.stop();
  });

  it('is another one after a redrive', async () => {
    const { world, executionArn } = await running();
    await stopExecution(world.context, { executionArn });
    await redriveExecution(world.context, { executionArn });
    jobs.answer = () => ({ type: 'succeeded', output: 2 });
    await clock.advance(5_000);
    expect(await world.output(executionArn)).toBe(2);
    expect(new Set(jobs.started).size).toBe(2);
    expect(jobs.stopped).toEqual([{ id: jobs.started[0] }]);
    await world.stop();
  });
});
