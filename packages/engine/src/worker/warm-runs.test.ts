import { CHECKPOINT_FORMAT } from '@everstep/language';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions } from '@everstep/testkit';
import { afterEach, expect, test } from 'vitest';
import {
  type ClaimRequest,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  stopExecution,
  type Store,
} from '../index.ts';

const worlds: Array<{ world: World; clock: VirtualClock }> = [];
afterEach(async () => {
  for (const { world, clock } of worlds.splice(0)) {
    const stopping = world.stop();
    await clock.advance(5_000);
    await stopping;
  }
});

/** A worker and a scheduler over a store that counts loads and warm claims. */
async function running(options: Partial<WorldOptions> = {}) {
  const clock = new VirtualClock();
  const inner = createMemoryStore({ now: () => clock.now() });
  const counts = { loads: 0, warm: 0, parks: 0 };
  const store: Store = {
    ...inner,
    claim: (request: ClaimRequest) => {
      counts.loads += request.executionIds.length;
      return inner.claim(request);
    },
    claimWarm: async (request) => {
      const runs = await inner.claimWarm(request);
      counts.warm += runs.length;
      return runs;
    },
    commit: (workerId, batch) => {
      counts.parks += batch.filter(({ then }) => then.kind === 'park').length;
      return inner.commit(workerId, batch);
    },
  };
  const tokens: string[] = [];
  const world = new World({
    store,
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    tasks: {
      'lambda:invoke': ({ token }) => {
        tokens.push(token ?? '');
        return { type: 'submitted', output: {} };
      },
    },
    ...options,
  });
  worlds.push({ world, clock });
  const worker = await world.startWorker();
  await world.startScheduler();
  return { world, clock, store, counts, tokens, worker, context: world.context };
}

const single = (state: object) => ({ StartAt: 'A', States: { A: { ...state, End: true } } });
const ask = single({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: { FunctionName: 'ask', Payload: { 'token.$': '$$.Task.Token' } },
});

test('a short Wait stays with its worker: no park, no second claim, to the millisecond', async () => {
  const { world, clock, counts, worker, context } = await running();
  const arn = await world.createMachine(single({ Type: 'Wait', Seconds: 3 }));
  const { executionArn } = await startExecution(context, { stateMachineArn: arn });
  await clock.advance(2_900);
  expect(worker.status()).toMatchObject({ residentExecutions: 1, warmExecutions: 1 });
  await clock.advance(101);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
  const exited = (await world.history(executionArn)).find(({ type }) => type === 'WaitStateExited');
  const entered = (await world.history(executionArn)).find(({ type }) => type === 'WaitStateEntered');
  expect((exited?.timestamp ?? 0) - (entered?.timestamp ?? 0)).toBe(3_000);
  expect(counts).toEqual({ loads: 1, warm: 0, parks: 0 });
});

test('a long Wait is parked, and so are short ones beyond the bound', async () => {
  const { world, clock, worker, context } = await running({ settings: { maxWarmExecutions: 2 } });
  const long = await world.createMachine(single({ Type: 'Wait', Seconds: 60 }));
  await startExecution(context, { stateMachineArn: long });
  const short = await world.createMachine(single({ Type: 'Wait', Seconds: 3 }));
  const started = await Promise.all([1, 2, 3].map(() => startExecution(context, { stateMachineArn: short })));
  await clock.advance(1_000);
  expect(worker.status().residentExecutions).toBe(2);
  await clock.advance(2_100);
  for (const { executionArn } of started) expect(await world.status(executionArn)).toBe('SUCCEEDED');
});

test('short waits in memory leave the room for others', async () => {
  const { world, clock, context } = await running({ settings: { maxResidentExecutions: 1 } });
  const wait = await world.createMachine(single({ Type: 'Wait', Seconds: 4 }));
  for (const _ of [1, 2, 3]) await startExecution(context, { stateMachineArn: wait });
  const pass = await world.createMachine(single({ Type: 'Pass' }));
  const { executionArn } = await startExecution(context, { stateMachineArn: pass });
  await clock.advance(500);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
});

test('a callback that comes at once finds the execution warm', async () => {
  const { world, clock, counts, tokens, worker, context } = await running();
  const arn = await world.createMachine(ask);
  const { executionArn } = await startExecution(context, { stateMachineArn: arn });
  await clock.advance(100);
  expect(worker.status()).toMatchObject({ residentExecutions: 0, warmExecutions: 1 });
  await sendTaskSuccess(context, { taskToken: tokens[0] ?? '', output: '{"yes":true}' });
  await clock.advance(100);
  expect(await world.output(executionArn)).toEqual({ yes: true });
  expect(counts).toEqual({ loads: 1, warm: 1, parks: 1 });
  expect(worker.status()).toMatchObject({ residentExecutions: 0, warmExecutions: 0 });
});

test('one that comes late finds it forgotten, and loaded', async () => {
  const { world, clock, counts, tokens, worker, context } = await running();
  const arn = await world.createMachine(ask);
  const { executionArn } = await startExecution(context, { stateMachineArn: arn });
  await clock.advance(6_000);
  expect(worker.status().warmExecutions).toBe(0);
  await sendTaskSuccess(context, { taskToken: tokens[0] ?? '', output: '1' });
  await clock.advance(100);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
  expect(counts).toMatchObject({ loads: 2, warm: 0 });
});

test('a run that somebody else has had is loaded, though it is remembered', async () => {
  const { world, clock, store, counts, tokens, context } = await running();
  const arn = await world.createMachine(ask);
  const { executionId, executionArn } = await startExecution(context, { stateMachineArn: arn });
  await clock.advance(100);
  await store.registerWorker({ workerId: 'other', host: 'host', leaseMs: 60_000 });
  const [claimed] = await store.claim({ workerId: 'other', executionIds: [executionId], formats: [CHECKPOINT_FORMAT] });
  await store.release([{ executionId, epoch: claimed?.epoch ?? 0 }]);
  await sendTaskSuccess(context, { taskToken: tokens[0] ?? '', output: '1' });
  await clock.advance(2_000);
  expect(await world.status(executionArn)).toBe('SUCCEEDED');
  expect(counts.warm).toBe(0);
});

test('an execution stopped while it is remembered stays stopped', async () => {
  const { world, clock, tokens, context } = await running();
  const wait = await world.createMachine(single({ Type: 'Wait', Seconds: 3 }));
  const waiting = await startExecution(context, { stateMachineArn: wait });
  const asking = await startExecution(context, { stateMachineArn: await world.createMachine(ask) });
  await clock.advance(100);
  for (const { executionArn } of [waiting, asking]) await stopExecution(context, { executionArn });
  await expect(sendTaskSuccess(context, { taskToken: tokens[0] ?? '', output: '1' })).rejects.toThrow();
  await clock.advance(5_000);
  for (const { executionArn } of [waiting, asking]) {
    expect(await world.status(executionArn)).toBe('ABORTED');
    await world.history(executionArn);
  }
});
