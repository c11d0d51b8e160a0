import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import { evaluateJsonata, jsonataFailure } from '../../testing/evaluate-jsonata.ts';
import { compileJsonata } from './compile.ts';

describe('what an expression sees', () => {
  test('is $states, and the variables of the machine, null among them', () => {
    const world = { states: { input: { n: 1 } }, variables: { one: 1, none: null, no: false } };
    expect(evaluateJsonata('$states.input.n + $one', world)).toBe(2);
    expect(evaluateJsonata('[$none, $no]', world)).toEqual([null, false]);
    expect(evaluateJsonata('$unknown', world)).toBeUndefined();
  });

  test('is a variable before a built-in function of the same name, even where it is null', () => {
    expect(evaluateJsonata('$count', { variables: { count: 5 } })).toBe(5);
    expect(evaluateJsonata('$sum', { variables: { sum: null } })).toBeNull();
    expect(jsonataFailure('$sum([1])', { variables: { sum: null } })).toBe('T1006: Attempted to invoke a non-function');
  });

  test('is what a block binds before all of these, and only inside of it', () => {
    const world = { variables: { v: 'outer' } };
    expect(evaluateJsonata('[($v := "inner"; $v), $v]', world)).toEqual(['inner', 'outer']);
    expect(evaluateJsonata('($v := 1; ($v := 2; $v); $v)', world)).toBe(1);
  });

  test('is looked up once, so that it stays the same during an evaluation', () => {
    let looked = 0;
    const expression = compileJsonata('$v + $v');
    const random = { next: () => 0, uuid: () => '' };
    expect(expression.evaluate({ states: null, variables: () => ++looked, now: 0, random })).toBe(2);
  });

  test('has no $eval, which is told', () => {
    expect(jsonataFailure('$eval("1")')).toBe('D4009: The function $eval is not available');
  });
});

describe('what an expression gives', () => {
  test('keeps the identity and the text of data that passes through', () => {
    const states = parseJson('{"input":{"big":12345678901234567890,"exact":1.0,"list":[1.50]}}');
    const passed = evaluateJsonata('$states.input', { states });
    expect(JSON.stringify(passed)).toBe('{"big":12345678901234567890,"exact":1.0,"list":[1.50]}');
    expect(evaluateJsonata('$states.input.big + 0', { states })).toBe(12345678901234567000);
    expect(JSON.stringify(evaluateJsonata('[$states.input.exact]', { states }))).toBe('[1.0]');
  });

  test('has no marks of sequences, no minus zero and no functions', () => {
    expect(evaluateJsonata('(1 - 1) * -1')).toBe(0);
    expect(JSON.stringify(evaluateJsonata('[1, 2][$ > 0]'))).toBe('[1,2]');
    expect(evaluateJsonata('{"f": $sum, "a": 1}')).toEqual({ a: 1 });
    expect(jsonataFailure('$sum')).toBe('D4010: The expression returned a function, which is not JSON');
    expect(jsonataFailure('[$sum]')).toBe('D4010: The expression returned a function, which is not JSON');
  });

  test('is no number that JSON does not know', () => {
    expect(jsonataFailure('1 / 0')).toBe('D1001: Number out of range: null');
    expect(jsonataFailure('[1e308 * 10]')).toBe('D1001: Number out of range: null');
  });

  test('may have any key', () => {
    expect(JSON.stringify(evaluateJsonata('{"__proto__": {"x": 1}, "constructor": 2}'))).toBe(
      '{"__proto__":{"x":1},"constructor":2}',
    );
    expect(evaluateJsonata('$states.constructor', { states: {} })).toBeUndefined();
    expect(evaluateJsonata('$states.__proto__', { states: {} })).toBeUndefined();
  });
});

describe('an expression that is none', () => {
  test.each([
    ['', /^S0207/],
    ['1 +', /^S0207/],
    ['(1', /^S0203/],
    ['"a', /^S0101/],
    ['/a', /^S0302/],
    ['/(?<=a)b/', /^S0303: The regular expression cannot be used: /],
    ['/(a)\\1/', /^S0303/],
    ['1 := 2', /^S0212/],
  ])('%s is refused by its code', (text, message) => {
    expect(() => compileJsonata(text)).toThrow(ExpressionSyntaxError);
    expect(() => compileJsonata(text)).toThrow(message);
  });
});
