import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNumber, parseJson } from '../json.ts';
import type { Json } from '../json.ts';
import { canonicalText, compareNumbers, equals } from './equality.ts';

describe('equals', () => {
  test.each([
    ['1', '1.0', true],
    ['1', '1e0', true],
    ['100', '1E2', true],
    ['0', '-0', true],
    ['0.1', '0.10', true],
    ['9007199254740993', '9007199254740992', false],
    ['9007199254740993', '9007199254740993.0', true],
    ['1', '"1"', false],
    ['0', 'false', false],
    ['null', '{}', false],
    ['[]', '{}', false],
    ['[1,2]', '[1.0,2]', true],
    ['[1,2]', '[2,1]', false],
    ['[1]', '[1,1]', false],
    ['{"a":1,"b":[{}]}', '{"b":[{}],"a":1.0}', true],
    ['{"a":1}', '{"b":1}', false],
    ['{"a":1}', '{"a":1,"b":1}', false],
    ['{"__proto__":1}', '{"__proto__":1}', true],
    ['{"__proto__":1}', '{"__proto__":2}', false],
    ['{"constructor":1}', '{}', false],
  ])('%s and %s: %s', (left, right, same) => {
    expect(equals(parseJson(left), parseJson(right))).toBe(same);
    expect(equals(parseJson(right), parseJson(left))).toBe(same);
    expect(canonicalText(parseJson(left)) === canonicalText(parseJson(right))).toBe(same);
  });

  test('a copy is equal, and what differs in one place is not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const left = parseJson(JSON.stringify(one));
        const right = parseJson(JSON.stringify(other));
        expect(equals(left, parseJson(JSON.stringify(one)))).toBe(true);
        expect(equals(left, right)).toBe(canonicalText(left) === canonicalText(right));
      }),
    );
  });

  test('nothing is too deep', () => {
    const deep = (): Json => {
      let value: Json = 1;
      for (let level = 0; level < 100_000; level++) value = [value];
      return value;
    };
    expect(equals(deep(), deep())).toBe(true);
    expect(equals(deep(), [deep()])).toBe(false);
  });
});

test.each([
  ['1', '2', -1],
  ['-1', '-2', 1],
  ['-1.0', '1', -1],
  ['9007199254740993', '9007199254740992', 1],
  ['-9007199254740993', '-9007199254740992', -1],
  ['90071992547409920', '90071992547409921', -1],
  ['1e400', '2e400', -1],
  ['1e400', '1e401', -1],
  ['-1e400', '1', -1],
  ['0.0', '0', 0],
  ['0', '1e-400', -1],
  ['0', '-1e-400', 1],
  ['1e-400', '1e-401', 1],
])('compareNumbers(%s, %s)', (left, right, expected) => {
  const [one, other] = [parseJson(left), parseJson(right)];
  if (!isNumber(one) || !isNumber(other)) throw new Error('not a number');
  expect(Math.sign(compareNumbers(one, other))).toBe(expected);
  expect(Math.sign(compareNumbers(other, one))).toBe(expected === 0 ? 0 : -expected);
});
