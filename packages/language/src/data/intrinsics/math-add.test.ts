import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.MathAdd($.a, -1)', '{"a":111}', '110'],
  ['States.MathAdd(-9, 3)', '{}', '-6'],
  ['States.MathAdd(1.49, 1.5)', '{}', '3'],
  ['States.MathAdd(1.5, 1.51)', '{}', '4'],
  ['States.MathAdd(-1.49, -1.5)', '{}', '-2'],
  ['States.MathAdd(-1.5, -1.51)', '{}', '-3'],
  ['States.MathAdd(-0.5, 0)', '{}', '0'],
  ['States.MathAdd(-0.5, 0.5)', '{}', '1'],
  ['States.MathAdd(2.5, 0)', '{}', '3'],
  ['States.MathAdd(-2.5, 0)', '{}', '-2'],
  ['States.MathAdd(2147483646, 1)', '{}', '2147483647'],
  ['States.MathAdd(-2147483648, 0)', '{}', '-2147483648'],
  ['States.MathAdd($.a, 0)', '{"a":1.0}', '1'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.MathAdd(2147483647, 1)', '{}'],
  ['States.MathAdd(-2147483648, -1)', '{}'],
  ['States.MathAdd(3000000000, -1)', '{}'],
  ["States.MathAdd('1', 1)", '{}'],
  ['States.MathAdd(null, 1)', '{}'],
  ['States.MathAdd(true, 1)', '{}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.MathAdd`,
    ),
  );
});
