import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.ArrayContains($.a, 5)', '{"a":[1,2,5]}', 'true'],
  ['States.ArrayContains($.a, 5)', '{"a":[1,2,"5"]}', 'false'],
  ['States.ArrayContains($.a, 1)', '{"a":[1.0]}', 'true'],
  ['States.ArrayContains($.a, $.b)', '{"a":[{"x":1,"y":[null]}],"b":{"y":[null],"x":1.0}}', 'true'],
  ['States.ArrayContains($.a, null)', '{"a":[]}', 'false'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ["States.ArrayContains('abc', 'a')", '{}'],
  ['States.ArrayContains($.a, 1)', '{"a":{"x":1}}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.ArrayContains`,
    ),
  );
});
