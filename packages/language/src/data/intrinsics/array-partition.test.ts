import { expect, test } from 'vitest';
import { jsonText, parseJson } from '../../json.ts';
import { StatesError } from '../../errors.ts';
import { compileIntrinsic } from '../intrinsic-expression.ts';
import { plainScope } from '../plain-scope.ts';

test.each([
  ['States.ArrayPartition($.a, 2)', '{"a":[0,1,2]}', '[[0,1],[2]]'],
  ['States.ArrayPartition($.a, 1)', '{"a":[]}', '[]'],
  ['States.ArrayPartition($.a, 5)', '{"a":[0,1.0]}', '[[0,1.0]]'],
  ['States.ArrayPartition($.a, 2.6)', '{"a":[0,1,2]}', '[[0,1],[2]]'],
  ['States.ArrayPartition($.a, 2147483647)', '{"a":[1]}', '[[1]]'],
])('%s of %s', (text, input, expected) => {
  expect(jsonText(compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) })))).toBe(expected);
});

test.each([
  ['States.ArrayPartition($.a, 0)', '{"a":[1]}'],
  ['States.ArrayPartition($.a, 0.6)', '{"a":[1]}'],
  ['States.ArrayPartition($.a, -1)', '{"a":[1]}'],
  ["States.ArrayPartition($.a, '2')", '{"a":[1]}'],
  ['States.ArrayPartition($.a, null)', '{"a":[1]}'],
  ["States.ArrayPartition('a', 1)", '{}'],
  ['States.ArrayPartition($.a, 1e400)', '{"a":[1]}'],
])('%s of %s fails', (text, input) => {
  expect(() => compileIntrinsic(text).evaluate(plainScope({ input: parseJson(input) }))).toThrow(
    new StatesError(
      'States.IntrinsicFailure',
      `The function '${text}' had the following error: Invalid arguments in States.ArrayPartition`,
    ),
  );
});
