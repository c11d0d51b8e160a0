import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.Array()', '{}', '[]'],
  ['States.Array($.a, $.b)', '{"a":{"x":1.0},"b":null}', '[{"x":1.0},null]'],
  ["States.Array('a', -1, 1.50, true, null)", '{}', '["a",-1,1.50,true,null]'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});
