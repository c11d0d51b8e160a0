import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ["States.StringSplit('1,2,3', ',')", '{}', '["1","2","3"]'],
  ["States.StringSplit(' ', ',')", '{}', '[" "]'],
  ["States.StringSplit(', , ,', ',')", '{}', '[" "," "]'],
  ["States.StringSplit(',,,,', ',')", '{}', '[]'],
  ["States.StringSplit('', ',')", '{}', '[]'],
  ["States.StringSplit('abc', '')", '{}', '["abc"]'],
  ["States.StringSplit('This.is+a,test=string', '.+,=')", '{}', '["This","is","a","test","string"]'],
  ["States.StringSplit($.a, 'T|🚀')", '{"a":"on T and|on🚀x"}', '["on "," and","on","x"]'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ["States.StringSplit(1, ',')", '{}'],
  ["States.StringSplit('a', null)", '{}'],
  ["States.StringSplit($.a, ',')", '{"a":["a"]}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.StringSplit`,
    ),
  );
});
