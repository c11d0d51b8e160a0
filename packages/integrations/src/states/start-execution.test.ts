import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import {
  type FunctionInvoker,
  redriveExecution,
  sendTaskSuccess,
  silentLogger,
  startExecution,
  stopExecution,
} from '@everstep/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { createIntegrationRegistry } from '../registry.ts';

const noFunctions: FunctionInvoker = {
  async invoke() {
    throw new Error('there are no functions here');
  },
  async close() {},
};

let open: { world: World; clock: VirtualClock } | null = null;

async function running() {
  const clock = new VirtualClock();
  const store = createMemoryStore({ now: () => clock.now() });
  const world = new World({
    store,
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    registry: (context) => createIntegrationRegistry({ context, functions: noFunctions }),
  });
  open = { world, clock };
  await world.startWorker();
  await world.startScheduler();
  return { world, clock, store, context: world.context };
}

afterEach(async () => {
  const stopping = open?.world.stop();
  await open?.clock.advance(5_000);
  await stopping;
});

const parent = (pattern: string, parameters: object) => ({
  StartAt: 'Nested',
  States: {
    Nested: {
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${pattern}`,
      Parameters: parameters,
      End: true,
    },
  },
});
const child = { StartAt: 'C', States: { C: { Type: 'Pass', Result: { made: 1.5 }, End: true } } };
const slow = { StartAt: 'C', States: { C: { Type: 'Wait', Seconds: 3600, End: true } } };

describe('states:startExecution', () => {
  it('does not reach another account', async () => {
    const { world, clock, context } = await running();
    const elsewhere = (await world.createMachine(child, 'child')).replace('123456789012', '999999999999');
    const arn = await world.createMachine(parent('', { StateMachineArn: elsewhere }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(20);
    expect(await context.store.findExecutionByArn(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'StepFunctions.StateMachineDoesNotExistException',
      cause: expect.stringContaining(`State Machine Does Not Exist: '${elsewhere}'`),
    });
  });

  it('request-response answers the child as soon as it has started', async () => {
    const { world, clock, context } = await running();
    const childArn = await world.createMachine(slow, 'child');
    const arn = await world.createMachine(parent('', { StateMachineArn: childArn, Name: 'kid', Input: { a: 1 } }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(20);
    expect(await world.output(executionArn)).toMatchObject({
      ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:child:kid',
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    const kid = await context.store.findExecutionByArn('arn:aws:states:us-east-1:123456789012:execution:child:kid');
    expect(kid).toMatchObject({ status: 'RUNNING', input: '{"a":1}' });
  });

  it.each([
    ['.sync', '{"made":1.5}'],
    ['.sync:2', { made: 1.5 }],
  ])('%s waits for the end and answers the child', async (pattern, output) => {
    const { world, clock, context } = await running();
    const childArn = await world.createMachine(child, 'child');
    const arn = await world.createMachine(parent(pattern, { StateMachineArn: childArn }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    expect(await world.output(executionArn)).toMatchObject({
      Status: 'SUCCEEDED',
      Output: output,
      StateMachineArn: childArn,
    });
    const types = (await world.history(executionArn)).map((event) => event.type);
    expect(types.slice(2, 6)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
  });

  it('a child that fails fails its parent with the whole child as the cause', async () => {
    const { world, clock, context } = await running();
    const failing = { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Sad', Cause: 'so it is' } } };
    const childArn = await world.createMachine(failing, 'child');
    const arn = await world.createMachine(parent('.sync:2', { StateMachineArn: childArn }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    const ended = await context.store.findExecutionByArn(executionArn);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(ended?.cause ?? '')).toMatchObject({ Error: 'Sad', Cause: 'so it is', Status: 'FAILED' });
  });

  it('a redriven child leaves its parent as it ended; a redriven parent starts a child anew', async () => {
    const { world, clock, context } = await running();
    const minute = { StartAt: 'C', States: { C: { Type: 'Wait', Seconds: 60, End: true } } };
    const childArn = await world.createMachine(minute, 'child');
    const arn = await world.createMachine(parent('.sync:2', { StateMachineArn: childArn }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    const children = () => context.store.listExecutions({ stateMachineArn: childArn, limit: 9 });
    const [first] = await children();
    const firstArn = first?.executionArn ?? '';
    await stopExecution(context, { executionArn: firstArn });
    await clock.advance(50);
    expect(await world.status(executionArn)).toBe('FAILED');
    await redriveExecution(context, { executionArn: firstArn });
    await clock.advance(61_000);
    expect(await world.status(firstArn)).toBe('SUCCEEDED');
    expect(await world.status(executionArn)).toBe('FAILED');
    await redriveExecution(context, { executionArn });
    await clock.advance(50);
    expect((await children()).map(({ status }) => status)).toEqual(['RUNNING', 'SUCCEEDED']);
    await clock.advance(61_000);
    expect(await world.output(executionArn)).toMatchObject({ Status: 'SUCCEEDED', RedriveCount: 0 });
    await world.history(executionArn);
  });

  it('a stopped parent stops its child', async () => {
    const { world, clock, context } = await running();
    const childArn = await world.createMachine(slow, 'child');
    const arn = await world.createMachine(parent('.sync', { StateMachineArn: childArn, Name: 'kid' }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    await stopExecution(context, { executionArn });
    await clock.advance(50);
    expect(await world.status('arn:aws:states:us-east-1:123456789012:execution:child:kid')).toBe('ABORTED');
  });

  it('.waitForTaskToken gives the token to the child and waits for the callback', async () => {
    const { world, clock, context } = await running();
    const childArn = await world.createMachine(slow, 'child');
    const arn = await world.createMachine(
      parent('.waitForTaskToken', { StateMachineArn: childArn, Name: 'kid', Input: { 'token.$': '$$.Task.Token' } }),
    );
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    const kid = await context.store.findExecutionByArn('arn:aws:states:us-east-1:123456789012:execution:child:kid');
    const input: unknown = JSON.parse(kid?.input ?? '{}');
    const token = typeof input === 'object' && input !== null && 'token' in input ? String(input.token) : '';
    await sendTaskSuccess(context, { taskToken: token, output: '"called back"' });
    await clock.advance(50);
    expect(await world.output(executionArn)).toBe('called back');
  });

  it('an unknown machine is refused in the words of AWS', async () => {
    const { world, clock, context } = await running();
    const missing = 'arn:aws:states:us-east-1:123456789012:stateMachine:missing';
    const arn = await world.createMachine(parent('', { StateMachineArn: missing }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    const ended = await context.store.findExecutionByArn(executionArn);
    expect(ended?.error).toBe('StepFunctions.StateMachineDoesNotExistException');
    expect(ended?.cause).toMatch(
      /^State Machine Does Not Exist: 'arn:[^']+:missing' \(Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
    );
  });

  it('a taken name is refused', async () => {
    const { world, clock, context } = await running();
    const childArn = await world.createMachine(slow, 'child');
    await startExecution(context, { stateMachineArn: childArn, name: 'kid', input: '{"other":true}' });
    const arn = await world.createMachine(parent('', { StateMachineArn: childArn, Name: 'kid' }));
    const { executionArn } = await startExecution(context, { stateMachineArn: arn });
    await clock.advance(50);
    const output = await context.store.findExecutionByArn(executionArn);
    expect(output?.error).toBe('StepFunctions.ExecutionAlreadyExistsException');
  });
});
