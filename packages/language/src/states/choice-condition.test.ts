import { describe, expect, it } from 'vitest';
import type { Expression, Scope } from '../data/expression.ts';
import { StatesError } from '../errors.ts';
import type { Json } from '../json.ts';
import { isObject, parseJson } from '../json.ts';
import type { Condition } from '../syntax/state-machine.ts';
import { CHOICE_OPERATORS, allOf, anyOf, compileComparison, not } from './choice-condition.ts';

function scopeOf(input: Json): Scope {
  return { input, context: {}, variable: () => undefined, random: { next: () => 0, uuid: () => '' } };
}

/** A path of one step, to test conditions by themselves. */
function member(name: string): Expression {
  return {
    text: `$.${name}`,
    evaluate: ({ input }) => {
      if (isObject(input) && Object.hasOwn(input, name)) return input[name] ?? null;
      throw new StatesError('States.ParameterPathFailure', 'no such member');
    },
  };
}

function operatorOf(name: string): Parameters<typeof compileComparison>[0] {
  const operator = CHOICE_OPERATORS.get(name);
  if (operator === undefined) throw new Error(`no operator ${name}`);
  return operator;
}

function literal(name: string, operand: Json): Condition {
  return compileComparison(operatorOf(name), member('v'), { literal: operand });
}

function against(name: string): Condition {
  return compileComparison(operatorOf(name), member('v'), { path: member('o') });
}

const JSON_SAMPLES: readonly Json[] = [
  null,
  true,
  false,
  0,
  1.5,
  '',
  'x',
  '2012-10-09T19:00:55Z',
  [],
  [1],
  {},
  { a: 1 },
];

describe('the operators', () => {
  it('are the 39 of the language', () => {
    expect([...CHOICE_OPERATORS.keys()].toSorted()).toEqual(
      [
        ...['String', 'Numeric', 'Timestamp'].flatMap((type) =>
          ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'].flatMap((comparison) => [
            `${type}${comparison}`,
            `${type}${comparison}Path`,
          ]),
        ),
        'StringMatches',
        'BooleanEquals',
        'BooleanEqualsPath',
        'IsNull',
        'IsPresent',
        'IsNumeric',
        'IsString',
        'IsBoolean',
        'IsTimestamp',
      ].toSorted(),
    );
  });

  const ordered: readonly (readonly [string, readonly Json[]])[] = [
    ['String', ['', 'A', 'A ', 'AB', 'a', 'ä', '\u{1f600}', '\uffff']],
    ['Numeric', [-2, -1.5, 0, parseJson('1.50'), 1.6, parseJson('1e3'), 1e300]],
    [
      'Timestamp',
      ['1969-12-31T23:59:59Z', '2012-10-09T19:00:55+01:00', '2012-10-09T19:00:55Z', '2012-10-09T19:00:55.5Z'],
    ],
  ];
  const comparisons: readonly (readonly [string, (left: number, right: number) => boolean])[] = [
    ['Equals', (left, right) => left === right],
    ['LessThan', (left, right) => left < right],
    ['GreaterThan', (left, right) => left > right],
    ['LessThanEquals', (left, right) => left <= right],
    ['GreaterThanEquals', (left, right) => left >= right],
  ];
  for (const [type, values] of ordered) {
    it.each(comparisons)(`${type}%s orders values, literal and by path`, (suffix, expected) => {
      for (const [left, v] of values.entries()) {
        for (const [right, o] of values.entries()) {
          expect(literal(`${type}${suffix}`, o).test(scopeOf({ v })), `${left} ${suffix} ${right}`).toBe(
            expected(left, right),
          );
          expect(against(`${type}${suffix}Path`).test(scopeOf({ v, o }))).toBe(expected(left, right));
        }
      }
    });

    it.each(comparisons)(`${type}%s is false for values of other types`, (suffix) => {
      const sample = values[2] ?? null;
      const accepts = (value: Json): boolean =>
        type === 'Numeric' ? typeof value === 'number' : typeof value === 'string';
      for (const v of JSON_SAMPLES.filter((value) => !accepts(value))) {
        expect(literal(`${type}${suffix}`, sample).test(scopeOf({ v }))).toBe(false);
        expect(against(`${type}${suffix}Path`).test(scopeOf({ v, o: sample }))).toBe(false);
        expect(against(`${type}${suffix}Path`).test(scopeOf({ v: sample, o: v }))).toBe(false);
      }
    });
  }

  it('compare timestamps only where both are ones', () => {
    expect(literal('TimestampEquals', '2012-10-09T19:00:55Z').test(scopeOf({ v: '2012-10-09T19:00:55' }))).toBe(false);
    expect(literal('TimestampEquals', '2012-10-09T19:00:55Z').test(scopeOf({ v: '2012-10-09T20:00:55+01:00' }))).toBe(
      true,
    );
    expect(against('TimestampLessThanPath').test(scopeOf({ v: 'x', o: 'y' }))).toBe(false);
  });

  it('BooleanEquals wants a boolean', () => {
    expect(literal('BooleanEquals', true).test(scopeOf({ v: true }))).toBe(true);
    expect(literal('BooleanEquals', false).test(scopeOf({ v: true }))).toBe(false);
    expect(literal('BooleanEquals', false).test(scopeOf({ v: null }))).toBe(false);
    expect(against('BooleanEqualsPath').test(scopeOf({ v: false, o: false }))).toBe(true);
    expect(against('BooleanEqualsPath').test(scopeOf({ v: 'x', o: 'x' }))).toBe(false);
  });

  it('StringMatches is false for anything but a string', () => {
    expect(literal('StringMatches', 'log-*.txt').test(scopeOf({ v: 'log-1.txt' }))).toBe(true);
    expect(literal('StringMatches', '*').test(scopeOf({ v: 7 }))).toBe(false);
  });

  it.each([
    ['IsNull', (value: Json) => value === null],
    ['IsBoolean', (value: Json) => typeof value === 'boolean'],
    ['IsNumeric', (value: Json) => typeof value === 'number'],
    ['IsString', (value: Json) => typeof value === 'string'],
    ['IsTimestamp', (value: Json) => value === '2012-10-09T19:00:55Z'],
    ['IsPresent', () => true],
  ] as const)('%s tests the type, for true and for false', (name, expected) => {
    for (const v of JSON_SAMPLES) {
      expect(literal(name, true).test(scopeOf({ v }))).toBe(expected(v));
      expect(literal(name, false).test(scopeOf({ v }))).toBe(!expected(v));
    }
  });

  it('IsNumeric knows numbers kept by their text', () => {
    expect(literal('IsNumeric', true).test(scopeOf({ v: parseJson('1.0') }))).toBe(true);
    expect(literal('NumericEquals', 1).test(scopeOf({ v: parseJson('1.0') }))).toBe(true);
  });
});

describe('a path that leads nowhere', () => {
  it('is what IsPresent is for', () => {
    expect(literal('IsPresent', true).test(scopeOf({}))).toBe(false);
    expect(literal('IsPresent', false).test(scopeOf({}))).toBe(true);
  });

  it.each(['IsNull', 'IsString', 'BooleanEquals'])('fails the execution under %s', (name) => {
    expect(() => literal(name, true).test(scopeOf({}))).toThrowError(
      new StatesError(
        'States.Runtime',
        "Invalid path '$.v': The choice state's condition path references an invalid value.",
      ),
    );
  });

  it('fails the execution as an operand too', () => {
    expect(() => against('StringEqualsPath').test(scopeOf({ v: 'x' }))).toThrowError(
      new StatesError(
        'States.Runtime',
        "Invalid path '$.o': The choice state's condition path references an invalid value.",
      ),
    );
  });

  it('does not hide a broken promise of the code itself', () => {
    const broken: Expression = {
      text: '$',
      evaluate: () => {
        throw new TypeError('a bug');
      },
    };
    const condition = compileComparison(operatorOf('IsPresent'), broken, { literal: true });
    expect(() => condition.test(scopeOf({}))).toThrow(TypeError);
  });
});

describe('And, Or and Not', () => {
  const yes: Condition = { test: () => true };
  const no: Condition = { test: () => false };
  const bad: Condition = {
    test: () => {
      throw new StatesError('States.Runtime', 'must not be reached');
    },
  };

  it('combine', () => {
    expect(allOf([yes, yes]).test(scopeOf(null))).toBe(true);
    expect(allOf([yes, no]).test(scopeOf(null))).toBe(false);
    expect(anyOf([no, yes]).test(scopeOf(null))).toBe(true);
    expect(anyOf([no, no]).test(scopeOf(null))).toBe(false);
    expect(not(no).test(scopeOf(null))).toBe(true);
  });

  it('stop as soon as they know', () => {
    expect(allOf([no, bad]).test(scopeOf(null))).toBe(false);
    expect(anyOf([yes, bad]).test(scopeOf(null))).toBe(true);
    expect(() => allOf([yes, bad]).test(scopeOf(null))).toThrow(StatesError);
  });
});
