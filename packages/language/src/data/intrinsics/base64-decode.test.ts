import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ["States.Base64Decode('')", '{}', '""'],
  ["States.Base64Decode('RGF0YSB0byBlbmNvZGU=')", '{}', '"Data to encode"'],
  ["States.Base64Decode('4pyTIPCfmoA=')", '{}', '"✓ 🚀"'],
  ["States.Base64Decode(' YWJjZA== ')", '{}', '"abcd"'],
  ["States.Base64Decode('YWJjZA')", '{}', '"abcd"'],
  ["States.Base64Decode('YW==cd')", '{}', '"a"'],
  ["States.Base64Decode('YWJjAGRlZg==')", '{}', '"abc\\u0000def"'],
  ["States.Base64Decode('/w==')", '{}', '"�"'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.Base64Decode(123)', '{}'],
  ['States.Base64Decode($.a)', `{"a":"${'A'.repeat(10001)}"}`],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.Base64Decode`,
    ),
  );
});
