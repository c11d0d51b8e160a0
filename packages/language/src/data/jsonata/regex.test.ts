import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';
import { PatternError, Pattern } from './regex.ts';

describe('a regular expression', () => {
  test.each<[string, string, boolean]>([
    ['ab', '/A/i', true],
    ['ab', '/A/', false],
    ['a\nb', '/^b$/m', true],
    ['a\nb', '/^b$/', false],
    ['a\nb', '/a.b/', false],
    ['a\u2028b', '/a.b/', false],
    ['a\u00a0b', '/a\\sb/', true],
    ['a\ufeffb', '/a[\\s]b/', true],
    ['ab', '/a\\Sb|a\\S/', true],
    ['a-b', '/a[^]b/', true],
    ['a', '/[]/', false],
    ['a]b', '/[\\]]/', true],
    ['A', '/\\u0041/', true],
    ['a/b', '/a\\/b/', true],
    ['word', '/\\bword\\b/', true],
    ['2024-05-06', '/^(\\d{4})-(\\d\\d)-(\\d\\d)$/', true],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '/^(a+)+$/', false],
  ])('on %j: %s', (text, pattern, expected) => {
    expect(evaluateJsonata(`$contains($states.t, ${pattern})`, { states: { t: text } })).toBe(expected);
  });

  test.each(['(?=a)', '(?<!a)', '(a)\\1', '\\k<a>', '\\p{L}', '(', '*', `${'a'.repeat(10_001)}`])(
    'is refused where it is malformed or would have to go back: %.20s',
    (source) => {
      expect(() => new Pattern(source, '')).toThrow(PatternError);
    },
  );

  test('is a function from a text to its matches', () => {
    const matches = (call: string): Json | undefined => evaluateJsonata(`($p := /b(c)?/; ${call})`);
    expect(matches('$p("abcab")')).toEqual({ match: 'bc', start: 1, end: 3, groups: ['c'] });
    expect(matches('$p("abcab").next().start')).toBe(4);
    expect(matches('$p("ab").groups')).toEqual([null]);
    expect(matches('$p("xyz")')).toBeUndefined();
  });

  test('may not match nothing again and again', () => {
    expect(jsonataFailure('$match("ab", /x*/)')).toMatch(/^D1004/);
  });
});

test.each<[string, Json | undefined]>([
  [
    '$match("ababb", /a(b+)/)',
    [
      { match: 'ab', index: 0, groups: ['b'] },
      { match: 'abb', index: 2, groups: ['bb'] },
    ],
  ],
  ['$match("ababb", /a(b+)/, 1)', { match: 'ab', index: 0, groups: ['b'] }],
  ['$match("x", /a/)', undefined],
  ['$split("a1b22c", /\\d+/)', ['a', 'b', 'c']],
  ['$split("a, b, c", ", ", 2)', ['a', 'b']],
  ['$split("abc", "")', ['a', 'b', 'c']],
  ['$replace("John Smith", /(\\w+)\\s(\\w+)/, "$2, $1")', 'Smith, John'],
  ['$replace("abcabc", "b", "$0", 1)', 'a$0cabc'],
  ['$replace("265USD", /([0-9]+)USD/, "$$$1")', '$265'],
  [
    '$replace("temperature = 68F today", /(-?\\d+(?:\\.\\d*)?)F\\b/, function($m) { $string(($number($m.groups[0]) - 32) * 5 / 9) & "C" })',
    'temperature = 20C today',
  ],
  ['$contains("abc", "b")', true],
  ['$contains($nothing, "b")', undefined],
])('%s', (text, expected) => {
  expect(evaluateJsonata(text)).toEqual(expected);
});

test.each([
  ['$replace("a", "", "b")', 'D3010: Second argument of replace function cannot be an empty string'],
  ['$replace("a", "a", "b", -1)', 'D3011: Fourth argument of replace function must evaluate to a positive number'],
  ['$replace("a", /a/, function($m) { 1 })', 'D3012: Attempted to replace a matched string with a non-string value'],
  ['$split("a", "b", -1)', 'D3020: Third argument of split function must evaluate to a positive number'],
  ['$match("a", /a/, -1)', 'D3040: Third argument of match function must evaluate to a positive number'],
  [
    '$contains("a", function($t) { {"x": 1} })',
    'T1010: The matcher function argument passed to function "contains" does not return the correct object structure',
  ],
])('%s fails', (text, message) => {
  expect(jsonataFailure(text)).toBe(message);
});
