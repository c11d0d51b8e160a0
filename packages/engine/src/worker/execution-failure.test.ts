import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { RecordingLogger, VirtualClock, World } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ClaimedRun,
  type EngineContext,
  type Integration,
  type Store,
  type TaskRequest,
  childExecutionId,
  redriveExecution,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  stopExecution,
} from '../index.ts';

const CHILD = { StartAt: 'Long', States: { Long: { Type: 'Wait', Seconds: 600, End: true } } };
const task = (resource: string): object => ({ Type: 'Task', Resource: `arn:aws:states:::${resource}`, End: true });

/** Everything that works for an execution, side by side. */
const PARENT = {
  StartAt: 'All',
  States: {
    All: {
      Type: 'Parallel',
      End: true,
      Branches: [
        { StartAt: 'Job', States: { Job: task('glue:startJobRun.sync') } },
        { StartAt: 'Child', States: { Child: task('states:startExecution.sync') } },
        {
          StartAt: 'Free',
          States: {
            Free: { ...task('states:startExecution'), Next: 'Ask', End: undefined },
            Ask: task('sqs:sendMessage.waitForTaskToken'),
          },
        },
        {
          StartAt: 'Map',
          States: {
            Map: {
              Type: 'Map',
              Label: 'Map',
              Items: [1, 2],
              QueryLanguage: 'JSONata',
              ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...CHILD },
              End: true,
            },
          },
        },
      ],
    },
  },
};

let clock: VirtualClock;
let store: Store;
let logger: RecordingLogger;
/** How the execution in question is claimed. */
let seen: (run: ClaimedRun) => ClaimedRun;
let isForeign: boolean;
let childArn: string;
let tokens: string[];
let stoppedJobs: unknown[];
let process: World | null;

beforeEach(() => {
  clock = new VirtualClock();
  store = createMemoryStore({ now: () => clock.now() });
  logger = new RecordingLogger();
  seen = (run) => run;
  isForeign = false;
  tokens = [];
  stoppedJobs = [];
  process = null;
  const [claim, findRevision] = [store.claim.bind(store), store.findRevision.bind(store)];
  store.claim = async (request) =>
    (await claim(request)).map((run) =>
      run.mapRun || run.execution.parent !== null || run.execution.stateMachineArn === childArn ? run : seen(run),
    );
  store.findRevision = async (revisionId) => {
    const revision = await findRevision(revisionId);
    return revision !== null && isForeign ? { ...revision, definition: '{"StartAt":"New"}' } : revision;
  };
});

afterEach(() => stopProcess());

async function stopProcess(): Promise<void> {
  const stopping = process?.stop();
  process = null;
  await clock.advance(20_000);
  await stopping;
}

const jobs: Integration = {
  perform: async ({ attemptId }) => ({ type: 'submitted', output: {}, job: { id: attemptId } }),
  poll: async () => ({ type: 'running' }),
  stop: async ({ job }) => {
    stoppedJobs.push(job);
  },
};

const asking: Integration = {
  perform: async ({ token }) => {
    tokens.push(token ?? '');
    return { type: 'submitted', output: {} };
  },
};

const starting = (context: EngineContext): Integration => ({
  async perform({ executionId, taskId, resource }: TaskRequest) {
    const sync = resource.pattern === 'sync';
    const parent = { executionId, taskId, sync, childExecutionId: childExecutionId(executionId, taskId) };
    await startExecution(context, { stateMachineArn: childArn, parent });
    return sync ? { type: 'submitted', output: {} } : { type: 'succeeded', output: {} };
  },
});

async function startProcess(): Promise<World> {
  const hints = createLocalQueue({ logger: silentLogger });
  process = new World({
    ...{ store, hints, clock, logger, settings: { jobPollMs: 1_000, maxJobPollMs: 5_000 } },
    registry: (context) => ({
      find: ({ service }) => (service === 'glue' ? jobs : service === 'states' ? starting(context) : asking),
      close: async () => undefined,
    }),
  });
  await process.startWorker();
  await process.startScheduler();
  return process;
}

/** An execution with everything under way, and nobody who runs it. */
async function begun(): Promise<string> {
  const world = await startProcess();
  childArn = await world.createMachine(CHILD, 'child');
  const { executionArn } = await startExecution(world.context, {
    stateMachineArn: await world.createMachine(PARENT, 'parent'),
  });
  await clock.advance(5_000);
  expect(await running(executionArn)).toEqual({ children: [true, false], mapRuns: 1 });
  expect(tokens).toHaveLength(1);
  await stopProcess();
  return executionArn;
}

/** What works for it: its children (whether it waits for them), and its Map Runs with children. */
async function running(executionArn: string): Promise<{ children: boolean[]; mapRuns: number }> {
  const execution = await store.findExecutionByArn(executionArn);
  const { executionId } = execution ?? { executionId: '' };
  const query = { status: 'RUNNING', order: 'items', limit: 100 } as const;
  const children = await store.listChildren({ ...query, parentId: executionId });
  const mapRuns = await store.listMapRuns({ executionId, limit: 100 });
  const busy = await Promise.all(
    mapRuns.map(async ({ mapRunId, status }) => {
      return status === 'RUNNING' || (await store.listChildren({ ...query, parentId: mapRunId })).length > 0;
    }),
  );
  return { children: children.map(({ parent }) => parent?.sync === true), mapRuns: busy.filter(Boolean).length };
}

/** Another process runs it, for as long as it needs to find that it cannot. */
async function expectFailed(executionArn: string, why: string): Promise<World> {
  const world = await startProcess();
  await clock.advance(20_000);
  expect(await store.findExecutionByArn(executionArn)).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining(`This execution cannot go on: ${why}`),
  });
  expect((await world.history(executionArn)).at(-1)?.type).toBe('ExecutionFailed');
  // Whom it has only started works for itself.
  expect(await running(executionArn)).toEqual({ children: [false], mapRuns: 0 });
  const answer = sendTaskSuccess(world.context, { taskToken: tokens[0] ?? '', output: '1' });
  await expect(answer).rejects.toMatchObject({ code: 'TaskTimedOut' });
  return world;
}

const unread = 'jobs that it has started are not stopped';

describe('an execution that cannot go on', () => {
  it('stops what it has begun, where its definition does not compile', async () => {
    const executionArn = await begun();
    isForeign = true;
    await expectFailed(executionArn, '');
    expect(stoppedJobs).toHaveLength(1);
    expect(JSON.stringify(logger.problems)).not.toContain(unread);
  });

  it('stops all that is known by other rows, where nobody can read it', async () => {
    const executionArn = await begun();
    seen = (run) => ({ ...run, frames: [], unreadable: 'it is sealed.' });
    await expectFailed(executionArn, 'it is sealed.');
    expect(stoppedJobs).toHaveLength(0);
    expect(JSON.stringify(logger.problems)).toContain(unread);
  });

  it('stops what the records tell that can be read, and what other rows tell', async () => {
    const executionArn = await begun();
    const isChild = (data: string): boolean => data.includes('startExecution.sync');
    seen = (run) => ({
      ...run,
      frames: run.frames.map(({ id, data }) => ({ id, data: isChild(data) ? '{"id":' : data })),
    });
    await expectFailed(executionArn, '');
    expect(stoppedJobs).toHaveLength(1);
  });

  it('ends after what its history holds, where its checkpoint is no JSON', async () => {
    const executionArn = await begun();
    seen = (run) => ({ ...run, checkpoint: 'gone' });
    await expectFailed(executionArn, '');
    expect(stoppedJobs, 'the frames are there').toHaveLength(1);
  });

  it('begins with its end where it had not begun, and is there for a redrive', async () => {
    const world = await startProcess();
    childArn = await world.createMachine(CHILD, 'child');
    const stateMachineArn = await world.createMachine(PARENT, 'parent');
    seen = (run) => ({ ...run, inbox: [{ number: 1, activation: 'sealed' }], unreadable: 'it is sealed.' });
    const { executionArn } = await startExecution(world.context, { stateMachineArn, input: '{}' });
    await clock.advance(1_000);
    const types = async (): Promise<string[]> => (await world.history(executionArn)).map(({ type }) => type);
    expect(await types()).toEqual(['ExecutionStarted', 'ExecutionFailed']);
    seen = (run) => run;
    await redriveExecution(world.context, { executionArn });
    await clock.advance(5_000);
    expect(await running(executionArn)).toEqual({ children: [true, false], mapRuns: 1 });
    expect((await types()).slice(0, 4)).toEqual([
      ...['ExecutionStarted', 'ExecutionFailed', 'ExecutionRedriven', 'ParallelStateEntered'],
    ]);
  });

  it('begins anew with its end where it had not heard of its redrive', async () => {
    const executionArn = await begun();
    const world = await startProcess();
    await stopExecution(world.context, { executionArn });
    await clock.advance(5_000);
    isForeign = false;
    seen = (run) => ({ ...run, inbox: [{ number: 1, activation: 'sealed' }], unreadable: 'it is sealed.' });
    await redriveExecution(world.context, { executionArn });
    await clock.advance(5_000);
    const types = (await world.history(executionArn)).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(['ExecutionAborted', 'ExecutionRedriven', 'ExecutionFailed']);
    expect(await store.findExecutionByArn(executionArn)).toMatchObject({ status: 'FAILED', redriveCount: 1 });
    seen = (run) => run;
    await redriveExecution(world.context, { executionArn });
    await clock.advance(5_000);
    expect(await world.status(executionArn)).toBe('RUNNING');
    expect((await running(executionArn)).mapRuns).toBe(1);
  });
});
