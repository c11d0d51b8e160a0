import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { JSONATA_NOW } from '../../testing/evaluate-jsonata.ts';
import { plainScope } from '../plain-scope.ts';
import { compileJsonata } from './compile.ts';

/**
 * Expressions of every kind, over data of every shape, must come to the same in our closures as in the `jsonata`
 * package: the same value, or an error. Which error comes first may differ, as the package evaluates the items of an
 * array side by side; the codes are the matter of the suite.
 */
const names = fc.constantFrom('a', 'b', 'c', 'list', 'name');
const variables = fc.constantFrom('$x', '$y', '$v', '$states', '$');

const { data } = fc.letrec<{ data: Json }>((tie) => ({
  data: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, 0, 1, 2, -1, 1.5, '', 'a', 'b c', '10'),
    fc.array(tie('data'), { maxLength: 4 }),
    fc.dictionary(names, tie('data'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const literal = fc.constantFrom(
  '0',
  '1',
  '2',
  '-1',
  '1.5',
  '"a"',
  '"b c"',
  '"10"',
  'true',
  'false',
  'null',
  '[]',
  '{}',
);
const operator = fc.constantFrom(
  ...['+', '-', '*', '/', '%', '&', '=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', '??', '?:'],
);
const unary = fc.constantFrom(
  ...['string', 'length', 'uppercase', 'lowercase', 'trim', 'number', 'abs', 'floor', 'ceil', 'round', 'sqrt', 'sum'],
  ...['max', 'min', 'average', 'count', 'reverse', 'distinct', 'sort', 'keys', 'spread', 'merge', 'type', 'exists'],
  ...['boolean', 'not', 'single', 'join', 'base64encode', 'encodeUrlComponent', 'zip', 'clone'],
);
const binary = fc.constantFrom(
  ...[
    'append',
    'lookup',
    'substring',
    'substringBefore',
    'substringAfter',
    'contains',
    'split',
    'pad',
    'join',
    'power',
  ],
  ...['round', 'formatBase', 'formatNumber', 'zip', 'string'],
);
const callback = fc.constantFrom(
  ...['function($v) { $v }', 'function($v, $i) { $i }', 'function($v) { $v.a }', 'function($v) { $v > 1 }', '$string'],
  ...['function($p, $n) { $p & $n }', 'function($l, $r) { $l > $r }', '$boolean', '$append', 'function() { 1 }'],
);
const higherOrder = fc.constantFrom('map', 'filter', 'reduce', 'each', 'sift', 'single', 'sort');

const { expression } = fc.letrec<{ expression: string; path: string; step: string }>((tie) => ({
  step: fc.oneof(
    { weight: 5, arbitrary: names.map((name) => `.${name}`) },
    fc.constantFrom('.*', '.**', '[]', '.%', '.$', '[0]', '[-1]', '[[0, 1]]', '[[0..1]]'),
    tie('expression').map((inner) => `[${inner}]`),
    tie('expression').map((inner) => `.(${inner})`),
    tie('expression').map((inner) => `.[${inner}]`),
    tie('expression').map((inner) => `.{"k": ${inner}}`),
    fc.tuple(names, tie('expression')).map(([name, inner]) => `{$string(${name}): ${inner}}`),
    fc.tuple(fc.constantFrom('', '<', '>'), tie('expression')).map(([order, inner]) => `^(${order}${inner})`),
    names.map((name) => `.${name}@$v`),
    names.map((name) => `.${name}#$v`),
  ),
  path: fc
    .tuple(fc.oneof(names, variables), fc.array(tie('step'), { maxLength: 3 }))
    .map(([start, steps]) => `${start}${steps.join('')}`),
  expression: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'jsonata' },
    literal,
    { weight: 3, arbitrary: tie('path') },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('expression'), operator, tie('expression')).map((parts) => `(${parts.join(' ')})`),
    },
    tie('expression').map((one) => `(-${one})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([one, other]) => `{"a": ${one}, "b": ${other}}`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([c, t, e]) => `(${c} ? ${t} : ${e})`),
    fc.tuple(tie('expression'), tie('expression')).map(([value, body]) => `($x := ${value}; ${body})`),
    fc
      .tuple(tie('expression'), tie('expression'))
      .map(([body, value]) => `($f := function($y) { ${body} }; $f(${value}))`),
    { weight: 2, arbitrary: fc.tuple(unary, tie('expression')).map(([name, one]) => `$${name}(${one})`) },
    fc.tuple(binary, tie('expression'), tie('expression')).map(([name, one, other]) => `$${name}(${one}, ${other})`),
    fc.tuple(higherOrder, tie('expression'), callback).map(([name, one, call]) => `$${name}(${one}, ${call})`),
    fc.tuple(tie('expression'), unary).map(([one, name]) => `(${one} ~> $${name})`),
    fc
      .tuple(tie('expression'), names, tie('expression'))
      .map(([one, name, value]) => `(${one} ~> |${name}|{"z": ${value}}|)`),
  ),
}));

type Outcome = { readonly value: string | undefined } | { readonly code: string };

function frozen(value: Json): Json {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

/** Our dialect refuses results that JSON does not have, which the package hands out. */
function textOf(value: unknown): string | undefined {
  return JSON.stringify(value);
}

function ours(text: string, input: Json): Outcome {
  try {
    const value = compileJsonata(text).evaluate({
      states: input,
      variables: () => undefined,
      now: JSONATA_NOW,
      random: plainScope({}).random,
      input,
    });
    return { value: textOf(value) };
  } catch (error) {
    if (error instanceof StatesError) return { code: error.detail.slice(0, 5) };
    if (error instanceof ExpressionSyntaxError) return { code: error.message.slice(0, 5) };
    throw error;
  }
}

/** Where the package groups an empty array it puts `undefined` into it, though it be its input: JSON has no such thing. */
function hasHole(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => item === undefined || hasHole(item));
  return typeof value === 'object' && value !== null && Object.values(value).some(hasHole);
}

async function theirs(text: string, input: Json): Promise<Outcome> {
  try {
    const copy: Json = JSON.parse(JSON.stringify(input));
    const value: unknown = await jsonata(text).evaluate(copy, { states: JSON.parse(JSON.stringify(input)) });
    return hasHole(value) || hasHole(copy) ? { code: 'crash' } : { value: textOf(value) };
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error) return { code: String(error.code) };
    return { code: 'crash' };
  }
}

/** What the package has no code for, and what is ours alone: a function or Infinity as a result. */
function isComparable(own: Outcome, other: Outcome): boolean {
  if ('code' in own && 'code' in other) return false;
  if ('code' in other && other.code === 'crash') return false;
  return !('code' in own && (own.code === 'D4010' || own.code === 'D1001' || own.code === 'D1012'));
}

/** A transform copies what it changes, and the package's copy goes through text with 15 digits; ours is exact. */
function rounded(outcome: Outcome, text: string): Outcome {
  if (!text.includes('~> |') || !('value' in outcome) || outcome.value === undefined) return outcome;
  const shorten = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(15)) : value;
  return { value: JSON.stringify(JSON.parse(outcome.value, shorten)) };
}

/** The package loses what a path has bound where it orders several items and groups them then; we do not. */
function isGroupOfOrderedBindings(text: string): boolean {
  return /\^\(.*\)[^ ]*\{/.test(text) && /\.%|@\$|#\$/.test(text);
}

test('our closures and the jsonata package agree on every expression', async () => {
  await fc.assert(
    fc.asyncProperty(expression, data, async (text, input) => {
      fc.pre(!isGroupOfOrderedBindings(text));
      const own = ours(text, frozen(input));
      const other = await theirs(text, input);
      fc.pre(isComparable(own, other));
      expect(rounded(own, text)).toEqual(rounded(other, text));
    }),
    { numRuns: 1_500 },
  );
}, 60_000);
