import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  [
    'States.JsonMerge($.a, $.b, false)',
    '{"a":{"a":{"a1":1,"a2":2},"b":2,"d":3},"b":{"a":{"a3":1,"a4":2},"c":3,"d":4.0}}',
    '{"a":{"a3":1,"a4":2},"b":2,"d":4.0,"c":3}',
  ],
  ['States.JsonMerge($.a, $.b, false)', '{"a":{"__proto__":{"x":1}},"b":{"y":1}}', '{"__proto__":{"x":1},"y":1}'],
  ["States.JsonMerge($.a, $.a, 'false')", '{"a":{}}', '{}'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.JsonMerge($.a, $.a, true)', '{"a":{}}'],
  ['States.JsonMerge($.a, $.b, false)', '{"a":null,"b":{}}'],
  ['States.JsonMerge($.a, $.b, false)', '{"a":{},"b":[]}'],
  ['States.JsonMerge($.a, $.b, false)', '{"a":{},"b":1.0}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.JsonMerge`,
    ),
  );
});
