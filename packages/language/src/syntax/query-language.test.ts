import { describe, expect, it } from 'vitest';
import type { Expression } from '../data/expression.ts';
import { plainScope } from '../data/plain-scope.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import type { Json } from '../json.ts';
import { expressionCompiler } from './query-language.ts';
import type { ExpressionCompiler, ValueFault } from './expression-compiler.ts';

const scope = plainScope({
  input: { a: 1, list: [1, 2] },
  context: { Execution: { Id: 'id' } },
  variables: { v: { b: 2 } },
});

function compile(
  compiler: ExpressionCompiler,
  value: Json,
): { expression: Expression | null; faults: readonly ValueFault[]; reads: readonly string[] } {
  const faults: ValueFault[] = [];
  const reads = new Set<string>();
  const place = {
    field: 'Output',
    available: [],
    report: (fault: ValueFault): void => void faults.push(fault),
    reads: (name: string): void => void reads.add(name),
  };
  return { expression: compiler.compileValue(value, place), faults, reads: [...reads] };
}

describe('the JSONPath compiler', () => {
  const compiler = expressionCompiler('JSONPath');

  it('compiles templates with paths, variables, the context and intrinsics', () => {
    const template = {
      'a.$': '$.a',
      'b.$': '$v.b',
      'c.$': '$$.Execution.Id',
      'd.$': 'States.ArrayLength($.list)',
      e: 'x',
    };
    const { expression, faults, reads } = compile(compiler, template);
    expect(faults).toEqual([]);
    expect(reads).toEqual(['v']);
    expect(expression?.evaluate(scope)).toEqual({ a: 1, b: 2, c: 'id', d: 2, e: 'x' });
  });

  it('finds every fault with the way to it', () => {
    const { expression, faults } = compile(compiler, {
      a: [{ 'x.$': 'States.Nope()' }],
      'y.$': null,
      z: { 'w.$': '$.ok' },
    });
    expect(expression).toBeNull();
    expect(faults.map(({ path }) => path)).toEqual(['', '/a[0]']);
  });

  it('lets only a Fail state’s paths call an intrinsic', () => {
    expect(compiler.compilePath("States.Format('{}!', $.a)", 'ErrorPath').evaluate(scope)).toBe('1!');
    expect(() => compiler.compilePath("States.Format('{}!', $.a)", 'InputPath')).toThrow(ExpressionSyntaxError);
  });

  it('has no expressions in scalars', () => {
    expect(compiler.isExpression('{% 1 %}')).toBe(false);
  });
});

describe('the JSONata compiler', () => {
  const compiler = expressionCompiler('JSONata');

  it('knows an expression by its delimiters', () => {
    const values = ['{% 1 %}', '{%1', '1%}', '{%}', 'x', 1];
    expect(values.map((value) => compiler.isExpression(value))).toEqual([true, false, false, false, false, false]);
    expect(() => compiler.compilePath('$', 'InputPath')).toThrow(ExpressionSyntaxError);
  });

  it('takes everything else as it stands', () => {
    const value = { a: [1, ' {% $x %} ', '$.x', { 'b.$': '$' }] };
    const { expression, faults } = compile(compiler, value);
    expect(faults).toEqual([]);
    expect(expression?.evaluate(scope)).toEqual(value);
  });
});
