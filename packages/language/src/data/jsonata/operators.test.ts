import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';

test.each<[string, Json | undefined]>([
  ['1 + 2 * 3 - 4 / 2', 5],
  ['7 % 4', 3],
  ['-7 % 4', -3],
  ['-(2)', -2],
  ['-$nothing', undefined],
  ['1 + $nothing', undefined],
  ['0.1 + 0.2', 0.1 + 0.2],
  ['"a" & 1 & true & null & [1, 2] & {"x": 1}', 'a1truenull[1,2]{"x":1}'],
  ['"a" & $nothing', 'a'],
  ['[1..4]', [1, 2, 3, 4]],
  ['[1..1]', [1]],
  ['[2..1]', []],
  ['[-1..1, 5]', [-1, 0, 1, 5]],
  ['1 in [1, 2]', true],
  ['3 in [1, 2]', false],
  ['"a" in "a"', true],
  ['$nothing in [1]', false],
  ['$states ?: "default"', 'default'],
  ['0 ?: "default"', 'default'],
  ['0 ?? "default"', 0],
  ['$nothing ?? "default"', 'default'],
  ['true ? 1 : 2', 1],
  ['false ? 1', undefined],
])('%s', (text, expected) => {
  expect(evaluateJsonata(text)).toEqual(expected);
});

test.each<[string, Json | undefined]>([
  ['1 = 1', true],
  ['1 = "1"', false],
  ['[1, {"a": [2]}] = [1, {"a": [2]}]', true],
  ['{"a": 1, "b": 2} = {"b": 2, "a": 1}', true],
  ['{"a": 1} = {"a": 1, "b": 2}', false],
  ['null = null', true],
  ['$nothing = $nothing', false],
  ['$nothing != 1', false],
  ['1 != 2', true],
  ['1 < 2', true],
  ['"a" < "b"', true],
  ['2 >= 2', true],
  ['1 < $nothing', undefined],
  ['true and 1', true],
  ['false and $error("not looked at")', false],
  ['true or $error("not looked at")', true],
  ['$nothing or false', false],
])('%s compares', (text, expected) => {
  expect(evaluateJsonata(text)).toEqual(expected);
});

test.each([
  ['null', false],
  ['0', false],
  ['""', false],
  ['[]', false],
  ['[0, ""]', false],
  ['{}', false],
  ['$sum', false],
  ['function() { 1 }', false],
  ['[0, [1]]', true],
  ['{"a": null}', true],
  ['"0"', true],
  ['-1', true],
])('%s counts as %s', (text, expected) => {
  expect(evaluateJsonata(`(${text}) ? true : false`)).toBe(expected);
});

test.each([
  ['1 + "a"', 'T2002: The right side of the "+" operator must evaluate to a number'],
  ['"a" - 1', 'T2001: The left side of the "-" operator must evaluate to a number'],
  ['null * 1', 'T2001: The left side of the "*" operator must evaluate to a number'],
  ['-"a"', 'D1002: Cannot negate a non-numeric value: "a"'],
  ['1 < "a"', 'T2009: The values 1 and "a" either side of operator "<" must be of the same data type'],
  ['true < 1', 'T2010: The expressions either side of operator "<" must evaluate to numeric or string values'],
  ['[1.5..2]', 'T2003: The left side of the range operator (..) must evaluate to an integer'],
  ['[1.."2"]', 'T2004: The right side of the range operator (..) must evaluate to an integer'],
  [
    '[1..2000000]',
    'D2014: The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate 2000000.',
  ],
])('%s fails', (text, message) => {
  expect(jsonataFailure(text)).toBe(message);
});

describe('arithmetic on numbers that are kept by their text', () => {
  test('reads them as doubles', () => {
    const variables = { exact: JSON.parse('1'), other: 2 };
    expect(evaluateJsonata('$exact + $other', { variables })).toBe(3);
  });
});
