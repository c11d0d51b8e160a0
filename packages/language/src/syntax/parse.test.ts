import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { parseStateMachine } from './parse.ts';
import type { StateMachine } from './state-machine.ts';

function findings(definition: unknown, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): readonly string[] {
  const text = typeof definition === 'string' ? definition : JSON.stringify(definition);
  const { machine, diagnostics } = parseStateMachine(text, { type });
  expect(machine === null).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'ERROR'));
  return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
}

function machineOf(definition: unknown): StateMachine {
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  if (machine === null) throw new Error(JSON.stringify(diagnostics));
  return machine;
}

function only(state: Record<string, unknown>, others: Record<string, unknown> = {}): unknown {
  return { StartAt: 'S', States: { S: state, ...others } };
}

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';
const END = { Type: 'Pass', End: true };

describe('the document', () => {
  it.each(['', ' ', '\n', '[]', '"x"', '1', 'null'])('must be an object: %j', (text) => {
    expect(findings(text)).toEqual([`${SCHEMA}: Definition must be a valid JSON object at null`]);
  });

  it('must be JSON, and says where it is not', () => {
    expect(findings('{"StartAt": "S",\n "States" {}}')).toEqual([
      "INVALID_JSON_DESCRIPTION: Unexpected character ('{' (code 123)): was expecting a colon to separate field name and value at [Source: UNKNOWN; line: 2, column: 11]",
    ]);
  });

  it('needs StartAt and States', () => {
    expect(findings({})).toEqual([`${SCHEMA}: These fields are required: [States, StartAt] at /`]);
    expect(findings({ StartAt: 'S' })).toEqual([`${SCHEMA}: These fields are required: [States] at /`]);
    expect(findings({ States: { S: END } })).toEqual([`${SCHEMA}: These fields are required: [StartAt] at /`]);
    expect(findings({ StartAt: 'S', States: {} })).toContain(`${SCHEMA}: Value cannot be empty at /States`);
  });

  it('may have a comment, a version, a timeout and a query language', () => {
    const machine = machineOf({
      Comment: 'c',
      Version: '1.0',
      TimeoutSeconds: 60,
      QueryLanguage: 'JSONPath',
      StartAt: 'S',
      States: { S: END },
    });
    expect(machine).toMatchObject({
      startAt: 'S',
      comment: 'c',
      version: '1.0',
      timeoutSeconds: 60,
      queryLanguage: 'JSONPath',
    });
    expect(machineOf(only(END))).toMatchObject({ comment: null, version: null, timeoutSeconds: null });
  });

  it('reports what is wrong with its own fields, all at once', () => {
    expect(
      findings({
        Comment: 1,
        Version: '2.0',
        TimeoutSeconds: -1,
        QueryLanguage: 'XPath',
        Extra: 1,
        StartAt: 7,
        States: { S: END },
      }),
    ).toEqual([
      `${SCHEMA}: Field 'Extra' is not supported at /`,
      `${SCHEMA}: Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage`,
      `${SCHEMA}: Expected value of type String at /StartAt`,
      `${SCHEMA}: Expected value of type String at /Comment`,
      `${SCHEMA}: Value should be one of the following: [1.0] at /Version`,
      `${SCHEMA}: Minimum value is 0 at /TimeoutSeconds`,
    ]);
    expect(findings({ TimeoutSeconds: 1.5, StartAt: 'S', States: { S: END } })).toEqual([
      `${SCHEMA}: Expected value of type Integer at /TimeoutSeconds`,
    ]);
    expect(findings({ TimeoutSeconds: 100_000_000, StartAt: 'S', States: { S: END } })).toEqual([
      `${SCHEMA}: Maximum value is 99999999 at /TimeoutSeconds`,
    ]);
  });

  it('may be large and deep, within bounds', () => {
    const large = JSON.stringify({ Comment: 'x'.repeat(1_048_500), StartAt: 'S', States: { S: END } });
    expect(findings(large.slice(0, 1_048_576 + 100))).toEqual([]);
    expect(findings(`${large}${' '.repeat(1_048_577 - large.length)}`)).toEqual([
      `${SCHEMA}: Definition must not exceed 1048576 bytes at null`,
    ]);
    const nested = (levels: number): string =>
      JSON.stringify(only({ ...END, Result: '?' })).replace('"?"', `${'['.repeat(levels)}${']'.repeat(levels)}`);
    expect(findings(nested(490))).toEqual([]);
    expect(findings(nested(500_000))).toEqual([
      'TOO_DEEPLY_NESTED: The definition is nested more than 500 levels deep at null',
    ]);
  });
});

describe('states', () => {
  it('must have a known type', () => {
    const types = '[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]';
    expect(findings(only({ Type: 'Nap', End: true }))).toEqual([
      `${SCHEMA}: The field 'Type' should have one of these values: ${types} at /States/S/Type`,
    ]);
    expect(findings(only({ Type: 7 }))).toEqual([
      `${SCHEMA}: The field 'Type' should have one of these values: ${types} at /States/S/Type`,
    ]);
    expect(findings(only({ End: true }))).toEqual([`${SCHEMA}: These fields are required: [Type] at /States/S`]);
    expect(findings({ StartAt: 'S', States: { S: [] } })).toEqual([
      `${SCHEMA}: Expected value of type Object at /States/S`,
    ]);
    expect(findings({ StartAt: 'S', States: [] })).toEqual([`${SCHEMA}: Expected value of type Object at /States`]);
  });

  it('have exactly one of Next and End', () => {
    expect(findings(only({ Type: 'Pass' }))).toContain(
      `${SCHEMA}: This object should have only one of the following fields: [Next, End] at /States/S`,
    );
    expect(findings(only({ Type: 'Pass', End: true, Next: 'T' }, { T: END }))).toContain(
      `${SCHEMA}: There should only be one of the following fields: [Next, End] at /States/S`,
    );
    expect(findings(only({ Type: 'Pass', End: false, Next: 'T' }, { T: END }))).toEqual([]);
    expect(findings(only({ Type: 'Pass', End: 'yes' }))).toContain(
      `${SCHEMA}: Expected value of type Boolean at /States/S/End`,
    );
    expect(findings(only({ Type: 'Succeed', End: true }))).toEqual([
      `${SCHEMA}: Field 'End' is not supported at /States/S`,
    ]);
  });

  it.each(['Pass', 'Wait', 'Choice', 'Succeed', 'Fail', 'Map', 'Parallel'])(
    'of type %s have no TimeoutSeconds',
    (type) => {
      expect(findings(only({ Type: type, TimeoutSeconds: 1 }))).toContain(
        `${SCHEMA}: Field 'TimeoutSeconds' is not supported at /States/S`,
      );
    },
  );

  it.each(['Pass', 'Wait', 'Choice', 'Succeed', 'Fail'])('of type %s have no Retry and no Catch', (type) => {
    const found = findings(only({ Type: type, Retry: [], Catch: [] }));
    expect(found).toContain(`${SCHEMA}: Field 'Retry' is not supported at /States/S`);
    expect(found).toContain(`${SCHEMA}: Field 'Catch' is not supported at /States/S`);
  });

  it('have names of at most 80 characters, unique over all nesting', () => {
    const smile = '\u{1f600}'.repeat(80);
    expect(findings({ StartAt: smile, States: { [smile]: END } })).toEqual([]);
    const long = 'x'.repeat(81);
    expect(findings({ StartAt: long, States: { [long]: END } })).toEqual([
      `INVALID_STATE_NAME: State name '${long}' exceeds the 80-character limit allowed by the service at /States/${long}`,
    ]);
    expect(findings({ StartAt: '', States: { '': END } })).toEqual([
      'INVALID_STATE_NAME: State name must not be empty at /States/',
    ]);
    const branch = { StartAt: 'S', States: { S: END } };
    expect(findings(only({ Type: 'Parallel', Branches: [branch], End: true }))).toEqual([
      'DUPLICATE_STATE_NAME: Duplicate State name: S at /States/S/Branches[0]/States/S',
    ]);
  });

  it('may be named like anything, __proto__ and constructor included', () => {
    const text =
      '{"StartAt":"__proto__","States":{"__proto__":{"Type":"Pass","Next":"constructor"},"constructor":{"Type":"Pass","Next":"toString"},"toString":{"Type":"Succeed"}}}';
    const { machine, diagnostics } = parseStateMachine(text, { type: 'STANDARD' });
    expect(diagnostics).toEqual([]);
    expect([...(machine?.states.keys() ?? [])]).toEqual(['__proto__', 'constructor', 'toString']);
    expect(findings(only({ Type: 'Pass', Next: 'hasOwnProperty' }))).toContain(
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: hasOwnProperty at /States/S/Next",
    );
    expect(findings('{"StartAt":"S","States":{"S":{"Type":"Pass","End":true,"__proto__":{"Type":"Task"}}}}')).toEqual([
      `${SCHEMA}: Field '__proto__' is not supported at /States/S`,
    ]);
  });
});

describe('Pass, Succeed and Fail', () => {
  it('are compiled', () => {
    const machine = machineOf({
      StartAt: 'P',
      States: {
        P: {
          Type: 'Pass',
          Comment: 'c',
          Result: { 'a.$': '$.x' },
          InputPath: null,
          OutputPath: '$.y',
          ResultPath: '$.z',
          Next: 'S',
        },
        S: { Type: 'Pass', ResultPath: null, Next: 'F' },
        F: { Type: 'Fail', Error: 'E', Cause: 'because' },
      },
    });
    const scope = {
      input: { y: 1 },
      context: {},
      variable: () => undefined,
      random: { next: () => 0, uuid: () => '' },
    };
    const pass = machine.states.get('P');
    if (pass?.type !== 'Pass') throw new Error('not a Pass');
    expect(pass).toMatchObject({
      name: 'P',
      comment: 'c',
      location: '/States/P',
      next: 'S',
      queryLanguage: 'JSONPath',
      output: null,
      assign: null,
    });
    expect(pass.result?.evaluate(scope)).toEqual({ 'a.$': '$.x' });
    expect(pass.inputPath.evaluate(scope)).toEqual({});
    expect(pass.outputPath.evaluate(scope)).toBe(1);
    expect(pass.resultPath?.text).toBe('$.z');
    expect(machine.states.get('S')).toMatchObject({ resultPath: null, result: null, next: 'F' });
    const fail = machine.states.get('F');
    if (fail?.type !== 'Fail') throw new Error('not a Fail');
    expect([fail.error?.evaluate(scope), fail.cause?.evaluate(scope)]).toEqual(['E', 'because']);
  });

  it('default their paths to the whole', () => {
    const pass = machineOf(only(END)).states.get('S');
    if (pass?.type !== 'Pass') throw new Error('not a Pass');
    expect([pass.inputPath.text, pass.outputPath.text, pass.resultPath?.text, pass.next]).toEqual([
      '$',
      '$',
      '$',
      null,
    ]);
  });

  it('refuse bad paths', () => {
    expect(findings(only({ ...END, InputPath: 'x', OutputPath: '$[', ResultPath: '$.a[*]' }))).toEqual([
      `${SCHEMA}: Value must be a valid JSONPath. at /States/S/InputPath`,
      `${SCHEMA}: Value must be a valid JSONPath. at /States/S/OutputPath`,
      expect.stringMatching(/^SCHEMA_VALIDATION_FAILED: Value is not a Reference Path: .* at \/States\/S\/ResultPath$/),
    ]);
    expect(findings(only({ ...END, InputPath: 7 }))).toEqual([
      `${SCHEMA}: Expected value of type String at /States/S/InputPath`,
    ]);
  });

  it('take an error from the definition or from a path, not from both', () => {
    expect(findings(only({ Type: 'Fail', ErrorPath: '$.e', CausePath: '$$.Execution.Id' }))).toEqual([]);
    expect(findings(only({ Type: 'Fail', Error: 'E', ErrorPath: '$.e', Cause: 'c', CausePath: '$.c' }))).toEqual([
      `${SCHEMA}: There should only be one of the following fields: [Error, ErrorPath] at /States/S`,
      `${SCHEMA}: There should only be one of the following fields: [Cause, CausePath] at /States/S`,
    ]);
    expect(findings(only({ Type: 'Fail', Error: 7, CausePath: 'because' }))).toEqual([
      `${SCHEMA}: Expected value of type String at /States/S/Error`,
      `${SCHEMA}: Value must be a valid JSONPath. at /States/S/CausePath`,
    ]);
    expect(findings(only({ Type: 'Fail', Next: 'S' }))).toContain(
      `${SCHEMA}: Field 'Next' is not supported at /States/S`,
    );
  });

  it('refuse variables with impossible names', () => {
    expect(findings(only({ ...END, Assign: { x: 1, 'y.$': '$.y', ünï: 2 } }))).toEqual([]);
    expect(findings(only({ ...END, Assign: { states: 1, '1x': 1, ['v'.repeat(81)]: 1 } }))).toEqual([
      "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/S/Assign",
      "INVALID_VARIABLE_NAME: Invalid variable name '1x': the variable name contains invalid characters. at /States/S/Assign",
      `INVALID_VARIABLE_NAME: Invalid variable name '${'v'.repeat(81)}': the variable name exceeds 80 characters. at /States/S/Assign`,
    ]);
    expect(findings(only({ ...END, Assign: [] }))).toEqual([
      `${SCHEMA}: Expected value of type Object at /States/S/Assign`,
    ]);
  });

  it('refuse templates that do not compile, each entry by itself', () => {
    expect(
      findings(
        only({
          ...END,
          Parameters: { 'a.$': 'x', b: { 'c.$': 7 }, d: [{ 'e.$': '$[' }], 'f.$': '$.f', f: 1, ok: 'x' },
        }),
      ),
    ).toEqual([
      `${SCHEMA}: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters`,
      `${SCHEMA}: The field 'f' is defined more than once at /States/S/Parameters`,
      `${SCHEMA}: The value for the field 'c.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters/b`,
      `${SCHEMA}: The value for the field 'e.$' must be a valid JSONPath or a valid intrinsic function call at /States/S/Parameters/d[0]`,
    ]);
    expect(findings(only({ ...END, Parameters: { 'a.$': '$.a', b: [1, { 'c.$': '$$.Execution.Id' }] } }))).toEqual([]);
  });
});

describe('the query language', () => {
  const refused = (field: string, mine: string, theirs: string): string =>
    `${SCHEMA}: The QueryLanguage is set to '${mine}', but field '${field}' is only supported for the '${theirs}' QueryLanguage at /States/S`;

  it('decides which fields there are', () => {
    expect(findings(only({ ...END, Output: {} }))).toEqual([refused('Output', 'JSONPath', 'JSONata')]);
    expect(findings(only({ ...END, QueryLanguage: 'JSONata', InputPath: '$', Result: 1 }))).toEqual([
      refused('InputPath', 'JSONata', 'JSONPath'),
      refused('Result', 'JSONata', 'JSONPath'),
    ]);
  });

  it('of a state cannot step back from the machine’s', () => {
    const definition = { QueryLanguage: 'JSONata', ...Object(only({ ...END, QueryLanguage: 'JSONPath' })) };
    expect(findings(definition)).toEqual([
      `${SCHEMA}: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/S`,
    ]);
  });

  it('of a Map is not that of the states inside it', () => {
    const inner = { Type: 'Pass', End: true, Output: 1 };
    const map = {
      Type: 'Map',
      QueryLanguage: 'JSONata',
      ItemProcessor: { StartAt: 'I', States: { I: inner } },
      End: true,
    };
    expect(findings(only(map))).toEqual([
      `${SCHEMA}: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/S/ItemProcessor/States/I`,
    ]);
  });

  it('is JSONata for every word but the one for JSONPath', () => {
    const enumeration = `${SCHEMA}: Value should be one of the following: [JSONPath, JSONata]`;
    expect(findings(only({ ...END, QueryLanguage: 'jsonpath', Output: 1 }))).toEqual([
      `${enumeration} at /States/S/QueryLanguage`,
    ]);
    expect(findings({ QueryLanguage: 'xpath', ...Object(only({ ...END, Output: 1 })) })).toEqual([
      `${enumeration} at /QueryLanguage`,
    ]);
  });

  it('JSONata has expressions between delimiters', () => {
    expect(
      findings(only({ ...END, QueryLanguage: 'JSONata', Output: '{% $states.input %}', Assign: { x: '{% 1 %}' } })),
    ).toEqual([]);
    expect(findings(only({ ...END, QueryLanguage: 'JSONata', Output: { a: ['{% $x'] } }))).toEqual([
      `${SCHEMA}: JSONata string must start with {% and end with %} at /States/S/Output/a[0]`,
    ]);
  });
});

const KITCHEN_SINK: Json = {
  StartAt: 'Choose',
  States: {
    Choose: {
      Type: 'Choice',
      Choices: [
        {
          And: [{ Variable: '$.a', IsPresent: true }, { Not: { Variable: '$.a', StringMatches: 'x*' } }],
          Next: 'Work',
        },
        { Variable: '$.t', TimestampLessThanPath: '$.u', Next: 'Nap' },
      ],
      Default: 'Done',
    },
    Work: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      TimeoutSeconds: 60,
      HeartbeatSecondsPath: '$.beat',
      ResultPath: '$.result',
      Retry: [
        { ErrorEquals: ['A', 'B'], IntervalSeconds: 1, MaxDelaySeconds: 9, BackoffRate: 1.5 },
        { ErrorEquals: ['States.ALL'] },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Nap' }],
      Next: 'Each',
    },
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      MaxConcurrency: 3,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' },
        StartAt: 'Item',
        States: { Item: { Type: 'Pass', Result: [1, null, 'x'], End: true } },
      },
      Label: 'each',
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Left', States: { Left: { Type: 'Succeed' } } },
        { StartAt: 'Right', States: { Right: { Type: 'Fail', Error: 'E' } } },
      ],
      Next: 'Nap',
    },
    Nap: { Type: 'Wait', Seconds: 1, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

/** The value with one of its parts, chosen by the numbers, replaced, removed or renamed. */
function mutate(value: Json, path: readonly number[], replacement: Json | undefined, name: string): Json {
  if (typeof value !== 'object' || value === null || path.length === 0) return replacement ?? null;
  const copy = structuredClone(value);
  const keys = Object.keys(copy);
  const key = keys[(path[0] ?? 0) % Math.max(keys.length, 1)];
  if (key === undefined) return replacement ?? null;
  const entries = Object.entries(copy).flatMap(([entryKey, entry]): [string, Json][] => {
    if (entryKey !== key) return [[entryKey, entry]];
    if (path.length > 1) return [[entryKey, mutate(entry, path.slice(1), replacement, name)]];
    return replacement === undefined ? [] : [[name === '' ? entryKey : name, replacement]];
  });
  return Array.isArray(copy) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
}

describe('whatever is sent', () => {
  const names = [
    '',
    'Next',
    'End',
    'Type',
    'StartAt',
    'States',
    'Retry',
    'Catch',
    'Variable',
    'Not',
    'And',
    '__proto__',
    'ItemReader',
    'Branches',
    'x.$',
  ];
  const replacement = fc.option(
    fc.oneof(
      fc.constantFrom<Json>(
        'Task',
        'Map',
        'Nap',
        '$.x',
        '$[',
        'States.UUID()',
        'States.Format(',
        '{% x %}',
        -1,
        1.5,
        1e21,
        true,
        null,
        {},
        [],
      ),
      fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value))),
    ),
    { nil: undefined },
  );
  const mutation = fc.record({
    path: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
    replacement,
    name: fc.constantFrom(...names),
  });

  it('the definition that the mutations start from is good', () => {
    expect(findings(KITCHEN_SINK)).toEqual([]);
  });

  it('a mutated definition is answered, never thrown at', () => {
    fc.assert(
      fc.property(
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('STANDARD', 'EXPRESS'),
        (mutations, type) => {
          const mutated = mutations.reduce(
            (value, { path, replacement: by, name }) => mutate(value, path, by, name),
            KITCHEN_SINK,
          );
          expect(() => findings(mutated, type)).not.toThrow();
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('a mutilated text is answered, never thrown at', () => {
    const text = JSON.stringify(KITCHEN_SINK, null, 1);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(30), fc.string(), (start, length, inserted) => {
        const mutilated = `${text.slice(0, start)}${inserted}${text.slice(start + length)}`;
        expect(() => findings(mutilated)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (anything) => void findings(anything)));
  });
});
