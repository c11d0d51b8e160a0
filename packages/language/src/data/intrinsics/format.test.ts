import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';
import { format } from './format.ts';
import { IntrinsicError } from './intrinsic-function.ts';

test.each([
  ["States.Format('Formatting argument {}.', $.a)", '{"a":""}', '"Formatting argument ."'],
  [
    "States.Format('{}|{}|{}|{}|{}', $.a, $.b, $.c, $.d, 1.50)",
    '{"a":null,"b":true,"c":"{\\"x\\": 1}","d":{"k":[1.0,"s",null]}}',
    '"null|true|{\\"x\\": 1}|{k=[1.0, s, null]}|1.50"',
  ],
  [String.raw`States.Format('\{\}{}\\\'"', 1)`, '{}', String.raw`"{}1\\'\""`],
  ["States.Format($.t, 'Ada')", '{"t":"Hello \\\\{{}\\\\}"}', '"Hello {Ada}"'],
  ["States.Format('none')", '{}', '"none"'],
  ["States.Format('{}', '{}')", '{}', '"{}"'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([["States.Format($.t, 'x')", '{"t":1}']])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.Format`,
    ),
  );
});

test.each([
  ['{', [], "Invalid template in States.Format: matching '}' not found for '{'."],
  ['{{}}', [1], "Invalid template in States.Format: matching '}' not found for '{'."],
  ['}', [], "Invalid template in States.Format: matching '{' not found for '}'."],
  ['{} {}', [1], 'Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.'],
  ['{}', [1, 2], 'Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.'],
])('the template %s with %j is refused', (template, values, message) => {
  expect(() => format.call([template, ...values], plainScope({}))).toThrow(new IntrinsicError(message));
});

test('a text that grows beyond all bounds is stopped', () => {
  const template = '{}'.repeat(100);
  const values = Array.from({ length: 100 }, () => 'x'.repeat(200_000));
  expect(() => format.call([template, ...values], plainScope({}))).toThrow(
    expect.objectContaining({ error: 'States.DataLimitExceeded' }),
  );
});
