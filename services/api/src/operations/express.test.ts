import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  type StartSyncExecutionInput,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, PREFIX, ROLE, startApiBench } from '../testing/api-bench.ts';

let bench: ApiBench;
const QUICK = `${PREFIX}:stateMachine:quick`;
const FAILS = `${PREFIX}:stateMachine:fails`;
const STANDARD = `${PREFIX}:stateMachine:standard`;

beforeEach(async () => {
  bench = await startApiBench();
  const pass = { StartAt: 'A', States: { A: { Type: 'Pass', Result: { Arg1: 'argument1' }, End: true } } };
  const fail = { StartAt: 'A', States: { A: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } } };
  await create('quick', pass, 'EXPRESS');
  await create('fails', fail, 'EXPRESS');
  await create('standard', pass, 'STANDARD');
});
afterEach(() => bench.close());

const create = (name: string, definition: object, type: 'STANDARD' | 'EXPRESS') =>
  bench.client.send(
    new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE, type }),
  );
const startSync = (change: Partial<StartSyncExecutionInput> = {}) =>
  bench.client.send(new StartSyncExecutionCommand({ stateMachineArn: QUICK, ...change }));
const named = (name: string, message?: string) =>
  expect.objectContaining({ name, ...(message === undefined ? {} : { message }) });

describe('StartSyncExecution', () => {
  it('answers the end of the execution', async () => {
    const { $metadata, ...answer } = await startSync({ name: 'one', input: '{"a":1.0}', traceHeader: 'Root=1' });
    expect($metadata.httpStatusCode).toBe(200);
    expect(answer).toEqual({
      executionArn: expect.stringMatching(/:express:quick:one:[0-9a-f-]{36}$/),
      stateMachineArn: QUICK,
      name: 'one',
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
      status: 'SUCCEEDED',
      input: '{"a":1.0}',
      inputDetails: { included: true },
      output: '{"Arg1":"argument1"}',
      outputDetails: { included: true },
      traceHeader: 'Root=1',
      billingDetails: { billedDurationInMilliseconds: 100, billedMemoryUsedInMB: 64 },
    });
    expect((await startSync({ name: 'one' })).executionArn).not.toBe(answer.executionArn);
    expect((await startSync()).name).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('answers 200 where the execution failed', async () => {
    const answer = await startSync({ stateMachineArn: FAILS });
    expect(answer).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: 'on purpose',
      input: '{}',
      outputDetails: { included: true },
    });
    expect(answer.output).toBeUndefined();
  });

  it('leaves data out where only metadata are asked for', async () => {
    const answer = await startSync({ includedData: 'METADATA_ONLY', input: '{"secret":true}' });
    expect(answer).toMatchObject({ status: 'SUCCEEDED' });
    expect([answer.input, answer.output, answer.inputDetails]).toEqual([undefined, undefined, undefined]);
  });

  it('refuses what it cannot run', async () => {
    await expect(startSync({ stateMachineArn: STANDARD })).rejects.toEqual(named('StateMachineTypeNotSupported'));
    await expect(startSync({ stateMachineArn: `${QUICK}x` })).rejects.toEqual(
      named('StateMachineDoesNotExist', `State Machine Does Not Exist: '${QUICK}x'`),
    );
    await expect(startSync({ stateMachineArn: 'x' })).rejects.toEqual(
      named('InvalidArn', "Invalid Arn: 'Invalid ARN prefix: x'"),
    );
    await expect(startSync({ name: 'a b' })).rejects.toEqual(named('InvalidName', "Invalid Name: 'a b'"));
    await expect(startSync({ input: '{' })).rejects.toEqual(named('InvalidExecutionInput'));
    await expect(startSync({ name: 'a'.repeat(81) })).rejects.toEqual(named('ValidationException'));
  });

  it('is answered where it takes longer than a connection may be silent', async () => {
    const patient = await startApiBench({ idleMs: 300 });
    try {
      const definition = JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 1, End: true } } });
      const machine = { name: 'long', definition, roleArn: ROLE, type: 'EXPRESS' } as const;
      const { stateMachineArn } = await patient.client.send(new CreateStateMachineCommand(machine));
      const answer = await patient.client.send(new StartSyncExecutionCommand({ stateMachineArn }));
      expect(answer.status).toBe('SUCCEEDED');
    } finally {
      await patient.close();
    }
  });

  it('runs on where its client has gone', async () => {
    const wait = { StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 1, End: true } } };
    await create('slow', wait, 'EXPRESS');
    const gone = new AbortController();
    const { syncExecutions } = bench;
    const sent = bench.client.send(new StartSyncExecutionCommand({ stateMachineArn: `${PREFIX}:stateMachine:slow` }), {
      abortSignal: gone.signal,
    });
    await until(() => syncExecutions.size === 1);
    gone.abort();
    await expect(sent).rejects.toThrow();
    expect(syncExecutions.size).toBe(1);
    await syncExecutions.close(10_000);
    expect(syncExecutions.size).toBe(0);
  });
});

describe('what Express executions do not have', () => {
  it('is refused in AWS’s words', async () => {
    const { executionArn = '' } = await bench.client.send(new StartExecutionCommand({ stateMachineArn: QUICK }));
    expect(executionArn).toMatch(/:express:quick:[0-9a-f-]{36}:[0-9a-f-]{36}$/);
    const wrong = named('InvalidArn', "Invalid Arn: 'Resource type not valid in this context: express'");
    await expect(bench.client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toEqual(wrong);
    await expect(bench.client.send(new GetExecutionHistoryCommand({ executionArn }))).rejects.toEqual(wrong);
    await expect(bench.client.send(new StopExecutionCommand({ executionArn }))).rejects.toEqual(wrong);
    await expect(bench.client.send(new ListExecutionsCommand({ stateMachineArn: QUICK }))).rejects.toEqual(
      named('StateMachineTypeNotSupported'),
    );
  });

  it.each([
    [
      'arn:aws:states:::sns:publish.waitForTaskToken',
      "Express state machine does not support '.waitForTaskToken' service integration  at /States/A/Resource",
    ],
    [
      'arn:aws:states:::states:startExecution.sync',
      "Express state machine does not support '.sync' service integration at /States/A/Resource",
    ],
  ])('a machine with %s is refused', async (Resource, message) => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Task', Resource, Parameters: {}, End: true } } };
    await expect(create('no', definition, 'EXPRESS')).rejects.toEqual(
      expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }),
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
