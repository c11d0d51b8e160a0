import {
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  TestStateCommand,
  type TestStateCommandInput,
  ValidationException,
} from '@aws-sdk/client-sfn';
import type { ApiShape, TaskOutcome, TaskRequest } from '@everstep/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, ROLE, startApiBench } from '../testing/api-bench.ts';

const STARTED: ApiShape = {
  type: 'structure',
  required: ['ExecutionArn'],
  members: new Map<string, () => ApiShape>([
    ['ExecutionArn', () => ({ type: 'string', min: 1 })],
    ['Tags', () => ({ type: 'list', member: () => ({ type: 'string', values: ['a'] }), max: 2 })],
    ['Count', () => ({ type: 'number', min: 1, max: 9 })],
    ['Open', () => ({ type: 'boolean' })],
    ['Words', () => ({ type: 'map', value: () => ({ type: 'string' }) })],
  ]),
};

let bench: ApiBench;
let calls: TaskRequest[];
let outcome: TaskOutcome;
let asked: string[];

beforeEach(async () => {
  calls = [];
  asked = [];
  outcome = { type: 'succeeded', output: { said: 'hello' } };
  const perform = async (request: TaskRequest): Promise<TaskOutcome> => {
    calls.push(request);
    return outcome;
  };
  bench = await startApiBench({
    testing: {
      registry: { find: ({ service }) => (service === 'lambda' ? { perform } : null), close: async () => {} },
      models: {
        async answerOf(service, operation) {
          asked.push(`${service}:${operation}`);
          return service === 'sfn' ? STARTED : null;
        },
      },
    },
  });
});
afterEach(() => bench.close());

type Request = Omit<TestStateCommandInput, 'definition' | 'input'> & { readonly input?: unknown };

async function test(definition: object, { input = { a: 1 }, ...request }: Request = {}) {
  const { $metadata: _metadata, ...answer } = await bench.client.send(
    new TestStateCommand({ definition: JSON.stringify(definition), input: JSON.stringify(input), ...request }),
  );
  return answer;
}

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f' }, End: true };
const START = { ...TASK, Resource: 'arn:aws:states:::states:startExecution' };
const GRAPH = { StartAt: 'Inner', States: { Inner: { Type: 'Pass', End: true } } };
const MAP = { Type: 'Map', ItemProcessor: GRAPH, End: true };

describe('TestState', () => {
  it('runs a state that calls nothing, at every level', async () => {
    const choice = { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'One' }] };
    const info = { status: 'SUCCEEDED', output: '{"a":1}', nextState: 'One' };
    expect(await test(choice)).toEqual(info);
    for (const inspectionLevel of ['DEBUG', 'TRACE'] as const) {
      expect(await test(choice, { inspectionLevel })).toEqual({
        ...info,
        inspectionData: { input: '{"a":1}', afterInputPath: '{"a":1}' },
      });
    }
  });

  it('really performs a task, in an execution of its own that is stored nowhere', async () => {
    const answer = await test(
      { ...TASK, Parameters: { 'Id.$': '$$.Execution.Id', 'Role.$': '$$.Execution.RoleArn', 'At.$': '$$.State.Name' } },
      { roleArn: ROLE, inspectionLevel: 'DEBUG' },
    );
    expect(answer).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"said":"hello"}',
      inspectionData: { result: '{"said":"hello"}' },
    });
    const [call] = calls;
    expect(call?.parameters).toEqual({ Id: call?.executionArn, Role: ROLE, At: 'StateName' });
    expect(call?.executionArn).toMatch(/^arn:aws:states:us-east-1:123456789012:express:[\w-]+:[\w-]+$/);
    expect(await bench.context.store.findExecution(call?.executionId ?? '')).toBeNull();
  });

  it('tells what Retry and Catch would do with an error', async () => {
    outcome = { type: 'failed', error: 'Busy', cause: 'later' };
    const Retry = [{ ErrorEquals: ['Busy'], MaxAttempts: 1, IntervalSeconds: 7 }];
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Rescue', ResultPath: null }];
    const request: Request = { roleArn: ROLE, inspectionLevel: 'DEBUG' };
    expect(await test(TASK, request)).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'later' });
    expect(await test({ ...TASK, Retry, Catch }, request)).toMatchObject({
      status: 'RETRIABLE',
      inspectionData: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 7 } },
    });
    expect(await test({ ...TASK, Catch }, request)).toMatchObject({
      status: 'CAUGHT_ERROR',
      error: 'Busy',
      nextState: 'Rescue',
      output: '{"a":1}',
      inspectionData: { errorDetails: { catchIndex: 0 } },
    });
  });

  it('finds a state in a whole machine, however deep', async () => {
    const machine = { StartAt: 'Each', States: { Each: { ...MAP, ItemsPath: '$.list' } } };
    expect(await test(machine, { stateName: 'Inner' })).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}' });
    await expect(test(machine, { stateName: 'Other' })).rejects.toThrow('State not found in definition');
  });

  it('sets variables and tells what became of them', async () => {
    const pass = { Type: 'Pass', Parameters: { 'v.$': '$v' }, Assign: { w: true }, End: true };
    expect(await test(pass, { variables: '{"v":"x"}', inspectionLevel: 'DEBUG' })).toMatchObject({
      output: '{"v":"x"}',
      inspectionData: { variables: '{"v":"x","w":true}' },
    });
  });
});

describe('a mock', () => {
  it.each([
    ['an activity', { ...TASK, Resource: 'arn:aws:states:us-east-1:123456789012:activity:pack', Parameters: {} }],
    ['a callback', { ...TASK, Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken' }],
    ['a job', { ...TASK, Resource: 'arn:aws:states:::glue:startJobRun.sync' }],
    ['a service that is not there', { ...TASK, Resource: 'arn:aws:states:::aws-sdk:teapot:brew' }],
  ])('answers %s, without a role', async (_what, state) => {
    expect(await test(state, { mock: { result: '[1]' } })).toEqual({ status: 'SUCCEEDED', output: '[1]' });
    expect(calls).toEqual([]);
  });

  it('answers a Map, whose failed iterations count', async () => {
    const map = { ...MAP, ToleratedFailurePercentage: 40, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Rescue' }] };
    const request: Request = { input: [1, 2], mock: { result: '["x","y"]' }, inspectionLevel: 'DEBUG' };
    expect(await test(map, request)).toMatchObject({
      status: 'SUCCEEDED',
      output: '["x","y"]',
      inspectionData: { afterItemsPath: '[1,2]', maxConcurrency: 0, toleratedFailurePercentage: 40 },
    });
    expect(await test(map, { ...request, stateConfiguration: { mapIterationFailureCount: 1 } })).toMatchObject({
      status: 'CAUGHT_ERROR',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
      nextState: 'Rescue',
    });
    const errorOutput = { error: 'Broken', cause: 'inside' };
    expect(
      await test(MAP, { input: [1], mock: { errorOutput }, stateConfiguration: { errorCausedByState: 'Inner' } }),
    ).toEqual({ status: 'FAILED', ...errorOutput });
  });

  it('stands in a context object of its own', async () => {
    const state = { ...TASK, Parameters: { 'x.$': '$$.Execution.Name' } };
    const mock = { result: '{}' };
    expect(await test(state, { mock, context: '{"Execution":{"Name":"n"}}', inspectionLevel: 'DEBUG' })).toMatchObject({
      inspectionData: { afterParameters: '{"x":"n"}' },
    });
    await expect(test(state, { mock, context: '{"State":{"RetryCount":"1"}}' })).rejects.toThrow(
      'Invalid Context object provided: State.RetryCount must be a number',
    );
    await expect(test(state, { mock, context: '[]' })).rejects.toThrow(ValidationException);
    await expect(test(state, { mock, context: '{"Foo":1}' })).rejects.toThrow("Field 'Foo' is not allowed");
  });

  it.each([
    ['{}', "Required field 'ExecutionArn' is missing"],
    ['{"ExecutionArn":1}', "Field 'ExecutionArn' must be a string"],
    ['{"ExecutionArn":""}', "Field 'ExecutionArn' is smaller than the minimum length"],
    ['{"ExecutionArn":"x","Tags":{}}', "Field 'Tags' must be an array"],
    ['{"ExecutionArn":"x","Tags":["a","a","a"]}', "Field 'Tags' exceeds the maximum length"],
    ['{"ExecutionArn":"x","Tags":["b"]}', "Field 'Tags' is not an expected value"],
    ['{"ExecutionArn":"x","Count":0}', "Field 'Count' is less than the minimum value"],
    ['{"ExecutionArn":"x","Count":10}', "Field 'Count' exceeds the maximum value"],
    ['{"ExecutionArn":"x","Open":"yes"}', "Field 'Open' must be a boolean"],
    ['{"ExecutionArn":"x","Words":{"w":1}}', "Field 'w' must be a string"],
  ])('is held against the API’s model: %s', async (result, problem) => {
    await expect(test(START, { mock: { result } })).rejects.toThrow(`Mock result schema validation error: ${problem}`);
    expect(await test(START, { mock: { result, fieldValidationMode: 'NONE' } })).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('may leave fields out where it says so; a job’s is that of what it polls', async () => {
    expect(await test(START, { mock: { result: '{"x":1}', fieldValidationMode: 'PRESENT' } })).toMatchObject({
      output: '{"x":1}',
    });
    const job = { ...START, Resource: 'arn:aws:states:::states:startExecution.sync:2' };
    await expect(test(job, { mock: { result: '{}' } })).rejects.toThrow("Required field 'ExecutionArn'");
    expect(asked).toEqual(['sfn:startExecution', 'sfn:describeExecution']);
  });
});

describe('TestState refuses', () => {
  it.each<[string, object, Request, string]>([
    ['a Map without a mock', MAP, {}, 'Map or Parallel states. Supported state types include: [Task, Wait'],
    ['a job without a mock', { ...START, Resource: `${START.Resource}.sync` }, { roleArn: ROLE }, '.sync or .waitFor'],
    ['a wrong state', { Type: 'Fail', Next: 'A' }, {}, 'SCHEMA_VALIDATION_FAILED'],
  ])('%s as InvalidDefinition', async (_what, state, request, text) => {
    const refused = await test(state, request).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidDefinition);
    expect(refused).toMatchObject({ message: expect.stringContaining(text) });
  });

  const mock = { result: '{}' };
  it.each<[string, object, Request, string]>([
    ['a Task without a role', TASK, {}, 'RoleArn must be specified when testing a Task state'],
    ['a mock of a Wait', { Type: 'Wait', Seconds: 1, End: true }, { mock }, "State type 'Wait' is not supported when"],
    ['two mocks in one', TASK, { mock: { ...mock, errorOutput: { error: 'E' } } }, 'only one of the following fields'],
    ['no mock in one', TASK, { mock: {} }, 'only one of the following fields'],
    ['secrets of a mock', TASK, { mock, revealSecrets: true }, 'does not support RevealSecrets'],
    ['a mock that is no JSON', TASK, { mock: { result: 'x' } }, 'Mocked result must be valid JSON'],
    ['an object of a Map', MAP, { input: [], mock }, 'Mocked result must be an array.'],
    ['a context alone', TASK, { roleArn: ROLE, context: '{}' }, 'does not support Context when a mock is not'],
    ['variables that are none', { Type: 'Succeed' }, { variables: '[]' }, 'Invalid variables provided'],
    ['a level', { Type: 'Succeed' }, { inspectionLevel: 'ALL' as 'INFO' }, "at 'inspectionLevel' failed to satisfy"],
    [
      'a count without a Map',
      TASK,
      { mock, stateConfiguration: { mapIterationFailureCount: 1 } },
      'TestState supports MapIterationFailureCount for Map states only.',
    ],
  ])('%s as ValidationException', async (_what, state, request, text) => {
    const refused = await test(state, request).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ValidationException);
    expect(refused).toMatchObject({ message: expect.stringContaining(text) });
  });

  it('input that is no JSON, and a role that is none', async () => {
    const definition = '{"Type":"Succeed"}';
    const send = (request: Partial<TestStateCommandInput>) =>
      bench.client.send(new TestStateCommand({ definition, ...request }));
    await expect(send({ input: '{' })).rejects.toBeInstanceOf(InvalidExecutionInput);
    await expect(send({ roleArn: 'arn:aws:iam::x' })).rejects.toBeInstanceOf(InvalidArn);
    expect(await send({})).toMatchObject({ output: '{}' });
  });
});
