import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.JsonToString($.a)', '{"a":{"x":[1.0,null,"é"]}}', '"{\\"x\\":[1.0,null,\\"é\\"]}"'],
  ["States.JsonToString('x')", '{}', '"\\"x\\""'],
  ['States.JsonToString($.a)', '{"a":9007199254740993}', '"9007199254740993"'],
  ['States.JsonToString(null)', '{}', '"null"'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});
