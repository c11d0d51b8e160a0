import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ["States.Base64Encode('')", '{}', '""'],
  ["States.Base64Encode('Data to encode')", '{}', '"RGF0YSB0byBlbmNvZGU="'],
  ['States.Base64Encode($.a)', '{"a":"✓ 🚀"}', '"4pyTIPCfmoA="'],
  ['States.Base64Encode($.a)', `{"a":"${'a'.repeat(10000)}"}`, `"${'YWFh'.repeat(3333)}YQ=="`],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.Base64Encode(123)', '{}'],
  ['States.Base64Encode($.a)', '{"a":{}}'],
  ['States.Base64Encode($.a)', `{"a":"${'a'.repeat(10001)}"}`],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.Base64Encode`,
    ),
  );
});
