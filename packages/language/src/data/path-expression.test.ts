import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { jsonText, parseJson } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Scope } from './expression.ts';
import { plainScope } from './plain-scope.ts';
import {
  compileFieldPath,
  compilePath,
  compileReferencePath,
  isPath,
  isReferencePath,
  isSingularPath,
} from './path-expression.ts';

function scope(input: Json, context: Json = {}, variables: JsonObject = {}): Scope {
  return plainScope({ input, context, variables });
}

function failure(run: () => unknown): { error: string; detail: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof StatesError) return { error: error.error, detail: error.detail };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('compilePath', () => {
  const input = parseJson('{"a":{"b":[1.0,2,9007199254740993]},"items":[{"item_key":0},{"item_key":1}]}');

  test.each([
    ['$', jsonText(input)],
    ['$.a.b', '[1.0,2,9007199254740993]'],
    ['$.a.b[0]', '1.0'],
    ['$.a.b[2]', '9007199254740993'],
    ["$['a']['b'][1]", '2'],
    ['$["a"].b[-1]', '9007199254740993'],
    ['$.items[1]', '{"item_key":1}'],
    ['$.items[*].item_key', '[0,1]'],
    ['$..item_key', '[0,1]'],
    ['$$.Execution.Name', '"run"'],
    ['$$', '{"Execution":{"Name":"run"}}'],
    ['$order', '{"lines":[{"n":1}]}'],
    ['$order.lines[0].n', '1'],
    ['$größe', '7'],
  ])('%s', (text, expected) => {
    const context = { Execution: { Name: 'run' } };
    const variables = { order: { lines: [{ n: 1 }] }, größe: 7 };
    const expression = compilePath(text);
    expect(expression.text).toBe(text);
    expect(jsonText(expression.evaluate(scope(input, context, variables)))).toBe(expected);
  });

  test.each(['$[*]', '$.items[*]', '$.items[:1]', '$.item.items[:1]', '$.item.items[1:5]', '$.items[1:].itemValue'])(
    '%s over missing data gives an empty list',
    (text) => {
      expect(compilePath(text).evaluate(scope({}))).toEqual([]);
    },
  );

  test('a backslash before another quote stands for itself', () => {
    expect(compilePath(String.raw`$['Test\""Name"']`).evaluate(scope({ 'Test\\""Name"': 'found' }))).toBe('found');
    expect(compilePath(String.raw`$['it\'s']`).evaluate(scope({ "it's": 1 }))).toBe(1);
  });

  test.each([
    ['$.x', {}, "No results for path: $['x']"],
    ['$.a.x', { a: {} }, "No results for path: $['a']['x']"],
    ['$.a.x.y', { a: {} }, "Missing property in path $['a']['x']"],
    ['$.a[3]', { a: [1] }, "No results for path: $['a'][3]"],
    ['$.a[0]', { a: 1 }, 'Filter: [0] can only be applied to arrays. Current context is: 1'],
    ['$.a[0]', { a: null }, "The path $['a'] is null"],
    [
      '$.a.b',
      { a: 'text' },
      "Expected to find an object with property ['b'] in path $['a'] but found 'java.lang.String'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
    ],
    ['$nobody.x', {}, "No results for path: $['nobody']"],
  ])('%s misses', (text, given, message) => {
    expect(failure(() => compilePath(text).evaluate(scope(given)))).toEqual({
      error: 'States.Runtime',
      detail: `Invalid path '${text}' : ${message}`,
    });
  });

  test('a miss in a named field', () => {
    expect(failure(() => compileFieldPath('$.NoSuchCausePath', 'CausePath').evaluate(scope({ Error: 'e' })))).toEqual({
      error: 'States.Runtime',
      detail:
        "The JSONPath '$.NoSuchCausePath' specified for the field 'CausePath' could not be found in the input '{\"Error\":\"e\"}'",
    });
  });

  test('keys of the prototype are ordinary keys', () => {
    expect(failure(() => compilePath('$.constructor').evaluate(scope({}))).error).toBe('States.Runtime');
    expect(failure(() => compilePath('$.__proto__').evaluate(scope({}))).error).toBe('States.Runtime');
    expect(compilePath('$.__proto__.x').evaluate(scope(parseJson('{"__proto__":{"x":1}}')))).toBe(1);
    expect(compilePath("$['__proto__','a']").evaluate(scope(parseJson('{"__proto__":1,"a":2}')))).toEqual(
      parseJson('{"__proto__":1,"a":2}'),
    );
  });

  test.each([
    '',
    'a',
    '$.',
    '$..',
    '$.a b',
    '$[',
    "$['a",
    '$[a]',
    '$.a[1:2:3]',
    '$.nofunction()',
    `$${'v'.repeat(81)}`,
  ])('%s is refused', (text) => {
    expect(() => compilePath(text)).toThrow(ExpressionSyntaxError);
    expect(isPath(text)).toBe(false);
  });

  test('the offset points into the text as written', () => {
    expect(() => compilePath('$$.a[x]')).toThrow(
      expect.objectContaining({ offset: 5, message: expect.stringContaining("'$$.a[x]'") }),
    );
  });
});

describe('compileReferencePath', () => {
  test.each([
    ['$', '{"a":1}', '{"new":true}'],
    ['$.b', '{"a":1}', '{"a":1,"b":{"new":true}}'],
    ['$.a.b.c', '{}', '{"a":{"b":{"c":{"new":true}}}}'],
    ["$['a']['x y']", '{"a":{"z":1}}', '{"a":{"z":1,"x y":{"new":true}}}'],
    ['$.list[1]', '{"list":[0,1,2]}', '{"list":[0,{"new":true},2]}'],
    ['$.list[0].a', '{"list":[{"b":1}]}', '{"list":[{"b":1,"a":{"new":true}}]}'],
    ['$.__proto__', '{"a":1.0}', '{"a":1.0,"__proto__":{"new":true}}'],
  ])('%s into %s', (text, document, expected) => {
    const before = parseJson(document);
    expect(jsonText(compileReferencePath(text).write(before, { new: true }))).toBe(expected);
    expect(JSON.stringify(before)).toBe(document);
  });

  test.each([
    ['$.a', '"text"'],
    ['$.a', '[1]'],
    ['$.a.b', '{"a":1}'],
    ['$.a.b', '{"a":null}'],
    ['$.list[1]', '{"list":[0]}'],
    ['$.list[0]', '{}'],
  ])('%s cannot be applied to %s', (text, document) => {
    expect(failure(() => compileReferencePath(text).write(parseJson(document), 1))).toEqual({
      error: 'States.ResultPathMatchFailure',
      detail: `Unable to apply ReferencePath ${text} to input ${document}`,
    });
  });

  test.each([
    '$.a[*]',
    '$..a',
    '$.a[0,1]',
    '$.a[-1]',
    '$.a[0:1]',
    "$['a','b']",
    '$.a[?(@.b)]',
    '$$.a',
    '$v',
    '$.a.sum()',
    'a',
  ])('%s is refused', (text) => {
    expect(() => compileReferencePath(text)).toThrow(ExpressionSyntaxError);
    expect(isReferencePath(text)).toBe(false);
  });

  test('singular paths', () => {
    expect(['$', '$.a', '$$.Map.Item.Value', '$v[0]'].every(isSingularPath)).toBe(true);
    expect(['$.a[*]', '$..a', '$v[0:1]', 'a'].some(isSingularPath)).toBe(false);
  });
});
