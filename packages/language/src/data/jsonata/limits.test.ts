import { describe, expect, test } from 'vitest';
import { TestExecution } from '../../testing/test-execution.ts';
import { jsonataFailure } from '../../testing/evaluate-jsonata.ts';

/** Expressions without an end, or with one that nobody's memory sees, and the code that ends them. */
const EXPLOSIONS: readonly (readonly [what: string, text: string, code: RegExp])[] = [
  ['an endless loop', '($f := function() { $f() }; $f())', /^D1012/],
  ['an endless loop of two', '($f := function() { $g() }; $g := function() { $f() }; $f())', /^D1012/],
  ['an endless recursion', '($f := function($n) { 1 + $f($n) }; $f(1))', /^D1011/],
  ['a recursion through built-in functions', '($f := function($n) { $map([1, 2], $f) }; $f(1))', /^D10(11|12)/],
  ['a recursion through a pattern', '($f := function($m) { $replace("ab", /a/, $f) }; $f(1))', /^D1011/],
  ['a recursion of a composed function', '($f := function($n) { ($f ~> $f)($n) }; $f(1))', /^D10(11|12)/],
  ['a recursion through an order', '($f := function($l, $r) { $sort([1, 2], $f) }; $f(1, 2))', /^D10(11|12)/],
  ['ranges of ranges', '[1..1000].([1..1000]).([1..1000])', /^D(1012|4005|2015)/],
  ['a huge range', '[1..9000000000]', /^D2014/],
  ['a huge $range', '$range(1, 1000000000, 1)', /^D2015/],
  ['an array that doubles', '($f := function($a) { $f($append($a, $a)) }; $f([1]))', /^D(4005|1012|2015)/],
  ['a text that doubles', '($f := function($a) { $f($a & $a) }; $f("x"))', /^D4006/],
  ['a joined text that doubles', '($f := function($a) { $f($join([$a, $a])) }; $f("x"))', /^D4006/],
  [
    'a replaced text that doubles',
    '($f := function($a) { $f($replace($a, "x", "xx")) }; $f("x"))',
    /^D(1012|4005|4006)/,
  ],
  ['padding', '$pad("x", 1000000000)', /^D4006/],
  ['padding many times', '$map([1..100000], function() { $pad("x", 1000000) })', /^D400[56]/],
  ['an encoded text that grows', '($f := function($a) { $f($base64encode($a)) }; $f("xxxx"))', /^D400[56]/],
  ['a url that grows', '($f := function($a) { $f($encodeUrlComponent($a)) }; $f("%%"))', /^D400[56]/],
  ['a string of a string', '($f := function($a) { $f($string([$a, $a])) }; $f("\\""))', /^D400[56]/],
  ['a value that nests', '($f := function($a) { $f([$a]) }; $f(1))', /^D(1012|4007)/],
  [
    'a nested value as a result',
    '($f := function($a, $n) { $n = 0 ? $a : $f({"a": $a}, $n - 1) }; $f(1, 5000))',
    /^D4007/,
  ],
  [
    'a result of shared parts',
    '($f := function($a, $n) { $n = 0 ? $a : $f({"l": $a, "r": $a}, $n - 1) }; $f(1, 60))',
    /^D4005/,
  ],
  [
    'equality of shared parts',
    '($f := function($a, $n) { $n = 0 ? $a : $f({"l": $a, "r": $a}, $n - 1) }; $f(1, 60) = $f(1, 60))',
    /^D1012/,
  ],
  [
    'all descendants of shared parts',
    '($f := function($a, $n) { $n = 0 ? $a : $f({"l": $a, "r": $a}, $n - 1) }; $count($f(1, 60).**))',
    /^D1012/,
  ],
  [
    'a copy of shared parts',
    '($f := function($a, $n) { $n = 0 ? $a : $f({"l": $a, "r": $a}, $n - 1) }; $clone($f(1, 60)).x)',
    /^D(1012|4005)/,
  ],
  [
    'a pattern on a long text, again and again',
    '($t := $pad("a", 1000000); $map([1..10000], function() { $contains($t, /(a|b)*c/) }))',
    /^D(1012|4005)/,
  ],
  ['hashes', '($t := $pad("a", 1000000); $map([1..10000], function() { $hash($t, "SHA-512") }))', /^D(1012|4005)/],
  ['sorting by a function', '$sort([1..1000000], function($l, $r) { $l > $r })', /^D(1012|4005)/],
  ['an order', '[1..1000000]^(>$)', /^D(1012|4005)/],
  ['distinct objects', '$distinct([1..100000].{"n": $})', /^D1012/],
  ['a join of everything with everything', '($l := [1..3000].{"n": $}; $l@$a.$l@$b[$a.n = $b.n + 0.5])', /^D1012/],
  ['a long chain of bindings', `$$${'.list@$x'.repeat(60)}`, /^D1012/],
  ['a formatted number', '$formatNumber(1, $pad("#", 100000))', /^D4008/],
  ['a formatted number of a huge width', '$formatInteger(1, $pad("0", 100000, "0"))', /^D(4008|3131)/],
  ['a shuffle of much', '$shuffle([1..900000])', /^D1012/],
  ['the power of numbers', '$power(10, 1000)', /^D3061/],
];

describe('an expression that explodes fails within its budget:', () => {
  test.each(EXPLOSIONS)('%s', (_what, text, code) => {
    const before = process.cpuUsage();
    const failure = jsonataFailure(text, { input: { list: [1, 2, 3, 4, 5] } });
    const { user, system } = process.cpuUsage(before);
    expect(failure).toMatch(code);
    // About a second on a machine of its own; processor time is little troubled by others.
    expect((user + system) / 1e6).toBeLessThan(6);
  });
});

describe('a state with such an expression', () => {
  const place = (field: object, more: object = {}): object => ({
    QueryLanguage: 'JSONata',
    StartAt: 'S',
    States: { S: { Type: 'Pass', ...field, ...more, End: true } },
  });

  test.each(EXPLOSIONS.filter(([what]) => /endless|doubles|shared/.test(what)))(
    'fails, and nothing else does: %s',
    (_what, text) => {
      const execution = TestExecution.start(place({ Output: { v: `{% ${text} %}` } }));
      expect(execution.status).toBe('FAILED');
      expect(execution.end?.error).toBe('States.QueryEvaluationError');
      expect(execution.history.map(({ type }) => type)).toContain('EvaluationFailed');
    },
  );

  test('may be caught like any other error', () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'S',
      States: {
        S: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'B',
              States: { B: { Type: 'Pass', Output: '{% ($f := function() { $f() }; $f()) %}', End: true } },
            },
          ],
          Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Succeed', Output: '{% $states.input.Error %}' },
      },
    };
    const execution = TestExecution.start(definition);
    expect(execution.output).toBe('States.QueryEvaluationError');
  });
});
