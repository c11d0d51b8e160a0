import { describe, expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { TestExecution } from '../testing/test-execution.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';

function machine(states: object, startAt: string = Object.keys(states)[0] ?? ''): object {
  return { QueryLanguage: 'JSONata', StartAt: startAt, States: states };
}

function only(state: object): object {
  return machine({ S: { End: true, ...state } });
}

function outputOf(state: object, input: Json = {}): Json | undefined {
  return TestExecution.start(only(state), input).output;
}

/** The last two events' lines and details, of a machine that fails at its field. */
function failureOf(definition: object, input: Json = {}): readonly unknown[] {
  const execution = TestExecution.start(definition, input);
  expect(execution.status).toBe('FAILED');
  const event = execution.history.find(({ type }) => type === 'EvaluationFailed');
  return [event?.previousEventId, event?.evaluationFailedEventDetails?.location, execution.end?.error];
}

function causeOf(definition: object, input: Json = {}): string | undefined {
  return TestExecution.start(definition, input).end?.cause;
}

/** A started machine whose one task was answered. */
function answered(state: object, result: Json = { ok: 1 }, input: Json = { in: 1 }): TestExecution {
  const execution = TestExecution.start(only({ Type: 'Task', Resource: LAMBDA, ...state }), input);
  const taskId = execution.tasks[0]?.taskId ?? 0;
  execution.send({ type: 'TaskResult', taskId, result: { ok: true, output: result } });
  return execution;
}

function failed(state: object, others: object = {}): TestExecution {
  const task = { Type: 'Task', Resource: LAMBDA, End: true, ...state };
  const execution = TestExecution.start(machine({ S: task, ...others }), { in: 1 });
  const taskId = execution.tasks[0]?.taskId ?? 0;
  execution.send({ type: 'TaskResult', taskId, result: { ok: false, error: 'Red', cause: 'because' } });
  return execution;
}

describe('the data of a JSONata state', () => {
  test('is its input where there is no Output', () => {
    expect(outputOf({ Type: 'Pass' }, { a: 1 })).toEqual({ a: 1 });
    expect(outputOf({ Type: 'Succeed', End: undefined }, [1])).toEqual([1]);
  });

  test('is its Output, with expressions at every depth and literals everywhere else', () => {
    const output = { a: ['{% $states.input.n + 1 %}', ' {% $x %}', { b: "{% 'x' & 'y' %}" }], c: null, 'd.$': '$' };
    expect(outputOf({ Type: 'Pass', Output: output }, { n: 1 })).toEqual({
      a: [2, ' {% $x %}', { b: 'xy' }],
      c: null,
      'd.$': '$',
    });
    expect(outputOf({ Type: 'Pass', Output: null })).toBeNull();
  });

  test('has the context object and the variables of its scopes', () => {
    const states = {
      A: { Type: 'Pass', Assign: { v: { list: [1, 2] } }, Next: 'B' },
      B: { Type: 'Pass', Output: { sum: '{% $sum($v.list) %}', at: '{% $states.context.State.Name %}' }, End: true },
    };
    expect(TestExecution.start(machine(states)).output).toEqual({ sum: 3, at: 'B' });
  });

  test('evaluates Assign and Output over the variables as they were on entry', () => {
    const states = {
      A: { Type: 'Pass', Assign: { v: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { v: '{% $v + 1 %}' }, Output: '{% $v %}', Next: 'C' },
      C: { Type: 'Pass', Output: ['{% $states.input %}', '{% $v %}'], End: true },
    };
    expect(TestExecution.start(machine(states)).output).toEqual([1, 2]);
  });

  test('goes on from a JSONPath state and to one', () => {
    const states = {
      A: { Type: 'Pass', Assign: { 'v.$': '$.n' }, Next: 'B' },
      B: { Type: 'Pass', QueryLanguage: 'JSONata', Output: { n: '{% $v * 2 %}' }, Next: 'C' },
      C: { Type: 'Pass', OutputPath: '$.n', End: true },
    };
    expect(TestExecution.start({ StartAt: 'A', States: states }, { n: 4 }).output).toBe(8);
  });
});

describe('a field that cannot be evaluated', () => {
  test('fails its state, with an event that follows what came before the entry', () => {
    const states = {
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Pass', Output: { r: '{% $nope %}' }, End: true },
    };
    const execution = TestExecution.start(machine(states));
    expect(execution.lines.slice(-3)).toEqual([
      '4 < 3 PassStateEntered B',
      '5 < 3 EvaluationFailed',
      '6 < 5 ExecutionFailed',
    ]);
    const cause =
      "An error occurred while executing the state 'B' (entered at the event id #4). The JSONata expression '$nope' specified for the field 'Output/r' returned nothing (undefined).";
    const error = 'States.QueryEvaluationError';
    expect(execution.history[4]?.evaluationFailedEventDetails).toEqual({
      error,
      cause,
      location: 'Output/r',
      state: 'B',
    });
    expect(execution.end).toMatchObject({ error, cause });
  });

  test('is named with the way to it', () => {
    const undefinedIn = (state: object): unknown => failureOf(only(state))[1];
    expect(undefinedIn({ Type: 'Pass', Output: '{% $n %}' })).toBe('Output');
    expect(undefinedIn({ Type: 'Pass', Output: { a: { b: [1, '{% $n %}'] } } })).toBe('Output/a/b[1]');
    expect(undefinedIn({ Type: 'Pass', Assign: { x: '{% $n %}' } })).toBe('Assign/x');
    expect(undefinedIn({ Type: 'Task', Resource: LAMBDA, Arguments: { F: '{% $n %}' } })).toBe('Arguments/F');
    expect(undefinedIn({ Type: 'Wait', Seconds: '{% $n %}' })).toBe('Seconds');
    expect(undefinedIn({ Type: 'Fail', Error: '{% $n %}', End: undefined })).toBe('Error');
    const choice = (rule: object): unknown =>
      failureOf(machine({ S: { Type: 'Choice', Choices: [{ Next: 'T', ...rule }] }, T: { Type: 'Succeed' } }))[1];
    expect(choice({ Condition: '{% $n %}' })).toBe('Choices[0]/Condition');
    expect(choice({ Condition: true, Output: { v: '{% $n %}' } })).toBe('Choices[0]/Output/v');
    expect(choice({ Condition: true, Assign: { v: '{% $n %}' } })).toBe('Choices[0]/Assign/v');
  });

  test('tells the error of the language that ended the evaluation', () => {
    expect(causeOf(only({ Type: 'Pass', Output: '{% $nope(1) %}' }))).toBe(
      "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression '$nope(1)' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function",
    );
  });

  test('tells a result of the wrong type', () => {
    const wrong = (field: string, text: string, expected: string, type: string, value: string): string =>
      `An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression '${text}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${type}' for value: ${value}`;
    expect(causeOf(only({ Type: 'Wait', Seconds: "{% '1' %}" }))).toBe(
      wrong('Seconds', "'1'", 'number', 'string', '"1"'),
    );
    expect(causeOf(only({ Type: 'Fail', Cause: '{% 1 %}', End: undefined }))).toBe(
      wrong('Cause', '1', 'string', 'number', '1'),
    );
    const rule = { Condition: '{% null %}', Next: 'T' };
    expect(causeOf(machine({ S: { Type: 'Choice', Choices: [rule] }, T: { Type: 'Succeed' } }))).toBe(
      wrong('Choices[0]/Condition', 'null', 'boolean', 'null', 'null'),
    );
    const task = { Type: 'Task', Resource: LAMBDA, TimeoutSeconds: '{% [5, 6] %}' };
    expect(causeOf(only(task))).toBe(wrong('TimeoutSeconds', '[5, 6]', 'number', 'array', '[5,6]'));
  });

  test('is caught by its name and by States.ALL, where the state has a Catch', () => {
    for (const name of ['States.QueryEvaluationError', 'States.ALL']) {
      const states = {
        S: {
          Type: 'Task',
          Resource: LAMBDA,
          Arguments: '{% $nope %}',
          Catch: [{ ErrorEquals: [name], Output: '{% $states.errorOutput.Error %}', Next: 'T' }],
          End: true,
        },
        T: { Type: 'Succeed' },
      };
      const execution = TestExecution.start(machine(states));
      expect(execution.lines.slice(1, 4)).toEqual([
        '2 < 0 TaskStateEntered S',
        '3 < 0 EvaluationFailed',
        '4 < 3 TaskStateExited S',
      ]);
      expect(execution.output).toBe('States.QueryEvaluationError');
    }
  });

  test('follows the work where it is evaluated after it, and is not caught a second time', () => {
    const execution = answered({ Output: '{% $nope %}' });
    expect(execution.lines.slice(-3)).toEqual([
      '5 < 4 TaskSucceeded',
      '6 < 5 EvaluationFailed',
      '7 < 6 ExecutionFailed',
    ]);
    const caught = failed(
      { Catch: [{ ErrorEquals: ['Red'], Output: { e: '{% $nope %}' }, Next: 'T' }] },
      { T: { Type: 'Succeed' } },
    );
    expect(caught.status).toBe('FAILED');
    expect(caught.history.at(-2)?.evaluationFailedEventDetails?.location).toBe('Catch[0]/Output/e');
  });
});

describe('a JSONata Task', () => {
  test('sends its Arguments, or its input, and hands on its result', () => {
    expect(answered({ Arguments: { x: '{% $states.input.in + 1 %}' } }).scheduled[0]?.parameters).toEqual({ x: 2 });
    const execution = answered({});
    expect(execution.scheduled[0]?.parameters).toEqual({ in: 1 });
    expect(execution.output).toEqual({ ok: 1 });
  });

  test('has its result beside its input in Output and Assign', () => {
    const output = { both: ['{% $states.input.in %}', '{% $states.result.ok %}'] };
    const execution = answered({ Output: output, Assign: { r: '{% $states.result %}' } });
    expect(execution.output).toEqual({ both: [1, 1] });
    const exited = execution.history.find(({ type }) => type === 'TaskStateExited');
    expect(exited?.stateExitedEventDetails?.assignedVariables).toEqual({ r: '{"ok":1}' });
  });

  test('takes its deadlines and its role from expressions', () => {
    const execution = answered({
      TimeoutSeconds: '{% $states.input.in * 9 %}',
      HeartbeatSeconds: '{% 3 %}',
      Credentials: { RoleArn: "{% 'arn:aws:iam::123456789012:role/' & $string($states.input.in) %}" },
    });
    expect(execution.scheduled[0]).toMatchObject({
      timeoutSeconds: 9,
      heartbeatSeconds: 3,
      roleArn: 'arn:aws:iam::123456789012:role/1',
    });
    const wrong = (fields: object): readonly unknown[] =>
      failureOf(only({ Type: 'Task', Resource: LAMBDA, ...fields }));
    expect(wrong({ TimeoutSeconds: '{% 1.5 %}' })).toEqual([0, 'TimeoutSeconds', 'States.QueryEvaluationError']);
    expect(wrong({ Credentials: { RoleArn: '{% 1 %}' } })).toEqual([
      0,
      'Credentials/RoleArn',
      'States.QueryEvaluationError',
    ]);
  });

  test('that fails hands on the error, or the catcher’s Output over it', () => {
    const others = { T: { Type: 'Pass', Output: ['{% $states.input %}', '{% $seen %}'], End: true } };
    const assign = { seen: '{% $states.errorOutput.Cause %}' };
    const plain = failed({ Catch: [{ ErrorEquals: ['Red'], Assign: assign, Next: 'T' }] }, others);
    expect(plain.output).toEqual([{ Error: 'Red', Cause: 'because' }, 'because']);
    const output = { was: '{% $states.input.in %}', error: '{% $states.errorOutput.Error %}' };
    const shaped = failed({ Catch: [{ ErrorEquals: ['Red'], Assign: assign, Output: output, Next: 'T' }] }, others);
    expect(shaped.output).toEqual([{ was: 1, error: 'Red' }, 'because']);
  });
});

describe('a JSONata Choice', () => {
  const choice = (fields: object, input: Json): Json | undefined => {
    const after = {
      Type: 'Pass',
      Output: ['{% $states.context.State.Name %}', '{% $states.input %}', '{% $v %}'],
      End: true,
    };
    return TestExecution.start(machine({ S: { Type: 'Choice', ...fields }, X: after, Y: after }), input).output;
  };
  const fields = {
    Choices: [
      {
        Condition: '{% $states.input.n > 1 %}',
        Assign: { v: 'rule' },
        Output: { o: '{% $states.input.n %}' },
        Next: 'X',
      },
      { Condition: false, Next: 'X' },
    ],
    Default: 'Y',
    Assign: { v: 'state' },
    Output: 'default',
  };

  test('takes the first rule that holds with its own Assign and Output, and the state’s with Default', () => {
    expect(choice(fields, { n: 2 })).toEqual(['X', { o: 2 }, 'rule']);
    expect(choice(fields, { n: 1 })).toEqual(['Y', 'default', 'state']);
  });
});

describe('a JSONata Wait', () => {
  test('waits for what its expressions give', () => {
    const start = (fields: object): TestExecution => TestExecution.start(only({ Type: 'Wait', ...fields }), { n: 2 });
    const timer = (execution: TestExecution): number | undefined => {
      const waiting = execution.state.frames.get('0')?.waiting;
      return waiting?.kind === 'timer' ? waiting.until - execution.now : undefined;
    };
    expect(timer(start({ Seconds: '{% $states.input.n %}' }))).toBe(2000);
    expect(timer(start({ Timestamp: '{% $fromMillis($millis() + 5000) %}' }))).toBe(5000);
  });

  test('fails where it has no use for them, after it has been entered', () => {
    expect(failureOf(only({ Type: 'Wait', Timestamp: "{% '2016-12-05T21:29:29' %}" }))).toEqual([
      2,
      'Timestamp',
      'States.QueryEvaluationError',
    ]);
    expect(failureOf(only({ Type: 'Wait', Seconds: '{% -1 %}' }))).toEqual([
      2,
      'Seconds',
      'States.QueryEvaluationError',
    ]);
  });
});

describe('a JSONata Map', () => {
  const map = (fields: object, inner: object = { Type: 'Pass', End: true }): object =>
    only({ Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: inner } }, ...fields });

  test('runs over its Items, an array or an expression, or over its input', () => {
    expect(TestExecution.start(map({ Items: [1, '{% 1 + 1 %}', [3]] })).output).toEqual([1, 2, [3]]);
    expect(TestExecution.start(map({ Items: '{% $states.input.l %}' }), { l: [5, 6] }).output).toEqual([5, 6]);
    expect(TestExecution.start(map({}), [7, 8]).output).toEqual([7, 8]);
  });

  test('selects and sums up with expressions', () => {
    const fields = {
      ItemSelector: { i: '{% $states.context.Map.Item.Index %}', v: '{% $states.context.Map.Item.Value %}' },
      MaxConcurrency: '{% 1 %}',
      ToleratedFailureCount: '{% 1 %}',
      Output: { all: '{% $states.result %}', n: '{% $count($states.result) %}' },
    };
    expect(TestExecution.start(map(fields), ['a', 'b']).output).toEqual({
      all: [
        { i: 0, v: 'a' },
        { i: 1, v: 'b' },
      ],
      n: 2,
    });
  });

  test('needs an array, and says which field did not give one', () => {
    const execution = TestExecution.start(map({ Items: "{% {'foo': 'bar'} %}" }));
    expect(execution.lines.slice(1)).toEqual([
      '2 < 0 MapStateEntered S',
      '3 < 0 EvaluationFailed',
      '4 < 3 MapStateFailed',
      '5 < 4 ExecutionFailed',
    ]);
    expect(execution.end?.cause).toContain(
      "specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'object' for value: {\"foo\":\"bar\"}",
    );
    expect(failureOf(map({}), 'text')).toEqual([0, undefined, 'States.QueryEvaluationError']);
    expect(causeOf(map({}), 'text')).toContain('Map state input must be an array but was: "text"');
    expect(failureOf(map({ Items: [1], ToleratedFailureCount: '{% "x" %}' }))[1]).toBe('ToleratedFailureCount');
    expect(failureOf(map({ Items: [1], MaxConcurrency: '{% -1 %}' }))[1]).toBe('MaxConcurrency');
  });

  test.each([
    [
      'ToleratedFailureCount',
      '{% 1.5 %}',
      'The ToleratedFailureCount field refers to value "1.5" which is not a valid integer: 1.5',
    ],
    ['ToleratedFailureCount', '{% -1 %}', 'ToleratedFailureCount cannot be negative.'],
    ['ToleratedFailurePercentage', '{% 100.5 %}', 'ToleratedFailurePercentage must be between 0 and 100.'],
  ])('has no use for a %s of %s', (field, value, cause) => {
    const definition = map({ Items: [1], [field]: value });
    expect(failureOf(definition)[1]).toBe(field);
    expect(causeOf(definition)).toContain(`(entered at the event id #2). ${cause}`);
  });

  test.each([['1'], ['true'], ['null'], ["'text'"], ["{'foo': 'bar'}"]])(
    'needs an array of its Items, not %s, through a variable too',
    (text) => {
      const assign = { Type: 'Pass', Assign: { v: `{% ${text} %}` }, Next: 'S' };
      const definition = (items: string): object =>
        machine({
          A: assign,
          S: {
            Type: 'Map',
            Items: items,
            ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
            End: true,
          },
        });
      const type = /returned an unexpected result type\. Expected 'array', but was '[a-z]+' for value: /;
      for (const items of [`{% ${text} %}`, '{% $v %}']) {
        expect(failureOf(definition(items))).toEqual([expect.any(Number), 'Items', 'States.QueryEvaluationError']);
        expect(causeOf(definition(items))).toMatch(type);
      }
    },
  );

  test('fails with its iteration, whose evaluation has its own event', () => {
    const execution = TestExecution.start(map({ Items: [1] }, { Type: 'Pass', Output: '{% $nope %}', End: true }));
    expect(execution.lines.slice(3)).toEqual([
      '4 < 3 MapIterationStarted S[0]',
      '5 < 4 PassStateEntered I',
      '6 < 4 EvaluationFailed',
      '7 < 6 MapIterationFailed S[0]',
      '8 < 6 MapStateFailed',
      '9 < 8 ExecutionFailed',
    ]);
  });
});

test('a JSONata Parallel gives its Arguments to its branches and its result to its Output', () => {
  const branch = (name: string): object => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
  const state = {
    Type: 'Parallel',
    Branches: [branch('A'), branch('B')],
    Arguments: { x: '{% $states.input.n + 1 %}' },
    Output: '{% $sum($states.result.x) %}',
  };
  expect(outputOf(state, { n: 1 })).toBe(4);
});

test('a JSONata Fail takes its texts from expressions', () => {
  const state = { Type: 'Fail', Error: '{% $states.input.e %}', Cause: "{% 'be' & 'cause' %}", End: undefined };
  expect(TestExecution.start(only(state), { e: 'Red' }).end).toMatchObject({ error: 'Red', cause: 'because' });
});

test('the same entry gives the same chance, and two expressions of it are not alike', () => {
  const state = { Type: 'Pass', Output: ['{% $uuid() %}', '{% $uuid() %}'] };
  const first = outputOf(state);
  expect(outputOf(state)).toEqual(first);
  expect(new Set(Array.isArray(first) ? first : []).size).toBe(2);
});
