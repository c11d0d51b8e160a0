import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';
import type { TaskState } from './state-machine.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

function parse(fields: Record<string, unknown>): {
  readonly findings: readonly string[];
  readonly task: TaskState | null;
} {
  const task = { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Next: 'T', ...fields };
  const definition = { StartAt: 'S', States: { S: task, T: { Type: 'Succeed' } } };
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  const state = machine?.states.get('S');
  return {
    findings: diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`),
    task: state?.type === 'Task' ? state : null,
  };
}

const retry = (retrier: unknown): readonly string[] => parse({ Retry: [retrier] }).findings;
const catching = (catcher: unknown): readonly string[] => parse({ Catch: [catcher] }).findings;
const ALONE = `${SCHEMA}: States.ALL must appear alone and at end of list`;

describe('a retrier', () => {
  it('is read with its defaults', () => {
    expect(parse({ Retry: [{ ErrorEquals: ['E'] }] }).task?.retry).toEqual([
      {
        errorEquals: ['E'],
        intervalSeconds: 1,
        maxAttempts: 3,
        backoffRate: 2,
        maxDelaySeconds: null,
        jitterStrategy: 'NONE',
      },
    ]);
    const full = {
      Comment: 'c',
      ErrorEquals: ['E', 'F'],
      IntervalSeconds: 2,
      MaxAttempts: 0,
      BackoffRate: 1.5,
      MaxDelaySeconds: 3,
      JitterStrategy: 'FULL',
    };
    expect(parse({ Retry: [full] }).task?.retry).toEqual([
      {
        errorEquals: ['E', 'F'],
        intervalSeconds: 2,
        maxAttempts: 0,
        backoffRate: 1.5,
        maxDelaySeconds: 3,
        jitterStrategy: 'FULL',
      },
    ]);
    expect(parse({ Retry: [], Catch: [] }).task).toMatchObject({ retry: [], catch: [] });
    expect(parse({}).task).toMatchObject({ retry: [], catch: [] });
  });

  it('accepts numbers that are kept by their text', () => {
    const text =
      '{"StartAt":"S","States":{"S":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true,"Retry":[{"ErrorEquals":["E"],"BackoffRate":2.0,"MaxAttempts":1e1}]}}}';
    const state = parseStateMachine(text, { type: 'STANDARD' }).machine?.states.get('S');
    expect(state?.type === 'Task' ? state.retry : null).toMatchObject([{ backoffRate: 2, maxAttempts: 10 }]);
  });

  it.each([
    [{}, `${SCHEMA}: These fields are required: [ErrorEquals] at /States/S/Retry[0]`],
    [{ ErrorEquals: [] }, `${SCHEMA}: Value cannot be empty at /States/S/Retry[0]/ErrorEquals`],
    [{ ErrorEquals: 'E' }, `${SCHEMA}: Expected value of type Array at /States/S/Retry[0]/ErrorEquals`],
    [{ ErrorEquals: [7] }, `${SCHEMA}: Expected value of type String at /States/S/Retry[0]/ErrorEquals[0]`],
    [
      { ErrorEquals: ['E'], IntervalSeconds: -1 },
      `${SCHEMA}: Minimum value is 0 at /States/S/Retry[0]/IntervalSeconds`,
    ],
    [{ ErrorEquals: ['E'], MaxAttempts: -1 }, `${SCHEMA}: Minimum value is 0 at /States/S/Retry[0]/MaxAttempts`],
    [
      { ErrorEquals: ['E'], MaxAttempts: 1.5 },
      `${SCHEMA}: Expected value of type Integer at /States/S/Retry[0]/MaxAttempts`,
    ],
    [{ ErrorEquals: ['E'], BackoffRate: 0.5 }, `${SCHEMA}: Minimum value is 1.0 at /States/S/Retry[0]/BackoffRate`],
    [
      { ErrorEquals: ['E'], BackoffRate: '2' },
      `${SCHEMA}: Expected value of type Float at /States/S/Retry[0]/BackoffRate`,
    ],
    [
      { ErrorEquals: ['E'], MaxDelaySeconds: 31_622_401 },
      `${SCHEMA}: Maximum value is 31622400 at /States/S/Retry[0]/MaxDelaySeconds`,
    ],
    [
      { ErrorEquals: ['E'], IntervalSeconds: 5, MaxDelaySeconds: 5 },
      `${SCHEMA}: MaxDelaySeconds must be greater than IntervalSeconds at /States/S/Retry[0]/MaxDelaySeconds`,
    ],
    [
      { ErrorEquals: ['E'], JitterStrategy: 'SOME' },
      `${SCHEMA}: Value should be one of the following: [NONE, FULL] at /States/S/Retry[0]/JitterStrategy`,
    ],
    [{ ErrorEquals: ['E'], Next: 'T' }, `${SCHEMA}: Field 'Next' is not supported at /States/S/Retry[0]`],
    ['E', `${SCHEMA}: Expected value of type Object at /States/S/Retry[0]`],
  ])('is refused: %j', (retrier, finding) => {
    expect(retry(retrier)).toEqual([finding]);
  });

  it('of States.ALL stands alone and last', () => {
    const all = { ErrorEquals: ['States.ALL'] };
    const some = { ErrorEquals: ['E'] };
    expect(parse({ Retry: [some, all] }).findings).toEqual([]);
    expect(parse({ Retry: [all, some] }).findings).toEqual([`${ALONE} at /States/S/Retry[0]/ErrorEquals`]);
    expect(retry({ ErrorEquals: ['E', 'States.ALL'] })).toEqual([`${ALONE} at /States/S/Retry[0]/ErrorEquals`]);
  });

  it('must be in an array', () => {
    expect(parse({ Retry: {} }).findings).toEqual([`${SCHEMA}: Expected value of type Array at /States/S/Retry`]);
  });
});

describe('a catcher', () => {
  it('is read', () => {
    const { task } = parse({
      Catch: [
        { ErrorEquals: ['E'], Next: 'T' },
        { ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'T' },
      ],
    });
    expect(
      task?.catch.map(({ next, resultPath, assign, output }) => [next, resultPath?.text ?? null, assign, output]),
    ).toEqual([
      ['T', '$', null, null],
      ['T', null, null, null],
    ]);
  });

  it.each([
    [{}, `${SCHEMA}: These fields are required: [ErrorEquals, Next] at /States/S/Catch[0]`],
    [{ ErrorEquals: ['States.ALL', 'E'], Next: 'T' }, `${ALONE} at /States/S/Catch[0]/ErrorEquals`],
    [{ ErrorEquals: ['E'], Next: 7 }, `${SCHEMA}: Expected value of type String at /States/S/Catch[0]/Next`],
    [{ ErrorEquals: ['E'], Next: 'T', End: true }, `${SCHEMA}: Field 'End' is not supported at /States/S/Catch[0]`],
    [
      { ErrorEquals: ['E'], Next: 'T', Output: 1 },
      `${SCHEMA}: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S/Catch[0]`,
    ],
  ])('is refused: %j', (catcher, finding) => {
    expect(catching(catcher)).toEqual([finding]);
  });

  it('must write to a Reference Path', () => {
    expect(catching({ ErrorEquals: ['E'], Next: 'T', ResultPath: '$.a[*]' })).toEqual([
      expect.stringMatching(
        /^SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: .* at \/States\/S\/Catch\[0\]\/ResultPath$/,
      ),
    ]);
  });
});
