import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.ArrayRange(0, 9, 3)', '{}', '[0,3,6,9]'],
  ['States.ArrayRange(0, 10, 3)', '{}', '[0,3,6,9]'],
  ['States.ArrayRange(1, 9, 9)', '{}', '[1]'],
  ['States.ArrayRange(5, 1, -2)', '{}', '[5,3,1]'],
  ['States.ArrayRange(5, 1, 1)', '{}', '[]'],
  ['States.ArrayRange(1, 5, -1)', '{}', '[]'],
  ['States.ArrayRange(3, 3, -1)', '{}', '[3]'],
  ['States.ArrayRange(1.6, 1.4, 1)', '{}', '[1]'],
  ['States.ArrayRange(5.4, -0.6, -2.4)', '{}', '[5,3,1]'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.ArrayRange(1, 10, 0)', '{}'],
  ['States.ArrayRange(1, 10, 0.49)', '{}'],
  ['States.ArrayRange(1, 1001, 1)', '{}'],
  ['States.ArrayRange(1001, 1, -1)', '{}'],
  ["States.ArrayRange('a', 5, 1)", '{}'],
  ['States.ArrayRange(1, null, 1)', '{}'],
  ['States.ArrayRange(-9007199254740991, 9007199254740991, 1)', '{}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.ArrayRange`,
    ),
  );
});
