import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.MathRandom(1, 999)', '{}', '500'],
  ['States.MathRandom(1.6, 5.4)', '{}', '3'],
  ['States.MathRandom(-3, -2)', '{}', '-3'],
  ['States.MathRandom(0, 10, 42)', '{}', '0'],
  ['States.MathRandom(2147483640, 2147483647, -10)', '{}', '2147483640'],
  ['States.MathRandom(0, 100, 42)', '{}', '30'],
  ['States.MathRandom(0, 16, 0)', '{}', '11'],
  ['States.MathRandom(-4000000000, 4000000000, 1)', '{}', '1847025606'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.MathRandom(1, 1)', '{}'],
  ['States.MathRandom(10, 5)', '{}'],
  ['States.MathRandom(1.4, 1.6)', '{}'],
  ["States.MathRandom('a', 10)", '{}'],
  ["States.MathRandom(1, 10, 'seed')", '{}'],
  ['States.MathRandom(1, 10, null)', '{}'],
  ['States.MathRandom(-9007199254740991, 9007199254740991)', '{}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.MathRandom`,
    ),
  );
});
