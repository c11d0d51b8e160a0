import { describe, expect, test } from 'vitest';
import type { Json } from '../../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../../testing/evaluate-jsonata.ts';

// What AWS adds: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe("AWS's own functions", () => {
  test.each<[string, Json | undefined]>([
    [
      '$partition([1, 2, 3, 4], 2)',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['$partition([1, 2, 3], 2)', [[1, 2], [3]]],
    ['$partition([], 2)', []],
    ['$partition([1], 5)', [[1]]],
    ['$partition(1, 5)', [[1]]],
    ['$partition($nothing, 5)', undefined],
    ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
    ['$range(1, 10, 4)', [1, 5, 9]],
    ['$range(10, 1, -3)', [10, 7, 4, 1]],
    ['$range(1, 10, -1)', []],
    ['$range(1, 1, 1)', [1]],
    ['$range(0, 1, 0.25)', [0, 0.25, 0.5, 0.75, 1]],
    ['$parse("{\\"a\\": [1, null]}")', { a: [1, null] }],
    ['$parse("-0")', 0],
    ['$parse(" true ")', true],
    ['$parse($nothing)', undefined],
    ['$parse("[1, 2]")[1]', 2],
    ['$hash("text", "MD5")', '1cb251ec0d568de6a929b520c4aed8d1'],
    ['$hash("text", "SHA-1")', '372ea08cab33e71c02c651dbc83a474d32c676ea'],
    ['$hash("text", "SHA-256")', '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1'],
    ['$hash("", "SHA-256")', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['$length($hash("ü", "SHA-384"))', 96],
    ['$length($hash("ü", "SHA-512"))', 128],
    ['$hash($nothing, "MD5")', undefined],
    ['$uuid()', '00000000-0000-4000-8000-000000000000'],
    ['$random()', 0.5],
    ['$random(7) = $random(7)', true],
    ['$random(7) = $random(8)', false],
    ['$random(7) >= 0 and $random(7) < 1', true],
    ['$now()', '2023-11-14T22:13:20.000Z'],
    ['$millis()', 1_700_000_000_000],
  ])('%s', (text, expected) => {
    expect(evaluateJsonata(text)).toEqual(expected);
  });

  test('keep the text of a number that they read', () => {
    expect(JSON.stringify(evaluateJsonata('$parse("[1.0, 12345678901234567890]")'))).toBe('[1.0,12345678901234567890]');
  });

  test.each([
    ['$partition([1], 0)', 'D4001: The second argument of the partition function must be a positive integer: 0'],
    ['$partition([1], 1.5)', 'D4001: The second argument of the partition function must be a positive integer: 1.5'],
    ['$range(1, 2, 0)', 'D4002: The arguments of the range function must be numbers, and its step must not be zero'],
    ['$range(1, "2", 1)', 'T0410: Argument 2 of function "range" does not match function signature'],
    [
      '$hash("a", "MD4")',
      'D4003: Unknown algorithm of the hash function: "MD4". It must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512',
    ],
    ['$hash("a")', 'T0410: Argument 2 of function "hash" does not match function signature'],
    ['$uuid(1)', 'T0410: Argument 1 of function "uuid" does not match function signature'],
  ])('%s fails', (text, message) => {
    expect(jsonataFailure(text)).toBe(message);
  });

  test.each(['$parse("{")', '$parse("")', '$parse("nope")'])('%s fails, as it is no JSON', (text) => {
    expect(jsonataFailure(text)).toMatch(/^D4004: The argument of the parse function is not JSON: /);
  });
});
