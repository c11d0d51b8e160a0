import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ["States.Hash('input data', 'MD5')", '{}', '"812f45842bc6d66ee14572ce20db8e86"'],
  ["States.Hash('input data', 'SHA-1')", '{}', '"aaff4a450a104cd177d28d18d74485e8cae074b7"'],
  ["States.Hash('input data', 'SHA-256')", '{}', '"b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"'],
  [
    "States.Hash('input data', 'SHA-384')",
    '{}',
    '"d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562"',
  ],
  [
    "States.Hash('input data', 'SHA-512')",
    '{}',
    '"6ce4adb348546d4f449c4d25aad9a7c9cb711d9e91982d3f0b29ca2f3f47d4ce2deba23bf2954f0f1d593fc50283731a533d30d425402d4f91316d871303aac4"',
  ],
  ["States.Hash('', 'SHA-256')", '{}', '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"'],
  ["States.Hash($.a, 'MD5')", '{"a":123}', '"202cb962ac59075b964b07152d234b70"'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ["States.Hash('a', 'sha-256')", '{}'],
  ["States.Hash('a', 'SHA256')", '{}'],
  ["States.Hash('a', '')", '{}'],
  ["States.Hash('a', 1)", '{}'],
  ["States.Hash(null, 'MD5')", '{}'],
  ["States.Hash($.a, 'MD5')", `{"a":"${'a'.repeat(10001)}"}`],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.Hash`,
    ),
  );
});
