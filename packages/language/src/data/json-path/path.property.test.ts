import fc from 'fast-check';
import { compile } from 'json-p3';
import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { compileFieldPath, compilePath, compileReferencePath } from '../path-expression.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { compileTemplate } from '../payload-template.ts';
import { plainScope } from '../plain-scope.ts';
import { compileJsonPath } from './path.ts';
import { PathNotFoundError } from './walk.ts';

const name = fc.constantFrom('a', 'b', 'c', 'd e', '__proto__', 'constructor');

const { document } = fc.letrec<{ document: Json }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, 2, -1, 1.5, '', 'a', 'b', '1'),
    fc.array(tie('document'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, tie('document')), { maxLength: 4 })
      .map((members) =>
        JSON.parse(`{${members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`),
      ),
  ),
}));

const index = fc.integer({ min: -4, max: 4 });
const bound = fc.option(index, { nil: '' });
const literal = fc.constantFrom('1', '2', '-1', '1.5', "'a'", '"b"', 'true', 'false', 'null');
const plainName = fc.constantFrom('a', 'b', 'c');
const comparison = fc.oneof(
  fc.tuple(plainName, fc.constantFrom('<', '<=', '>', '>='), fc.constantFrom('1', '2', '-1', '1.5', "'a'", '"b"')),
  fc.tuple(plainName, fc.constant('=='), literal),
);
const condition = comparison.map(([key, operator, value]) => `@.${key} ${operator} ${value}`);

/** Steps on which Jayway and RFC 9535 agree, each with whether it keeps a path definite. */
const step = fc.oneof(
  { weight: 4, arbitrary: plainName.map((key) => `.${key}`) },
  { weight: 2, arbitrary: name.map((key) => `['${key}']`) },
  { weight: 2, arbitrary: index.map((at) => `[${at}]`) },
  fc.constantFrom('[*]', '.*'),
  fc.tuple(index, index).map(([one, other]) => `[${one},${other}]`),
  fc.tuple(bound, bound).map(([start, end]) => `[${start}:${end}]`),
  plainName.map((key) => `..${key}`),
  index.map((at) => `..[${at}]`),
);
const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => `$${steps.join('')}`);

function ours(text: string, given: Json): Json[] {
  const compiled = compileJsonPath(text);
  try {
    const found = compiled.read(given);
    return compiled.definite || !Array.isArray(found) ? [found] : found;
  } catch (error) {
    if (error instanceof PathNotFoundError) return [];
    throw error;
  }
}

/** The order of a deep scan is up to the implementation. */
function sorted(values: readonly unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort();
}

describe('agrees with RFC 9535 where the dialects agree', () => {
  test('paths', () => {
    fc.assert(
      fc.property(path, document, (text, given) => {
        expect(sorted(ours(text, given))).toEqual(sorted(compile(text).query(given).values()));
      }),
      { numRuns: 1_000 },
    );
  });

  test('filters on arrays', () => {
    const items = fc.array(document, { maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(condition, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('&&', '||'),
        items,
        (parts, operator, given) => {
          const whole = parts.join(` ${operator} `);
          // Jayway compares a number with a text by the text's number; RFC 9535 never does.
          fc.pre(!JSON.stringify(given).includes('"1"'));
          expect(ours(`$[?(${whole})]`, given)).toEqual(compile(`$[?(${whole})]`).query(given).values());
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

const FRAGMENTS = [
  ...['$', '$$', '@', '.', '..', '[', ']', '(', ')', '?', '*', ',', ':', '-', '!', '&&', '||', '==', '=~', '<', '/x/i'],
  ...[
    "'",
    '"',
    '\\',
    '{',
    '}',
    '{}',
    ' ',
    'a',
    'b',
    '0',
    '1.5',
    '-1',
    'true',
    'null',
    'in',
    'size',
    'length()',
    'sum(',
  ],
  ...[
    'States.',
    'States.Format(',
    'States.Array(',
    'States.MathAdd(',
    'States.Base64Decode(',
    'States.StringToJson(',
    '$v',
  ],
];
const scrap = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 }).map((parts) => parts.join(''));
const anyText = fc.oneof(
  scrap,
  path,
  fc.string({ unit: 'binary' }),
  scrap.map((text) => `$.a[?(${text})]`),
);
const anyCall = fc.oneof(
  scrap,
  fc
    .tuple(
      fc.constantFrom(
        'Format',
        'StringToJson',
        'JsonToString',
        'Array',
        'ArrayPartition',
        'ArrayContains',
        'ArrayRange',
      ),
      fc.array(fc.oneof(path, literal, scrap), { maxLength: 4 }),
    )
    .map(([called, parameters]) => `States.${called}(${parameters.join(', ')})`),
  fc
    .tuple(
      fc.constantFrom(
        'ArrayGetItem',
        'ArrayLength',
        'ArrayUnique',
        'Base64Encode',
        'Base64Decode',
        'Hash',
        'JsonMerge',
        'MathRandom',
        'MathAdd',
        'StringSplit',
        'UUID',
      ),
      fc.array(fc.oneof(path, literal), { maxLength: 3 }),
    )
    .map(([called, parameters]) => `States.${called}(${parameters.join(', ')})`),
);

/** Runs, and lets through only the one kind of error that each phase may throw. */
function survive<T>(compileText: () => T, run: (compiled: T) => unknown): void {
  let compiled: T;
  try {
    compiled = compileText();
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return;
    throw error;
  }
  try {
    run(compiled);
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
  }
}

describe('random texts and inputs never throw anything unforeseen', () => {
  test('paths', () => {
    expect(() =>
      fc.assert(
        fc.property(anyText, document, (text, given) => {
          const scope = plainScope({ input: given, context: given, variables: { v: given } });
          survive(
            () => compilePath(text),
            (expression) => expression.evaluate(scope),
          );
          survive(
            () => compileFieldPath(text, 'Field'),
            (expression) => expression.evaluate(scope),
          );
          survive(
            () => compileReferencePath(text),
            (reference) => reference.write(given, 1),
          );
        }),
        { numRuns: 3_000 },
      ),
    ).not.toThrow();
  });

  test('intrinsic calls and templates', () => {
    expect(() =>
      fc.assert(
        fc.property(anyCall, document, (text, given) => {
          const scope = plainScope({ input: given, context: given, variables: { v: given } });
          survive(
            () => compileIntrinsic(text),
            (expression) => expression.evaluate(scope),
          );
          survive(
            () => compileTemplate({ 'a.$': text, b: given }),
            (expression) => expression.evaluate(scope),
          );
        }),
        { numRuns: 3_000 },
      ),
    ).not.toThrow();
  });
});
