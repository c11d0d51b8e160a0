import { describe, expect, test } from 'vitest';
import type { Json } from '../../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../../testing/evaluate-jsonata.ts';

type Rows = ReadonlyArray<readonly [text: string, expected: Json | undefined]>;

const STRINGS: Rows = [
  ['$string(5)', '5'],
  ['$string(1e21)', '1e+21'],
  ['$string(0.1 + 0.2)', '0.3'],
  ['$string([1, {"a": "x"}])', '[1,{"a":"x"}]'],
  ['$string({"a": [1]}, true)', '{\n  "a": [\n    1\n  ]\n}'],
  ['$string({"f": $sum})', '{"f":""}'],
  ['$string($nothing)', undefined],
  ['$length("añb😀")', 4],
  ['$substring("hello", 1, 3)', 'ell'],
  ['$substring("hello", -3)', 'llo'],
  ['$substring("hello", -9, 2)', 'he'],
  ['$substring("😀x", 1)', 'x'],
  ['$substringBefore("a-b-c", "-")', 'a'],
  ['$substringAfter("a-b-c", "-")', 'b-c'],
  ['$substringAfter("abc", "-")', 'abc'],
  ['$uppercase("ß")', 'SS'],
  ['$lowercase("ABC")', 'abc'],
  ['$trim("  a \\n b  ")', 'a b'],
  ['$pad("a", 3)', 'a  '],
  ['$pad("a", -4, "xy")', 'xyxa'],
  ['$pad("abc", 2)', 'abc'],
  ['$join(["a", "b"], "-")', 'a-b'],
  ['$join("a")', 'a'],
  ['$join([])', ''],
  ['$base64encode("ü")', 'w7w='],
  ['$base64decode("w7w=")', 'ü'],
  ['$encodeUrlComponent("a b&c")', 'a%20b%26c'],
  ['$encodeUrl("http://x/a b?c=d")', 'http://x/a%20b?c=d'],
  ['$decodeUrlComponent("a%20b%26c")', 'a b&c'],
  ['$decodeUrl("a%20b")', 'a b'],
];

const NUMBERS: Rows = [
  ['$number("1.5")', 1.5],
  ['$number("0x1f")', 31],
  ['$number("0b101")', 5],
  ['$number("0o17")', 15],
  ['$number(true)', 1],
  ['$abs(-5)', 5],
  ['$floor(-1.5)', -2],
  ['$ceil(1.2)', 2],
  ['$round(2.5)', 2],
  ['$round(3.5)', 4],
  ['$round(123.456, 2)', 123.46],
  ['$round(12345, -2)', 12300],
  ['$power(2, 10)', 1024],
  ['$sqrt(16)', 4],
  ['$sum([1, 2, 3])', 6],
  ['$sum(5)', 5],
  ['$sum([])', 0],
  ['$max([1, 5, 3])', 5],
  ['$min([4, 2])', 2],
  ['$max([])', undefined],
  ['$average([1, 2])', 1.5],
  ['$count([1, 2])', 2],
  ['$count("a")', 1],
  ['$count($nothing)', 0],
  ['$formatNumber(12345.6, "#,###.00")', '12,345.60'],
  ['$formatNumber(0.14, "01%")', '14%'],
  ['$formatNumber(-6, "000")', '-006'],
  ['$formatNumber(1234.5678, "00.000e0")', '12.346e2'],
  ['$formatBase(255, 16)', 'ff'],
  ['$formatInteger(2789, "w")', 'two thousand, seven hundred and eighty-nine'],
  ['$formatInteger(1999, "I")', 'MCMXCIX'],
  ['$formatInteger(12, "000;o")', '012th'],
  ['$parseInteger("twelve thousand", "w")', 12000],
  ['$parseInteger("1,234", "#,##0")', 1234],
];

const ARRAYS: Rows = [
  ['$append([1], [2, 3])', [1, 2, 3]],
  ['$append(1, 2)', [1, 2]],
  ['$append([1], $nothing)', [1]],
  ['$sort([3, 1, 2])', [1, 2, 3]],
  ['$sort(["b", "a"])', ['a', 'b']],
  ['$sort([{"n": 2}, {"n": 1}], function($l, $r) { $l.n > $r.n }).n', [1, 2]],
  ['$reverse([1, 2, 3])', [3, 2, 1]],
  ['$distinct([1, 1, "1", {"a": 1}, {"a": 1}, [1], [1]])', [1, '1', { a: 1 }, [1]]],
  [
    '$zip([1, 2], ["a", "b", "c"])',
    [
      [1, 'a'],
      [2, 'b'],
    ],
  ],
  ['$shuffle([1, 2, 3, 4])', [1, 3, 4, 2]],
  ['$map([1, 2], function($v, $i, $a) { $v + $i + $count($a) })', [3, 5]],
  ['$map([], function($v) { $v })', undefined],
  ['$map([5], function($v) { $v })', 5],
  ['$filter([1, 2, 3], function($v) { $v > 1 })', [2, 3]],
  ['$single([1, 2, 3], function($v) { $v = 2 })', 2],
  ['$reduce([1, 2, 3], function($p, $v) { $p + $v })', 6],
  ['$reduce([1, 2], function($p, $v) { $p + $v }, 10)', 13],
  ['$reduce([], function($p, $v) { $p + $v }, 10)', 10],
];

const OBJECTS: Rows = [
  ['$keys({"a": 1, "b": 2})', ['a', 'b']],
  ['$keys([{"a": 1}, {"b": 2, "a": 3}])', ['a', 'b']],
  ['$keys({})', undefined],
  ['$lookup({"a": 1}, "a")', 1],
  ['$lookup([{"a": 1}, {"a": 2}], "a")', [1, 2]],
  ['$spread({"a": 1, "b": 2})', [{ a: 1 }, { b: 2 }]],
  ['$spread([{"a": 1}])', [{ a: 1 }]],
  ['$spread([{}])', []],
  ['$spread([])', undefined],
  ['$merge([{"a": 1}, {"a": 2, "b": 3}])', { a: 2, b: 3 }],
  ['$each({"a": 1, "b": 2}, function($v, $k) { $k & $v })', ['a1', 'b2']],
  ['$sift({"a": 1, "b": 2}, function($v) { $v > 1 })', { b: 2 }],
  ['$sift({"a": 1}, function($v) { $v > 1 })', undefined],
  ['$type(1)', 'number'],
  ['$type(null)', 'null'],
  ['$type([])', 'array'],
  ['$type({})', 'object'],
  ['$type($sum)', 'function'],
  ['$type($nothing)', undefined],
  ['$exists($nothing)', false],
  ['$exists(null)', true],
  ['$boolean("")', false],
  ['$not(0)', true],
  ['$assert(true, "no")', undefined],
];

const TIMES: Rows = [
  ['$toMillis("2024-02-29T12:30:45.678Z")', 1709209845678],
  ['$toMillis("2024-02-29")', 1709164800000],
  ['$toMillis("2024-02-29T12:00:00+02:00")', 1709200800000],
  ['$toMillis("29/02/2024", "[D]/[M]/[Y0001]")', 1709164800000],
  ['$fromMillis(1709209845678)', '2024-02-29T12:30:45.678Z'],
  ['$fromMillis(1709209845678, "[D1o] [MNn] [Y]", "+0100")', '29th February 2024'],
  ['$fromMillis(1709209845678, "[H01]:[m01]:[s01] [z]", "-0500")', '07:30:45 GMT-05:00'],
  ['$fromMillis(1709209845678, "[FNn], week [W]")', 'Thursday, week 9'],
];

describe.each([
  ['texts', STRINGS],
  ['numbers', NUMBERS],
  ['arrays', ARRAYS],
  ['objects', OBJECTS],
  ['times', TIMES],
])('functions of %s', (_what, rows) => {
  test.each(rows)('%s', (text, expected) => {
    expect(evaluateJsonata(text)).toEqual(expected);
  });
});

test.each([
  ['$number("abc")', 'D3030: Unable to cast value to a number: "abc"'],
  ['$sqrt(-1)', 'D3060: The sqrt function cannot be applied to a negative number: -1'],
  [
    '$sort([1, "a"])',
    'D3070: The single argument form of the sort function can only be applied to an array of strings or an array of numbers.  Use the second argument to specify a comparison function',
  ],
  [
    '$reduce([1], function($a) { $a })',
    'D3050: The second argument of reduce function must be a function with at least two arguments',
  ],
  ['$single([1, 1])', 'D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.'],
  ['$single([])', 'D3139: The $single() function expected exactly 1 matching result.  Instead it matched 0.'],
  ['$formatBase(1, 99)', 'D3100: The radix of the formatBase function must be between 2 and 36.  It was given 99'],
  [
    '$toMillis("nope")',
    'D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given "nope"',
  ],
  ['$decodeUrl("%")', 'D3140: Malformed URL passed to $decodeUrl(): "%"'],
  ['$error("my words")', 'D3137: my words'],
  ['$assert(false, "not so")', 'D3141: not so'],
  ['$assert(false)', 'D3141: $assert() statement failed'],
  ['$round(1.5, 101)', /^D4012|no error/],
])('%s fails', (text, message) => {
  expect(jsonataFailure(text)).toMatch(message);
});
