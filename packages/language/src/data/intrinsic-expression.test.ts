import { describe, expect, test } from 'vitest';
import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { jsonText, parseJson } from '../json.ts';
import { compileIntrinsic, isIntrinsic, referencedVariables } from './intrinsic-expression.ts';
import { plainScope } from './plain-scope.ts';

function nested(depth: number): string {
  return 'States.Array('.repeat(depth) + ')'.repeat(depth);
}

describe('compileIntrinsic', () => {
  const scope = plainScope({
    input: parseJson('{"name":"Ada","n":1.0,"list":[1,2],"nothing":null}'),
    context: { Execution: { Name: 'run' }, StateMachine: { Id: 'arn', Name: 'sm' } },
    variables: { place: 'London' },
  });

  test.each([
    ["States.Format('Hello {}, welcome to {}!', $.name, $place)", '"Hello Ada, welcome to London!"'],
    ["States.Format('fst={} and snd={}.', $$.Execution.Name, $$.StateMachine)", '"fst=run and snd={Id=arn, Name=sm}."'],
    ["States.Array($.n, -1.50, 'it\\'s', true, null, $.nothing)", '[1.0,-1.50,"it\'s",true,null,null]'],
    ["States.Array( 'a' ,'{b}' , '\\{c\\}\\\\' )", '["a","{b}","{c}\\\\"]'],
    ['States.Array($.list[*], $.none[*], $.list[?(@ > 1)])', '[[1,2],[],[2]]'],
    ['States.ArrayLength(States.Array(States.UUID(), States.MathAdd(1, 2)))', '2'],
    [' States.Array() ', '[]'],
  ])('%s', (text, expected) => {
    const expression = compileIntrinsic(text);
    expect(expression.text).toBe(text);
    expect(jsonText(expression.evaluate(scope))).toBe(expected);
    expect(isIntrinsic(text)).toBe(true);
  });

  test.each([
    '',
    '$.a',
    'States.Array',
    'States.Array(',
    'States.Array(1,)',
    'States.Array(1) x',
    'States.Nope()',
    'States.UUID(1)',
    'States.MathAdd(1)',
    'States.Array("a")',
    "States.Array('a)",
    'States.Array(01)',
    'States.Array($.a b)',
    'States.Array(@.a)',
    'States.StringToJson(\'{"text":"An \\"escaped double quote\\" here"}\')',
    'States.Format(\'He said, \\"Hello, {}!\\"\', \'Test \\"Name\\" Here\')',
    "States.Array('line\\nbreak')",
  ])('%s is refused', (text) => {
    expect(() => compileIntrinsic(text)).toThrow(ExpressionSyntaxError);
    expect(isIntrinsic(text)).toBe(false);
  });

  test('calls nest ten deep', () => {
    expect(isIntrinsic(nested(10))).toBe(true);
    expect(isIntrinsic(nested(11))).toBe(false);
  });

  test('a path without a match names the whole expression and the input', () => {
    const text = "States.Format('{}', States.Array($.nope.deep))";
    expect(() => compileIntrinsic(text).evaluate(plainScope({ input: { other: 1 } }))).toThrow(
      new StatesError(
        'States.Runtime',
        `The function '${text}' had the following error: The JsonPath argument for the field '$.nope.deep' could not be found in the input '{"other":1}'`,
      ),
    );
  });

  test('a failing function names the whole expression and itself', () => {
    const text = "States.Format('{}', States.MathAdd(1, 'b'))";
    expect(() => compileIntrinsic(text).evaluate(scope)).toThrow(
      new StatesError(
        'States.IntrinsicFailure',
        `The function '${text}' had the following error: Invalid arguments in States.MathAdd`,
      ),
    );
  });

  test('the variables that a text reads', () => {
    expect(referencedVariables("States.Format('{}{}', $a.b[0], States.Array($c, $a, $.d, $$.e))")).toEqual(['a', 'c']);
    expect(referencedVariables('$order.lines[?(@.n == $.m)]')).toEqual(['order']);
    expect(referencedVariables('$.order')).toEqual([]);
  });
});
