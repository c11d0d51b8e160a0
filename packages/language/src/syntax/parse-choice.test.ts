import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { CHOICE_OPERATORS } from '../states/choice-condition.ts';
import { parseStateMachine } from './parse.ts';
import type { ChoiceState } from './state-machine.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

function parse(fields: Record<string, unknown>): {
  readonly findings: readonly string[];
  readonly choice: ChoiceState | null;
} {
  const definition = {
    StartAt: 'S',
    States: { S: { Type: 'Choice', Default: 'T', ...fields }, T: { Type: 'Succeed' } },
  };
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  const state = machine?.states.get('S');
  return {
    findings: diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`),
    choice: state?.type === 'Choice' ? state : null,
  };
}

const rule = (fields: Record<string, unknown>): readonly string[] =>
  parse({ Choices: [{ Next: 'T', ...fields }] }).findings;

function decide(condition: Record<string, unknown>, input: Json): boolean {
  const first = parse({ Choices: [{ ...condition, Next: 'T' }] }).choice?.choices[0];
  if (first === undefined) throw new Error('refused');
  return first.condition.test({
    input,
    context: { c: 1 },
    variable: () => undefined,
    random: { next: () => 0, uuid: () => '' },
  });
}

const OPERANDS = { string: 'x', number: 1, boolean: true, timestamp: '2012-10-09T19:00:55Z' } as const;
const WRONG_OPERANDS = { string: 1, number: '1', boolean: 'true', timestamp: '2012-10-09' } as const;
const COMPLAINTS = {
  string: 'Expected value of type String',
  number: 'Expected value of type Number',
  boolean: 'Expected value of type Boolean',
  timestamp: 'String does not match RFC3339 timestamp',
} as const;

describe('a rule', () => {
  it.each([...CHOICE_OPERATORS.values()].map((operator) => [operator.name, operator] as const))(
    'takes %s with its operand and no other',
    (name, { isPath, operandType }) => {
      expect(rule({ Variable: '$.v', [name]: isPath ? '$.o' : OPERANDS[operandType] })).toEqual([]);
      expect(rule({ Variable: '$.v', [name]: isPath ? 'o' : WRONG_OPERANDS[operandType] })).toEqual([
        isPath
          ? `${SCHEMA}: Value is not a Reference Path: Reference path didn't start with '$' at /States/S/Choices[0]/${name}`
          : `${SCHEMA}: ${COMPLAINTS[operandType]} at /States/S/Choices[0]/${name}`,
      ]);
    },
  );

  const KINDS = '[And, Or, Not, Variable, Condition]';
  const AT = 'at /States/S/Choices[0]';
  it.each([
    [{ Variable: '$.v', IsNull: true, Next: undefined }, [`${SCHEMA}: These fields are required: [Next] ${AT}`]],
    [{}, [`${SCHEMA}: The object must have only one of the following fields, ${KINDS} ${AT}`]],
    [
      { Variable: '$.v', IsNull: true, Not: { Variable: '$.v', IsNull: true } },
      [`${SCHEMA}: The object must have only one of the following fields, ${KINDS} ${AT}`],
    ],
    [
      { Variable: '$.v', IsNull: true, IsString: true },
      [`${SCHEMA}: There should only be one of the following fields: [IsNull, IsString] ${AT}`],
    ],
    [
      { Variable: 'v', IsNull: true },
      [`${SCHEMA}: Value is not a Reference Path: Reference path didn't start with '$' ${AT}/Variable`],
    ],
    [{ Variable: 7, IsNull: true }, [`${SCHEMA}: Expected value of type String ${AT}/Variable`]],
    [{ And: [] }, [`${SCHEMA}: Value cannot be empty ${AT}/And`]],
    [{ Or: {} }, [`${SCHEMA}: Expected value of type Array ${AT}/Or`]],
    [{ Not: [] }, [`${SCHEMA}: Expected value of type Object ${AT}/Not`]],
    [
      { And: [{ Variable: '$.v', IsNull: true, Next: 'T' }] },
      [`${SCHEMA}: Field 'Next' is not supported ${AT}/And[0]`],
    ],
    [
      {
        Not: {
          Or: [
            { Variable: '$.v', IsNull: true },
            { Variable: '$.v', NumericEquals: 'x' },
          ],
        },
      },
      [`${SCHEMA}: Expected value of type Number ${AT}/Not/Or[1]/NumericEquals`],
    ],
    [{ Variable: '$.v', NumericIs: 1, IsNull: true }, [`${SCHEMA}: Field 'NumericIs' is not supported ${AT}`]],
    [
      { Variable: '$.v', IsNull: true, Condition: '{% true %}' },
      [
        `${SCHEMA}: The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage ${AT}`,
        `${SCHEMA}: The object must have only one of the following fields, ${KINDS} ${AT}`,
      ],
    ],
  ])('is refused: %j', (fields, findings) => {
    expect(rule(fields)).toEqual(findings);
  });

  it('needs one operator', () => {
    expect(rule({ Variable: '$.v' })).toEqual([
      expect.stringMatching(
        /^SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: \[StringEquals, .*\] at \/States\/S\/Choices\[0\]$/,
      ),
    ]);
  });

  it('decides', () => {
    expect(decide({ Variable: '$.v', NumericGreaterThan: 3 }, { v: 4 })).toBe(true);
    expect(decide({ Variable: '$.v', NumericGreaterThan: 3 }, { v: 3 })).toBe(false);
    expect(decide({ Variable: '$.v', StringEqualsPath: '$.o' }, { v: 'x', o: 'x' })).toBe(true);
    expect(decide({ Variable: '$$.c', NumericEquals: 1 }, {})).toBe(true);
    const guarded = { And: [{ Variable: '$.v', IsPresent: true }, { Not: { Variable: '$.v', IsNull: true } }] };
    expect(decide(guarded, {})).toBe(false);
    expect(decide(guarded, { v: null })).toBe(false);
    expect(decide(guarded, { v: 0 })).toBe(true);
    expect(() => decide({ Variable: '$.v', IsNull: true }, {})).toThrow(
      "Invalid path '$.v': The choice state's condition path references an invalid value.",
    );
  });

  it('of JSONata has a Condition, an expression or a literal', () => {
    const jsonata = (condition: unknown): readonly string[] =>
      parse({ QueryLanguage: 'JSONata', Choices: [{ Condition: condition, Next: 'T' }] }).findings;
    expect(jsonata('{% $x %}')).toEqual([]);
    expect(jsonata(true)).toEqual([]);
    expect(jsonata('x')).toEqual([`${SCHEMA}: Expected value of type Boolean at /States/S/Choices[0]/Condition`]);
    expect(jsonata(undefined)).toEqual([`${SCHEMA}: These fields are required: [Condition] at /States/S/Choices[0]`]);
  });
});

describe('a Choice', () => {
  it('needs rules and may do without a default', () => {
    expect(parse({}).findings).toEqual([`${SCHEMA}: These fields are required: [Choices] at /States/S`]);
    expect(parse({ Choices: [] }).findings).toEqual([`${SCHEMA}: Value cannot be empty at /States/S/Choices`]);
    const { findings, choice } = parse({ Choices: [{ Variable: '$.v', IsNull: true, Next: 'T' }], Default: undefined });
    expect(findings).toEqual([]);
    expect(choice).toMatchObject({ default: null, choices: [{ next: 'T', assign: null, output: null }] });
  });

  it('has no End and no Next', () => {
    expect(parse({ Choices: [{ Variable: '$.v', IsNull: true, Next: 'T' }], End: true, Next: 'T' }).findings).toEqual([
      `${SCHEMA}: Field 'End' is not supported at /States/S`,
      `${SCHEMA}: Field 'Next' is not supported at /States/S`,
    ]);
  });
});
