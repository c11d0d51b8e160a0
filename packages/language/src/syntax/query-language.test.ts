import { describe, expect, it } from 'vitest';
import type { Scope } from '../data/expression.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import { expressionCompiler } from './query-language.ts';

const scope: Scope = {
  input: { a: 1, list: [1, 2] },
  context: { Execution: { Id: 'id' } },
  variable: (name) => (name === 'v' ? { b: 2 } : undefined),
  random: { next: () => 0, uuid: () => '' },
};

describe('the JSONPath compiler', () => {
  const compiler = expressionCompiler('JSONPath');

  it('compiles templates with paths, variables, the context and intrinsics', () => {
    const template = {
      'a.$': '$.a',
      'b.$': '$v.b',
      'c.$': '$$.Execution.Id',
      'd.$': 'States.ArrayLength($.list)',
      e: '$.a',
    };
    expect(compiler.faults(template)).toEqual([]);
    expect(compiler.compileValue(template, 'Parameters').evaluate(scope)).toEqual({
      a: 1,
      b: 2,
      c: 'id',
      d: 2,
      e: '$.a',
    });
  });

  it('finds every fault with the way to it', () => {
    const found = compiler.faults({ a: [{ 'x.$': 'States.Nope()' }], 'y.$': null, z: { 'w.$': '$.ok' } });
    expect(found.map(({ path }) => path)).toEqual(['', '/a[0]']);
  });

  it('lets only a Fail state’s paths call an intrinsic', () => {
    expect(compiler.compilePath("States.Format('{}!', $.a)", 'ErrorPath').evaluate(scope)).toBe('1!');
    expect(() => compiler.compilePath("States.Format('{}!', $.a)", 'InputPath')).toThrow(ExpressionSyntaxError);
  });

  it('has no expressions in scalars and no Condition', () => {
    expect(compiler.isExpression('{% 1 %}')).toBe(false);
    expect(() => compiler.compileCondition(true)).toThrow(ExpressionSyntaxError);
    expect(compiler.unsupported).toBeNull();
  });
});

describe('the JSONata compiler', () => {
  const compiler = expressionCompiler('JSONata');

  it('says that it cannot run, and knows an expression by its delimiters', () => {
    expect(compiler.unsupported).toContain('JSONata');
    expect(['{% 1 %}', '{%1', '1%}', 'x', 1].map((value) => compiler.isExpression(value))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(() => compiler.compilePath('$', 'InputPath')).toThrow(ExpressionSyntaxError);
  });
});
