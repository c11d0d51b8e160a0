import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { parseStateMachine } from './parse.ts';

function findings(state: Record<string, Json>, others: Record<string, Json> = {}): readonly string[] {
  const definition = { QueryLanguage: 'JSONata', StartAt: 'S', States: { S: { End: true, ...state }, ...others } };
  const { diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
}

const pass = (output: Json): readonly string[] => findings({ Type: 'Pass', Output: output });
const topLevel = (name: string, at: string): string =>
  `UNSUPPORTED_JSONATA_EXPRESSION: Reference to '${name}' at the top level is not supported. at /States/S/${at}`;
const missing = (name: string, at: string): string =>
  `UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.${name}' does not exist. at /States/S/${at}`;

describe('an expression that does not parse', () => {
  it.each([
    ['$x[1,2)', 'Expected "]", got ","'],
    ['1 +', 'Unexpected end of expression'],
    ['"unterminated', 'String literal must be terminated by a matching quote'],
    ['{"a":}', 'The symbol "}" cannot be used as a unary operator'],
  ])('is refused with the words of its parser: %s', (text, message) => {
    expect(pass({ a: [`{% ${text} %}`] })).toEqual([`INVALID_JSONATA_EXPRESSION: ${message} at /States/S/Output/a[0]`]);
  });
});

describe('an expression that reads what is not there', () => {
  it('is refused for each name it reads from the context', () => {
    expect(pass('{% phone %}')).toEqual([topLevel('phone', 'Output')]);
    expect(pass({ v: '{% aaa + bbb %}' })).toEqual([topLevel('aaa', 'Output/v'), topLevel('bbb', 'Output/v')]);
    expect(pass('{% $.phone %}')).toEqual([topLevel('$', 'Output')]);
    expect(pass('{% $$.phone %}')).toEqual([
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/S/Output",
    ]);
  });

  it('is refused wherever expressions stand', () => {
    expect(findings({ Type: 'Pass', Assign: { Next: '{% phone %}' } })).toEqual([topLevel('phone', 'Assign/Next')]);
    expect(findings({ Type: 'Wait', Seconds: '{% phone %}' })).toEqual([topLevel('phone', 'Seconds')]);
    const items = {
      ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', Output: '{% phone %}', End: true } } },
    };
    expect(findings({ Type: 'Map', Items: '{% phone %}', ...items })).toEqual([
      topLevel('phone', 'ItemProcessor/States/I/Output'),
      topLevel('phone', 'Items'),
    ]);
  });

  it('may use the context of its own steps', () => {
    for (const text of [
      '$states.input.items[phone > 3]',
      '$states.input.items.{"p": phone}',
      '$states.input.items^(>phone)',
      '$states.input.items{phone: $}',
      '$map($states.input.a, function($x){ $x.phone })',
      '$x := 1',
      '$phone',
    ]) {
      expect(pass(`{% ${text} %}`), text).toEqual([]);
    }
  });

  it('cannot do so in the body of a lambda, in a key or in an argument', () => {
    expect(pass('{% $map($states.input.a, function($x){ b }) %}')).toEqual([topLevel('b', 'Output')]);
    expect(pass('{% {aaa: 1} %}')).toEqual([topLevel('aaa', 'Output')]);
    expect(pass('{% $count($) %}')).toEqual([topLevel('$', 'Output')]);
  });
});

describe('$states', () => {
  const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };

  it('has a result only after the work, and an error output only in a catcher', () => {
    const result = '{% $states.result.x %}';
    expect(findings({ ...task, Output: result, Assign: { r: result } })).toEqual([]);
    expect(findings({ ...task, Arguments: { a: result } })).toEqual([missing('result', 'Arguments/a')]);
    expect(pass(result)).toEqual([missing('result', 'Output')]);
    const error = '{% $states.errorOutput %}';
    const catcher = { ErrorEquals: ['States.ALL'], Output: error, Assign: { e: error }, Next: 'T' };
    expect(findings({ ...task, Catch: [catcher] }, { T: { Type: 'Succeed' } })).toEqual([]);
    expect(findings({ ...task, Output: error })).toEqual([missing('errorOutput', 'Output')]);
    expect(findings({ ...task, Catch: [{ ...catcher, Output: result }] }, { T: { Type: 'Succeed' } })).toEqual([
      missing('result', 'Catch[0]/Output'),
    ]);
  });

  it('has an input and a context everywhere, and nothing else', () => {
    expect(pass(['{% $states.input %}', '{% $states.context.State.Name %}', '{% $states %}'])).toEqual([]);
    expect(pass('{% $states.output %}')).toEqual([missing('output', 'Output')]);
  });
});

it('Items of an inline Map are an array', () => {
  const map = { Type: 'Map', ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } } };
  const refused = 'SCHEMA_VALIDATION_FAILED: Expected value of type Array at /States/S/Items';
  expect(findings({ ...map, Items: [1, '{% 2 %}'] })).toEqual([]);
  expect(findings({ ...map, Items: { a: 1 } })).toEqual([refused]);
  expect(findings({ ...map, Items: 'x' })).toEqual([refused]);
});
