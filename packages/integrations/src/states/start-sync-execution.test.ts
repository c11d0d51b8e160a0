import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World, type WorldOptions } from '@everstep/testkit';
import { type FunctionInvoker, silentLogger, startExecution } from '@everstep/engine';
import { isObject, type Json } from '@everstep/language';
import { afterEach, describe, expect, it } from 'vitest';
import { createIntegrationRegistry } from '../registry.ts';

const noFunctions: FunctionInvoker = {
  async invoke() {
    throw new Error('there are no functions here');
  },
  async close() {},
};

let open: { world: World; clock: VirtualClock } | null = null;

async function running(settings: WorldOptions['settings'] = {}) {
  const clock = new VirtualClock();
  const world = new World({
    store: createMemoryStore({ now: () => clock.now() }),
    hints: createLocalQueue({ logger: silentLogger }),
    clock,
    settings,
    registry: (context) => createIntegrationRegistry({ context, functions: noFunctions }),
  });
  open = { world, clock };
  await world.startWorker();
  return { world, clock, context: world.context };
}

afterEach(async () => {
  const stopping = open?.world.stop();
  await open?.clock.advance(5_000);
  await stopping;
});

/** A Standard execution of one task; answers its status and output. */
async function callFrom(
  { world, clock, context }: Awaited<ReturnType<typeof running>>,
  resource: string,
  parameters: object,
): Promise<{ status: string; output: Json; error: string | null; cause: string | null }> {
  const A = { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true };
  const arn = await world.createMachine({ StartAt: 'A', States: { A } });
  const { executionArn } = await startExecution(context, { stateMachineArn: arn });
  await clock.advance(50);
  const execution = await context.store.findExecutionByArn(executionArn);
  const { status = 'UNKNOWN', error = null, cause = null } = execution ?? {};
  return { status, error, cause, output: await world.output(executionArn) };
}

const double = {
  StartAt: 'A',
  States: { A: { Type: 'Pass', Parameters: { 'twice.$': 'States.MathAdd($.n, $.n)' }, End: true } },
};
const fail = { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } } };
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('aws-sdk:sfn:startSyncExecution', () => {
  it('runs an Express machine inside a Standard one and answers as the SDK integration does', async () => {
    const bench = await running();
    const arn = await bench.world.createMachine(double, 'double', { type: 'EXPRESS' });
    const called = await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', {
      StateMachineArn: arn,
      Name: 'kid',
      Input: { n: 21 },
    });
    expect(called).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        BillingDetails: { BilledDurationInMilliseconds: 100, BilledMemoryUsedInMB: 64 },
        ExecutionArn: expect.stringMatching(/:express:double:kid:[0-9a-f-]{36}$/),
        Input: '{"n":21}',
        InputDetails: { Included: true },
        Name: 'kid',
        Output: '{"twice":42}',
        OutputDetails: { Included: true },
        StartDate: TIME,
        StateMachineArn: arn,
        Status: 'SUCCEEDED',
        StopDate: TIME,
      },
    });
  });

  it('nests without waiting for itself, however few calls may run at once', async () => {
    const bench = await running({ maxConcurrentCalls: 1 });
    let arn = await bench.world.createMachine(double, 'double', { type: 'EXPRESS' });
    const A = (StateMachineArn: string) => ({
      ...{ Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:sfn:startSyncExecution', End: true },
      Parameters: { StateMachineArn, 'Input.$': '$' },
      OutputPath: '$.Output',
    });
    for (let depth = 0; depth < 3; depth += 1) {
      const nesting = { StartAt: 'A', States: { A: A(arn) } };
      arn = await bench.world.createMachine(nesting, `nesting-${depth}`, { type: 'EXPRESS' });
    }
    const called = await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', { StateMachineArn: arn, Input: { n: 2 } });
    expect(called).toMatchObject({ status: 'SUCCEEDED', output: { Status: 'SUCCEEDED' } });
    expect(JSON.stringify(called.output)).toContain('twice');
  });

  it('succeeds with a description of an execution that failed', async () => {
    const bench = await running();
    const arn = await bench.world.createMachine(fail, 'fails', { type: 'EXPRESS' });
    const { status, output } = await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', { StateMachineArn: arn });
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ Status: 'FAILED', Error: 'Broken', Cause: 'on purpose', Input: '{}' });
    expect(isObject(output) && 'Output' in output).toBe(false);
  });

  it('fails under the names of the SDK integration where it is refused', async () => {
    const bench = await running();
    const standard = await bench.world.createMachine(double, 'standard');
    const refused = await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', { StateMachineArn: standard });
    expect(refused).toMatchObject({
      status: 'FAILED',
      error: 'Sfn.StateMachineTypeNotSupportedException',
      cause: expect.stringMatching(
        /\(Service: Sfn, Status Code: 400, Request ID: [0-9a-f-]{36}\) \(SDK Attempt Count: 1\)$/,
      ),
    });
    const foreign = 'arn:aws:states:us-east-1:999999999999:stateMachine:standard';
    expect(await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', { StateMachineArn: foreign })).toMatchObject({
      error: 'Sfn.StateMachineDoesNotExistException',
    });
    expect(await callFrom(bench, 'aws-sdk:sfn:startSyncExecution', {})).toMatchObject({ error: 'States.Runtime' });
  });
});

describe('states:startExecution of an Express machine', () => {
  it('answers as soon as it has started', async () => {
    const bench = await running();
    const arn = await bench.world.createMachine(double, 'double', { type: 'EXPRESS' });
    const called = await callFrom(bench, 'states:startExecution', { StateMachineArn: arn, Input: { n: 1 } });
    expect(called).toMatchObject({
      status: 'SUCCEEDED',
      output: { ExecutionArn: expect.stringContaining(':express:double:') },
    });
  });

  it('cannot be waited for', async () => {
    const bench = await running();
    const arn = await bench.world.createMachine(double, 'double', { type: 'EXPRESS' });
    const called = await callFrom(bench, 'states:startExecution.sync:2', { StateMachineArn: arn, Input: { n: 1 } });
    expect(called).toMatchObject({
      status: 'FAILED',
      error: 'StepFunctions.StateMachineTypeNotSupportedException',
    });
  });
});
