import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { RecordingLogger, TestEncryptionKeys, VirtualClock, World } from '@everstep/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  childExecutionId,
  encryptedStore,
  loadProgress,
  redriveExecution,
  silentLogger,
  type Store,
  startExecution,
  stopExecution,
  type TaskOutcome,
  type TaskRequest,
} from '../index.ts';
import { unreadableRun } from './sealed-runs.ts';
import { distributed, mapRunOf, numbers, startOver, waitProcessor } from '../testing/distributed-maps.ts';

const OWN = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'alias/orders' } as const;
const WAIT = {
  StartAt: 'Wait',
  States: { Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' }, Done: { Type: 'Pass', Result: 'done', End: true } },
};
const CHILD = 'arn:aws:states:::states:startExecution.sync';
const PARENT = {
  StartAt: 'Child',
  States: { Child: { Type: 'Task', Resource: CHILD, Parameters: { StateMachineArn: 'child' }, End: true } },
};

let clock: VirtualClock;
let inner: Store;
let keys: TestEncryptionKeys;
let keyId: string;
let worlds: World[];
beforeEach(() => {
  clock = new VirtualClock();
  inner = createMemoryStore({ now: () => clock.now() });
  keys = new TestEncryptionKeys();
  keyId = keys.create('orders');
  worlds = [];
});
afterEach(() => stopAll());

async function stopAll(): Promise<void> {
  const stopping = Promise.all(worlds.splice(0).map((world) => world.stop()));
  await clock.advance(5_000);
  await stopping;
}

/** A process with these keys, over the one store. */
async function startProcess(own = keys, logger = new RecordingLogger()): Promise<World> {
  const world: World = new World({
    store: encryptedStore(inner, { keys: own, logger }),
    hints: createLocalQueue({ logger: silentLogger }),
    ...{ clock, encryptionKeys: own },
    tasks: {
      'glue:startJobRun': () => ({ type: 'submitted', output: {}, job: { id: 'jr_1' } }),
      'states:startExecution': async ({ executionId, taskId }: TaskRequest): Promise<TaskOutcome> => {
        const id = childExecutionId(executionId, taskId);
        const parent = { executionId, taskId, sync: true, childExecutionId: id };
        const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:child';
        await startExecution(world.context, { stateMachineArn, name: 'child', parent });
        return { type: 'submitted', output: {} };
      },
    },
  });
  worlds.push(world);
  await world.startWorker();
  await world.startScheduler();
  return world;
}

async function startOne(world: World, definition: object = WAIT): Promise<string> {
  const stateMachineArn = await world.createMachine(definition, 'orders', { encryptionConfiguration: OWN });
  const { executionArn } = await startExecution(world.context, { stateMachineArn, name: 'one', input: '{"a":1.0}' });
  await clock.advance(10);
  return executionArn;
}

describe('an execution whose key is disabled', () => {
  it('fails when its time comes, and is redriven from where it was once the key is back', async () => {
    const world = await startProcess();
    const executionArn = await startOne(world);
    keys.setState(keyId, 'DISABLED');
    await clock.advance(30_000);
    expect(await world.status(executionArn)).toBe('RUNNING');
    await clock.advance(60_000);
    expect(await world.status(executionArn)).toBe('FAILED');

    keys.setState(keyId, 'ENABLED');
    const failed = await world.context.store.findExecutionByArn(executionArn);
    expect(failed).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('is disabled'),
      input: '{"a":1.0}',
    });
    expect((await world.history(executionArn)).map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'ExecutionFailed',
    ]);
    await redriveExecution(world.context, { executionArn });
    await clock.advance(120_000);
    expect(await world.status(executionArn)).toBe('SUCCEEDED');
    expect(await world.output(executionArn)).toBe('done');
    await world.history(executionArn);
  });

  it('is told of its child without any of the child’s data', async () => {
    const world = await startProcess();
    await world.createMachine(WAIT, 'child');
    const executionArn = await startOne(world, PARENT);
    const childArn = executionArn.replace('orders:one', 'child:child');
    expect(await world.status(childArn)).toBe('RUNNING');
    keys.setState(keyId, 'DISABLED');
    await clock.advance(61_000);
    expect(await world.status(childArn)).toBe('SUCCEEDED');
    expect(await world.status(executionArn)).toBe('FAILED');
  });

  it('gets its child’s result under its own key otherwise', async () => {
    const world = await startProcess();
    await world.createMachine(WAIT, 'child');
    const executionArn = await startOne(world, PARENT);
    await clock.advance(61_000);
    expect(await world.output(executionArn)).toMatchObject({ Output: '"done"', Status: 'SUCCEEDED' });
  });
});

it('a process without the key leaves executions to those who have it, and starts none', async () => {
  const first = await startProcess();
  const executionArn = await startOne(first);
  await stopAll();
  const logger = new RecordingLogger();
  const lacking = await startProcess(keys.without(keyId), logger);
  await clock.advance(120_000);
  expect(await lacking.status(executionArn)).toBe('RUNNING');
  expect(logger.problems.map(({ message }) => message)).toContain('an execution waits for its encryption key');
  const denied = expect.objectContaining({ code: 'KmsAccessDeniedException' });
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:orders';
  await expect(startExecution(lacking.context, { stateMachineArn })).rejects.toEqual(denied);
  await stopAll();
  const last = await startProcess();
  await clock.advance(120_000);
  expect(await last.status(executionArn)).toBe('SUCCEEDED');
});

it('what looks sealed and is not comes back as it was', async () => {
  const world = await startProcess();
  const cause = 'everstep-sealed:1:none';
  const definition = { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'everstep-plain:1:x', Cause: cause } } };
  const stateMachineArn = await world.createMachine(definition);
  const { executionArn } = await startExecution(world.context, { stateMachineArn });
  await clock.advance(1_000);
  expect(await world.context.store.findExecutionByArn(executionArn)).toMatchObject({
    error: 'everstep-plain:1:x',
    cause,
  });
});

it('a Map Run whose key is disabled fails with its children, and counts right when it is redriven with the key back', async () => {
  const world = await startProcess();
  const definition = distributed('STANDARD', waitProcessor(60), { ItemBatcher: { MaxItemsPerBatch: 2 } });
  const stateMachineArn = await world.createMachine(definition, 'orders', { encryptionConfiguration: OWN });
  const executionArn = await startOver(world.context, stateMachineArn, numbers(5));
  await clock.advance(20_000);
  keys.setState(keyId, 'DISABLED');
  await clock.advance(90_000);
  expect(await world.status(executionArn)).toBe('FAILED');
  const { progress, status } = await mapRunOf(world.context, executionArn);
  expect(status).toBe('FAILED');
  expect(loadProgress(progress).executions).toMatchObject({ total: 3, failed: 3, running: 0 });

  keys.setState(keyId, 'ENABLED');
  await redriveExecution(world.context, { executionArn });
  await clock.advance(120_000);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
  const ended = { running: 0, failed: 0, aborted: 0, pendingRedrive: 0 };
  expect(loadProgress((await mapRunOf(world.context, executionArn)).progress)).toMatchObject({
    executions: { ...ended, total: 3, succeeded: 3 },
    items: { ...ended, total: 5, succeeded: 5 },
  });
});

it('of a run that cannot be read there is what its failure has left beside it, and nothing of its own', async () => {
  const world = await startProcess();
  const executionArn = await startOne(world);
  const execution = await inner.findExecutionByArn(executionArn);
  if (execution === null) throw new Error('the execution is gone');
  const sealed = { id: 'plan', data: 'everstep-sealed:1:none' };
  const plain = { id: 'failure', data: '{"isOver":false}' };
  const run = {
    ...{ execution, epoch: 1, consumed: 0, checkpoint: '{}', format: 1, inbox: [], tokens: [], crashes: 0 },
    ...{ express: false, mapRun: true, frames: [sealed, plain] },
  };
  const { execution: shown, frames, unreadable } = unreadableRun(run, 'no key');
  expect([shown.input, frames, unreadable]).toEqual(['"(encrypted)"', [plain], 'no key']);
});

it('what is needed to stop a job is sealed, too', async () => {
  const world = await startProcess();
  // Nobody stops anything here, so that it stays to be seen.
  await world.context.jobStops.close();
  const job = {
    Type: 'Task',
    Resource: 'arn:aws:states:::glue:startJobRun.sync',
    Parameters: { 'a.$': '$.a' },
    End: true,
  };
  const executionArn = await startOne(world, { StartAt: 'Job', States: { Job: job } });
  await clock.advance(100);
  await stopExecution(world.context, { executionArn });
  const { store } = world.context;
  const executionId = (await store.findExecutionByArn(executionArn))?.executionId ?? '';
  await store.addJobStop({ executionId, taskId: 99, request: '{"job":"late"}', dueInMs: 0 });
  await clock.advance(20_000);
  const take = { limit: 9, waitMs: 0, mostMs: 0 };
  const requests = async (from: Store) => (await from.takeJobStops(take)).map(({ request }) => request).sort();
  const [committed, added] = await requests(store);
  expect([committed, added]).toEqual([expect.stringContaining('"job":{"id":"jr_1"}'), '{"job":"late"}']);
  expect(committed).toContain('"a":1.0');
  const stored = await requests(inner);
  expect(stored).toHaveLength(2);
  for (const request of stored) expect(request).toMatch(/^everstep-sealed:/);
  keys.setState(keyId, 'DISABLED');
  const [unreadable] = await store.takeJobStops(take);
  expect(() => unreadable?.request).toThrow('is disabled');
});
