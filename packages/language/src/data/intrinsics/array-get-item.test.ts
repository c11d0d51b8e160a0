import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.ArrayGetItem($.a, 5)', '{"a":[1,2,3,4,5,6.0]}', '6.0'],
  ['States.ArrayGetItem($.a, 0)', '{"a":[null]}', 'null'],
  ['States.ArrayGetItem($.a, 1.9)', '{"a":[10,20]}', '20'],
  ['States.ArrayGetItem($.a, 999)', '{"a":[]}', 'null'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.ArrayGetItem($.a, 2)', '{"a":[1,2]}'],
  ['States.ArrayGetItem($.a, -1)', '{"a":[1,2]}'],
  ["States.ArrayGetItem($.a, '1')", '{"a":[1,2]}'],
  ["States.ArrayGetItem('abc', 1)", '{}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.ArrayGetItem`,
    ),
  );
});
