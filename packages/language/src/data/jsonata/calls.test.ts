import { describe, expect, test } from 'vitest';
import type { Json } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';

describe('a function of the author', () => {
  test.each<[string, Json | undefined]>([
    ['($f := function($x) { $x + 1 }; $f(1))', 2],
    ['($f := λ($x, $y) { [$x, $y] }; $f(1))', [1]],
    ['(function($x) { $x })(5)', 5],
    ['($a := 1; $f := function() { $a }; ($a := 2; $f()))', 1],
    ['($add := function($a) { function($b) { $a + $b } }; $add(1)(2))', 3],
    ['($fact := function($n) { $n < 2 ? 1 : $n * $fact($n - 1) }; $fact(10))', 3628800],
    [
      '($even := function($n) { $n = 0 ? true : $odd($n - 1) }; $odd := function($n) { $n = 0 ? false : $even($n - 1) }; $even(9))',
      false,
    ],
    ['($f := function($x)<n:n> { $x }; $f(1))', 1],
    ['{"v": 7}.($f := function($x)<n-:n> { $x * 2 }; v.$f())', 14],
    ['{"v": 7}.(function() { v })()', 7],
  ])('%s', (text, expected) => {
    expect(evaluateJsonata(text)).toEqual(expected);
  });

  test('loops by a call in tail position without a depth', () => {
    const loop = '($loop := function($n, $sum) { $n = 0 ? $sum : $loop($n - 1, $sum + $n) }; $loop(50000, 0))';
    expect(evaluateJsonata(loop)).toBe(1250025000);
  });
});

describe('a partial application and a chain', () => {
  test.each<[string, Json | undefined]>([
    ['($add := function($a, $b) { $a + $b }; $inc := $add(1, ?); $inc(2))', 3],
    ['($first := $substring(?, 0, 1); $map(["ab", "cd"], $first))', ['a', 'c']],
    ['"ab" ~> $uppercase', 'AB'],
    ['"ab" ~> $substring(1) ~> $uppercase()', 'B'],
    ['($both := $uppercase ~> $length; $both("abc"))', 3],
    ['[1..3] ~> $map(function($v) { $v * 2 }) ~> $sum', 12],
  ])('%s', (text, expected) => {
    expect(evaluateJsonata(text)).toEqual(expected);
  });
});

test.each([
  ['$nope()', 'T1006: Attempted to invoke a non-function'],
  ['sum([1])', 'T1005: Attempted to invoke a non-function. Did you mean $sum?'],
  ['1 ~> 2', 'T2006: The right side of the function application operator ~> must be a function'],
  ['$nope(?, 1)', 'T1008: Attempted to partially apply a non-function'],
  ['sum(?)', 'T1007: Attempted to partially apply a non-function. Did you mean $sum?'],
  ['$uppercase(1)', 'T0410: Argument 1 of function "uppercase" does not match function signature'],
  ['$substring("a")', 'T0410: Argument 2 of function "substring" does not match function signature'],
  ['$sum(["a"])', 'T0412: Argument 1 of function "sum" must be an array of "numbers"'],
  ['{"a": 1}.a.$uppercase()', 'T0411: Context value is not a compatible type with argument 1 of function "uppercase"'],
  ['($f := function($x)<s:s> { $x }; $f(1))', 'T0410: Argument 1 of function "f" does not match function signature'],
  [
    '$map([1], function($v) { $v & $uppercase($v) })',
    'T0410: Argument 1 of function "uppercase" does not match function signature',
  ],
])('%s fails', (text, message) => {
  expect(jsonataFailure(text)).toBe(message);
});
