import { describe, expect, test } from 'vitest';
import { MAX_DATA_BYTES } from '../limits.ts';
import { START_TIME, TestExecution } from '../testing/test-execution.ts';

const one = (state: object) => ({ StartAt: 'Only', States: { Only: { ...state, End: true } } });
const PLACE = "An error occurred while executing the state 'Only' (entered at the event id #2). ";

describe('a Pass', () => {
  test('hands on its input, its Parameters or its Result', () => {
    expect(TestExecution.start(one({ Type: 'Pass' }), { a: 1 }).output).toEqual({ a: 1 });
    expect(TestExecution.start(one({ Type: 'Pass', Parameters: { 'b.$': '$.a' } }), { a: 1 }).output).toEqual({ b: 1 });
    expect(TestExecution.start(one({ Type: 'Pass', Result: { 'c.$': '$.a' } }), { a: 1 }).output).toEqual({
      'c.$': '$.a',
    });
  });

  test('InputPath narrows what Parameters see, ResultPath writes into the whole input, OutputPath selects', () => {
    const state = {
      Type: 'Pass',
      InputPath: '$.a',
      Parameters: { 'x.$': '$.b' },
      ResultPath: '$.r',
      OutputPath: '$.r',
    };
    expect(TestExecution.start(one(state), { a: { b: 2 }, c: 3 }).output).toEqual({ x: 2 });
    expect(TestExecution.start(one({ ...state, OutputPath: '$' }), { a: { b: 2 }, c: 3 }).output).toEqual({
      a: { b: 2 },
      c: 3,
      r: { x: 2 },
    });
  });

  test('null paths: no input, no output, a discarded result', () => {
    expect(TestExecution.start(one({ Type: 'Pass', InputPath: null }), { a: 1 }).output).toEqual({});
    expect(TestExecution.start(one({ Type: 'Pass', OutputPath: null }), { a: 1 }).output).toEqual({});
    expect(TestExecution.start(one({ Type: 'Pass', Result: 5, ResultPath: null }), { a: 1 }).output).toEqual({ a: 1 });
  });
});

describe('Assign', () => {
  test('reads the result and the variables as they were; OutputPath reads those too', () => {
    const execution = TestExecution.start({
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
        Swap: {
          Type: 'Pass',
          Result: { v: 9 },
          ResultPath: '$.r',
          Assign: { 'a.$': '$b', 'b.$': '$a', 'c.$': '$.v' },
          OutputPath: '$b',
          Next: 'Show',
        },
        Show: { Type: 'Pass', Parameters: { 'in.$': '$', 'a.$': '$a', 'b.$': '$b', 'c.$': '$c' }, End: true },
      },
    });
    expect(execution.output).toEqual({ in: 2, a: 2, b: 1, c: 9 });
    expect(execution.history[4]?.stateExitedEventDetails).toMatchObject({
      assignedVariables: { a: '2', b: '1', c: '9' },
      assignedVariablesDetails: { truncated: false },
    });
  });

  test('a state without it shows no variables in history', () => {
    const execution = TestExecution.start(one({ Type: 'Pass' }));
    expect(execution.history[2]?.stateExitedEventDetails).toEqual({
      name: 'Only',
      output: '{}',
      outputDetails: { truncated: false },
    });
  });
});

describe('the context object', () => {
  test('shows execution, machine and state', () => {
    const execution = TestExecution.start(one({ Type: 'Pass', InputPath: '$$' }), { a: 1 });
    const { facts } = execution.state;
    const time = new Date(START_TIME).toISOString();
    expect(execution.output).toEqual({
      Execution: {
        Id: facts.executionArn,
        Input: { a: 1 },
        Name: facts.name,
        RoleArn: facts.roleArn,
        StartTime: time,
        RedriveCount: 0,
      },
      State: { EnteredTime: time, Name: 'Only' },
      StateMachine: { Id: facts.stateMachineArn, Name: facts.stateMachineName },
    });
  });

  test('counts the retries of a state that has any', () => {
    const execution = TestExecution.start(
      one({
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { 'n.$': '$$.State.RetryCount' },
        Retry: [{ ErrorEquals: ['States.ALL'] }],
      }),
    );
    execution.fail('Only', 'E');
    execution.wait(1_000);
    expect(execution.scheduled.map((command) => command.parameters)).toEqual([{ n: 0 }, { n: 1 }]);
  });
});

describe('failures', () => {
  test('of an evaluation say where it happened', () => {
    const execution = TestExecution.start(one({ Type: 'Pass', Parameters: { 'x.$': '$.missing' } }), { a: 1 });
    expect(execution.lines.slice(2)).toEqual(['3 < 2 ExecutionFailed']);
    expect(execution.end?.error).toBe('States.Runtime');
    expect(execution.end?.cause?.startsWith(PLACE)).toBe(true);
  });

  test('of a state whose output is too large say so in a text of their own', () => {
    const state = { Type: 'Pass', Parameters: { 'x.$': '$', 'y.$': '$' } };
    const execution = TestExecution.start(one(state), 'x'.repeat(MAX_DATA_BYTES / 2));
    expect(execution.end).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause: "The state/task 'Only' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  test('of a Fail state are what it says, and nothing where it says nothing', () => {
    const fail = (fields: object) =>
      TestExecution.start({ StartAt: 'F', States: { F: { Type: 'Fail', ...fields } } }, { e: 'E', c: 'C' });
    expect(fail({}).history.at(-1)?.executionFailedEventDetails).toEqual({});
    expect(fail({ Error: 'X' }).end).toEqual({ type: 'EndExecution', status: 'FAILED', error: 'X' });
    expect(fail({ ErrorPath: '$.e', CausePath: "States.Format('<{}>', $.c)" }).end).toMatchObject({
      error: 'E',
      cause: '<C>',
    });
    expect(fail({ ErrorPath: '$' }).end?.error).toBe('States.Runtime');
  });

  test.each([['Error'], ['Cause']])('of a Fail state whose %sPath gives no text name the field', (field) => {
    const machine = { StartAt: 'Stop', States: { Stop: { Type: 'Fail', [`${field}Path`]: '$.text' } } };
    expect(TestExecution.start(machine, { text: { a: 1 } }).end).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'Stop' (entered at the event id #2). The ${field}Path field refers to value "{"a":1}" which is not a valid string: $.text`,
    });
  });

  test('of a Choice without a match are States.NoChoiceMatched', () => {
    const choice = { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'Done' }] };
    const machine = { StartAt: 'Ask', States: { Ask: choice, Done: { Type: 'Succeed' } } };
    expect(TestExecution.start(machine, { n: 1 }).status).toBe('SUCCEEDED');
    expect(TestExecution.start(machine, { n: 2 }).end?.error).toBe('States.NoChoiceMatched');
  });

  test('a rule’s Assign takes the place of the Choice’s own', () => {
    const rule = { Variable: '$.n', NumericEquals: 1, Next: 'Show', Assign: { by: 'rule' } };
    const machine = {
      StartAt: 'Ask',
      States: {
        Ask: { Type: 'Choice', Choices: [rule], Default: 'Show', Assign: { by: 'default' } },
        Show: { Type: 'Pass', Parameters: { 'by.$': '$by' }, End: true },
      },
    };
    expect(TestExecution.start(machine, { n: 1 }).output).toEqual({ by: 'rule' });
    expect(TestExecution.start(machine, { n: 2 }).output).toEqual({ by: 'default' });
  });
});

test('the variables that a state can see are limited all together', () => {
  const chain = (count: number): object => {
    const states = Array.from({ length: count }, (_, index) => {
      const way = index === count - 1 ? { End: true } : { Next: `S${index + 1}` };
      return [`S${index}`, { Type: 'Pass', Assign: { [`v${index}.$`]: '$' }, ...way }] as const;
    });
    return { StartAt: 'S0', States: Object.fromEntries(states) };
  };
  const text = 'x'.repeat(261_000);
  const run = (count: number): TestExecution => {
    const execution = TestExecution.start(chain(count), text);
    execution.drain();
    return execution;
  };
  expect(run(40).status).toBe('SUCCEEDED');
  expect(run(41).end).toMatchObject({
    error: 'States.DataLimitExceeded',
    cause: "The variables after the state 'S40' exceed the maximum number of bytes service limit.",
  });
});
