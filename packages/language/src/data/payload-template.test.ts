import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { jsonText, parseJson } from '../json.ts';
import type { Json } from '../json.ts';
import { compileFieldExpression, compileTemplate, constantExpression } from './payload-template.ts';
import { plainScope } from './plain-scope.ts';

function evaluate(template: string, input: Json, variables = {}): string {
  return jsonText(compileTemplate(parseJson(template)).evaluate(plainScope({ input, variables })));
}

describe('compileTemplate', () => {
  test.each([
    ['{"a":1.0,"b.$":"$.x"}', '{"a":1.0,"b":{"y":[1.0]}}'],
    ['{"deep":[{"list.$":"$.x.y"},"$.x"]}', '{"deep":[{"list":[1.0]},"$.x"]}'],
    ['{"f.$":"States.Format(\'{}\', $.x.y[0])","v.$":"$v"}', '{"f":"1.0","v":7}'],
    ['{"__proto__.$":"$.x.y","constructor":1}', '{"__proto__":[1.0],"constructor":1}'],
    ['{".$":"$.x.y"}', '{"":[1.0]}'],
    ['[]', '[]'],
    ['"$.x"', '"$.x"'],
  ])('%s', (template, expected) => {
    expect(evaluate(template, parseJson('{"x":{"y":[1.0]}}'), { v: 7 })).toBe(expected);
  });

  test('what is constant is shared, and what a path finds is not copied', () => {
    const template: Json = { fixed: { a: [1] }, list: [{ b: 1 }, { 'c.$': '$.d' }] };
    const input: Json = { d: { e: 1 } };
    const expression = compileTemplate(template);
    const one = expression.evaluate(plainScope({ input }));
    const other = expression.evaluate(plainScope({ input }));
    expect(one).toEqual({ fixed: { a: [1] }, list: [{ b: 1 }, { c: { e: 1 } }] });
    expect(one).not.toBe(other);
    const { fixed, list } = template;
    expect(one).toHaveProperty('fixed', fixed);
    expect(Object.values(Object(one))[0]).toBe(fixed);
    expect(Object.values(Object(one))[1][0]).toBe(list[0]);
    expect(Object.values(Object(one))[1][1].c).toBe(input.d);
    expect(compileTemplate(fixed).evaluate(plainScope({}))).toBe(fixed);
  });

  test.each([
    ['$.no_such_jsonpath', '{"int-literal":0}'],
    ['$$.Execution.Input.no_such_jsonpath', '{"Execution":{"Input":{}}}'],
  ])('%s misses', (path, document) => {
    const scope = plainScope({ input: { 'int-literal': 0 }, context: { Execution: { Input: {} } } });
    expect(() => compileTemplate({ nested: [{ 'value.$': path }] }).evaluate(scope)).toThrow(
      new StatesError(
        'States.Runtime',
        `The JSONPath '${path}' specified for the field 'value.$' could not be found in the input '${document}'`,
      ),
    );
  });

  test.each([1, null, 'text', '', ['$.a'], { b: 1 }, '$.a b', "States.Format('\\\"')"])(
    '%j is refused as a field',
    (value) => {
      const message = "The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function call";
      expect(() => compileTemplate({ a: { 'parsed.$': value } })).toThrow(
        expect.objectContaining({ name: 'ExpressionSyntaxError', message }),
      );
    },
  );

  test('an outcome that explodes is stopped', () => {
    const big = 'x'.repeat(200_000);
    const template = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k${index}.$`, '$']));
    expect(() => compileTemplate(template).evaluate(plainScope({ input: [big] }))).toThrow(
      new StatesError('States.DataLimitExceeded', 'The outcome of a payload template is too big.'),
    );
    expect(() => compileTemplate(template).evaluate(plainScope({ input: ['x'] }))).not.toThrow();
  });

  test('the cost of all fields together is limited', () => {
    const input = { text: 'x'.repeat(200_000) };
    const call = "States.ArrayLength(States.StringSplit($.text, ','))";
    const template = (count: number): Json =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}.$`, call]));
    expect(compileTemplate(template(5)).evaluate(plainScope({ input }))).toHaveProperty('k4', 1);
    expect(() => compileTemplate(template(100)).evaluate(plainScope({ input }))).toThrow(
      new StatesError('States.DataLimitExceeded', 'An expression works on too much data.'),
    );
  });

  test('a template nested beyond all reason is refused', () => {
    let template: Json = { 'a.$': '$' };
    for (let depth = 0; depth < 2_000; depth++) template = [template];
    expect(() => compileTemplate(template)).toThrow(ExpressionSyntaxError);
  });
});

test('constantExpression', () => {
  const value = parseJson('{"a":1.0}');
  const expression = constantExpression(value);
  expect(expression.text).toBe('{"a":1.0}');
  expect(expression.evaluate(plainScope({}))).toBe(value);
});

test('compileFieldExpression takes a path or an intrinsic call', () => {
  const scope = plainScope({ input: { Error: 'e' } });
  expect(compileFieldExpression('$.Error', 'ErrorPath').evaluate(scope)).toBe('e');
  expect(compileFieldExpression("States.Format('<{}>', $.Error)", 'ErrorPath').evaluate(scope)).toBe('<e>');
});
