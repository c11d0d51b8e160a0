import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.StringToJson($.a)', '{"a":""}', 'null'],
  ['States.StringToJson($.a)', '{"a":" "}', 'null'],
  ['States.StringToJson($.a)', '{"a":"-0"}', '0'],
  ['States.StringToJson($.a)', '{"a":"1.10"}', '1.10'],
  ['States.StringToJson($.a)', '{"a":" {\\"x\\":[1,\\"y\\"]} "}', '{"x":[1,"y"]}'],
  ['States.StringToJson(\'{"x":1}\')', '{}', '{"x":1}'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.StringToJson($.a)', '{"a":"{bad}"}'],
  ['States.StringToJson($.a)', '{"a":"undefined"}'],
  ['States.StringToJson($.a)', '{"a":1}'],
  ['States.StringToJson($.a)', '{"a":{}}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.StringToJson`,
    ),
  );
});
