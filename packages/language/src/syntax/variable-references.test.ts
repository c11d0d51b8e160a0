import { expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';
import { variableReferences } from './variable-references.ts';

function referencesIn(states: Record<string, object>): ReturnType<typeof variableReferences> {
  const definition = { StartAt: Object.keys(states)[0], States: states };
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  if (machine === null) throw new Error(JSON.stringify(diagnostics));
  return variableReferences(machine);
}

it('are those of paths, templates, intrinsics and conditions, sorted, by state', () => {
  const references = referencesIn({
    A: { Type: 'Wait', SecondsPath: '$wait', Assign: { 'x.$': '$b[0]', y: '$notEvaluated' }, Next: 'B' },
    B: {
      Type: 'Pass',
      Parameters: { deep: [{ 'f.$': "States.Format('{} $no', $name, States.Array($a, $.b, $$.State.Name))" }] },
      Next: 'C',
    },
    C: {
      Type: 'Choice',
      Choices: [{ Not: { Variable: '$guess', StringEqualsPath: '$answer' }, Next: 'D' }],
      Default: 'D',
    },
    D: { Type: 'Succeed' },
  });
  expect(references).toEqual({ A: ['b', 'wait'], B: ['a', 'name'], C: ['answer', 'guess'] });
});

it('are those of nested states, and of what a Distributed Map keeps as it is written', () => {
  const inner = { StartAt: 'I', States: { I: { Type: 'Pass', InputPath: '$v', End: true } } };
  expect(
    referencesIn({
      M: {
        Type: 'Map',
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON', MaxItemsPath: '$max' },
          Parameters: { 'Bucket.$': '$bucket', Key: 'k' },
        },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...inner },
        Next: 'P',
      },
      P: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'J', States: { J: { Type: 'Fail', CausePath: '$c' } } }],
        End: true,
      },
    }),
  ).toEqual({ M: ['bucket', 'max'], I: ['v'], J: ['c'] });
});

it('are none where no variable is read', () => {
  expect(referencesIn({ A: { Type: 'Pass', Assign: { x: 1 }, End: true } })).toBeNull();
});

it('of JSONata are the free variables of its expressions', () => {
  const output = {
    a: '{% $outer + $sum($list) %}',
    b: '{% ($local := 1; $f := function($x) { $x + $local + $free }; $f($map($list, $uppercase))) %}',
    c: '{% $states.input.items@$i[price > $limit].{"n": $i} %}',
    d: '$notEvaluated',
  };
  expect(referencesIn({ A: { Type: 'Pass', QueryLanguage: 'JSONata', Output: output, End: true } })).toEqual({
    A: ['free', 'limit', 'list', 'outer'],
  });
});
