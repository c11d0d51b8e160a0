import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.ArrayUnique($.a)', '{"a":[1,2,1.0,"1",2]}', '[1,2,"1"]'],
  [
    'States.ArrayUnique($.a)',
    '{"a":[null,null,{"a":1,"b":2},{"b":2,"a":1},[],[null],[]]}',
    '[null,{"a":1,"b":2},[],[null]]',
  ],
  ['States.ArrayUnique($.a)', '{"a":[9007199254740993,9007199254740992]}', '[9007199254740993,9007199254740992]'],
  ['States.ArrayUnique($.a)', '{"a":[{"__proto__":1},{}]}', '[{"__proto__":1},{}]'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ["States.ArrayUnique('aa')", '{}'],
  ['States.ArrayUnique($.a)', '{"a":{"b":1}}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.ArrayUnique`,
    ),
  );
});
