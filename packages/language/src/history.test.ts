/**
 * What surprises in the order and the shape of a history, one test for each rule. `7 < 5` in a line: event 7 names 5 as
 * its previous one.
 */
import { expect, test } from 'vitest';
import { TestExecution } from './testing/test-execution.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:work';
const INVOKE = 'arn:aws:states:::lambda:invoke';

function machine(states: object): object {
  return { StartAt: Object.keys(states)[0], States: states };
}

function task(fields: object = {}, resource = INVOKE): object {
  return { Type: 'Task', Resource: resource, End: true, ...fields };
}

function map(state: object, fields: object = {}): object {
  return { Type: 'Map', MaxConcurrency: 1, ItemProcessor: machine({ One: state }), End: true, ...fields };
}

const PASS = { Type: 'Pass', End: true };
const STOP = { Type: 'Fail', Error: 'Red' };
const RETRY = { Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }] };

test('the first state is entered after no event at all', () => {
  expect(TestExecution.start(machine({ A: PASS })).lines).toEqual([
    '1 < 0 ExecutionStarted',
    '2 < 0 PassStateEntered A',
    '3 < 2 PassStateExited A',
    '4 < 3 ExecutionSucceeded',
  ]);
});

test('the end of an iteration is a leaf: the next iteration, and a failure, follow the event before it', () => {
  expect(TestExecution.start(machine({ All: map(PASS) }), [1, 2]).lines.slice(3)).toEqual([
    '4 < 3 MapIterationStarted All[0]',
    '5 < 4 PassStateEntered One',
    '6 < 5 PassStateExited One',
    '7 < 6 MapIterationSucceeded All[0]',
    '8 < 6 MapIterationStarted All[1]',
    '9 < 8 PassStateEntered One',
    '10 < 9 PassStateExited One',
    '11 < 10 MapIterationSucceeded All[1]',
    '12 < 11 MapStateSucceeded',
    '13 < 11 MapStateExited All',
    '14 < 13 ExecutionSucceeded',
  ]);
  expect(TestExecution.start(machine({ All: map(STOP) }), [1]).lines.slice(4)).toEqual([
    '5 < 4 FailStateEntered One',
    '6 < 5 MapIterationFailed All[0]',
    '7 < 5 MapStateFailed',
    '8 < 7 ExecutionFailed',
  ]);
});

test('a Map is left after the event that MapStateSucceeded follows', () => {
  const execution = TestExecution.start(machine({ All: map(PASS) }), [1]);
  const before = execution.history.find(({ type }) => type === 'MapStateSucceeded')?.previousEventId;
  expect(execution.history.find(({ type }) => type === 'MapStateExited')?.previousEventId).toBe(before);
});

test('a Map that is retried starts a second time and is entered once', () => {
  const execution = TestExecution.start(machine({ All: map(STOP, RETRY) }), [1]);
  execution.wait(1_000);
  expect(execution.lines.slice(4)).toEqual([
    '5 < 4 FailStateEntered One',
    '6 < 5 MapIterationFailed All[0]',
    '7 < 5 MapStateStarted',
    '8 < 7 MapIterationStarted All[0]',
    '9 < 8 FailStateEntered One',
    '10 < 9 MapIterationFailed All[0]',
    '11 < 9 MapStateFailed',
    '12 < 11 ExecutionFailed',
  ]);
});

test('a task that is retried is scheduled and started a second time', () => {
  const execution = TestExecution.start(machine({ Work: task(RETRY) }));
  execution.fail('Work', 'Red');
  execution.wait(1_000);
  execution.succeed('Work', 1);
  expect(execution.lines.slice(1, 8)).toEqual([
    '2 < 0 TaskStateEntered Work',
    '3 < 2 TaskScheduled',
    '4 < 3 TaskStarted',
    '5 < 4 TaskFailed',
    '6 < 5 TaskScheduled',
    '7 < 6 TaskStarted',
    '8 < 7 TaskSucceeded',
  ]);
});

test('a branch that reaches a Fail state fails its Parallel, which is left only where that is caught', () => {
  const parallel = { Type: 'Parallel', Branches: [machine({ Stop: STOP })], End: true };
  expect(TestExecution.start(machine({ Both: parallel })).types.slice(-3)).toEqual([
    'FailStateEntered',
    'ParallelStateFailed',
    'ExecutionFailed',
  ]);
  const caught = { ...parallel, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }] };
  const execution = TestExecution.start(machine({ Both: caught, Done: { Type: 'Succeed' } }));
  expect(execution.types.slice(3, 6)).toEqual(['FailStateEntered', 'ParallelStateFailed', 'ParallelStateExited']);
});

test('a task that fails in a branch is told to be aborted', () => {
  const execution = TestExecution.start(
    machine({ Both: { Type: 'Parallel', Branches: [machine({ Work: task() })], End: true } }),
  );
  execution.fail('Work', 'Red');
  expect(execution.types.slice(-4)).toEqual([
    'TaskFailed',
    'TaskStateAborted',
    'ParallelStateFailed',
    'ExecutionFailed',
  ]);
});

test('EvaluationFailed follows the event before the entry and names its field, but not for what a Map is given', () => {
  const jsonata = (state: object): object => ({ QueryLanguage: 'JSONata', ...machine({ A: PASS, B: state }) });
  const next = (definition: object): object => {
    const states = { A: { Type: 'Pass', Next: 'B' }, B: Reflect.get(Reflect.get(definition, 'States'), 'B') };
    return { ...definition, States: states };
  };
  const field = TestExecution.start(next(jsonata({ ...PASS, Output: { result: '{% $nope %}' } })));
  expect(field.lines.slice(3)).toEqual(['4 < 3 PassStateEntered B', '5 < 3 EvaluationFailed', '6 < 5 ExecutionFailed']);
  expect(field.history[4]?.evaluationFailedEventDetails).toMatchObject({ location: 'Output/result', state: 'B' });
  const input = TestExecution.start(next(jsonata(map(PASS))), { not: 'an array' });
  expect(input.history[4]).toMatchObject({ type: 'EvaluationFailed', previousEventId: 3 });
  expect(input.history[4]?.evaluationFailedEventDetails).not.toHaveProperty('location');
});

test('an error or a cause that is not there is left out', () => {
  const detailsOf = (state: object): unknown =>
    TestExecution.start(machine({ Stop: state })).history.at(-1)?.executionFailedEventDetails;
  expect(detailsOf({ Type: 'Fail' })).toEqual({});
  expect(detailsOf(STOP)).toEqual({ error: 'Red' });
  const late = TestExecution.start(machine({ Work: task({ TimeoutSeconds: 5 }) }));
  late.wait(5_000);
  expect(late.history.at(-1)?.executionFailedEventDetails).toEqual({ error: 'States.Timeout' });
});

test('every input and output says that it was not truncated', () => {
  const execution = TestExecution.start(machine({ Work: task() }), { a: 1 });
  execution.succeed('Work', { b: 2 });
  const notTruncated = { truncated: false };
  expect(execution.history).toMatchObject([
    { executionStartedEventDetails: { input: '{"a":1}', inputDetails: notTruncated } },
    { stateEnteredEventDetails: { input: '{"a":1}', inputDetails: notTruncated } },
    {},
    {},
    { taskSucceededEventDetails: { output: '{"b":2}', outputDetails: notTruncated } },
    { stateExitedEventDetails: { output: '{"b":2}', outputDetails: notTruncated } },
    { executionSucceededEventDetails: { output: '{"b":2}', outputDetails: notTruncated } },
  ]);
});

test('assigned variables are told as JSON text', () => {
  const assign = { nothing: null, zero: 0, text: 'str', list: [1] };
  const execution = TestExecution.start(machine({ A: { ...PASS, Assign: assign } }));
  expect(execution.history[2]?.stateExitedEventDetails).toMatchObject({
    assignedVariables: { nothing: 'null', zero: '0', text: '"str"', list: '[1]' },
    assignedVariablesDetails: { truncated: false },
  });
});

test('a task tells its deadlines only where it has any, and a missed heartbeat is a time-out', () => {
  const scheduled = (fields: object): object | undefined =>
    TestExecution.start(machine({ Work: task(fields) })).history[2]?.taskScheduledEventDetails;
  expect(scheduled({})).not.toHaveProperty('timeoutInSeconds');
  expect(scheduled({})).not.toHaveProperty('heartbeatInSeconds');
  expect(scheduled({ TimeoutSeconds: 9, HeartbeatSeconds: 3 })).toMatchObject({
    timeoutInSeconds: 9,
    heartbeatInSeconds: 3,
  });
  const execution = TestExecution.start(machine({ Work: task({ TimeoutSeconds: 9, HeartbeatSeconds: 3 }) }));
  execution.wait(3_000);
  expect(execution.history.at(-2)).toMatchObject({
    type: 'TaskTimedOut',
    taskTimedOutEventDetails: { error: 'States.Timeout' },
  });
});

test('a function as Resource has its own events, the integration that invokes it those of a task', () => {
  const typesOf = (resource: string): string[] => {
    const execution = TestExecution.start(machine({ Work: task({}, resource) }));
    execution.succeed('Work', 1);
    return execution.types.slice(2, 5);
  };
  expect(typesOf(FUNCTION)).toEqual(['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded']);
  expect(typesOf(INVOKE)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSucceeded']);
});
