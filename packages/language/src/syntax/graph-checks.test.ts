import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';

function findings(definition: unknown): readonly string[] {
  const { diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
}

const END = { Type: 'Pass', End: true };
const to = (next: string): unknown => ({ Type: 'Pass', Next: next });
const missing = (target: string, location: string): string =>
  `MISSING_TRANSITION_TARGET: Missing 'Next' target: ${target} at ${location}`;
const unreachable = (name: string, location: string): string =>
  `MISSING_TRANSITION_TARGET: State "${name}" is not reachable. at ${location}`;
const ENDLESS = 'MISSING_END_STATE: Workflow has no terminal state at null';

describe('transition targets', () => {
  it('must exist, wherever they are written', () => {
    expect(findings({ StartAt: 'B', States: { A: END } })).toEqual([
      missing('B', '/StartAt'),
      unreachable('A', '/States/A'),
    ]);
    expect(findings({ StartAt: 'A', States: { A: to('pass3'), pass2: END } })).toEqual([
      missing('pass3', '/States/A/Next'),
      unreachable('pass2', '/States/pass2'),
    ]);
    const choice = {
      Type: 'Choice',
      Choices: [
        { Variable: '$.x', IsNull: true, Next: 'B' },
        { Variable: '$.x', IsNull: true, Next: 'X' },
      ],
      Default: 'Y',
    };
    expect(findings({ StartAt: 'A', States: { A: choice, B: END } })).toEqual([
      missing('X', '/States/A/Choices[1]/Next'),
      missing('Y', '/States/A/Default'),
    ]);
    const task = {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Catch: [{ ErrorEquals: ['E'], Next: 'Z' }],
      End: true,
    };
    expect(findings({ StartAt: 'A', States: { A: task } })).toEqual([missing('Z', '/States/A/Catch[0]/Next')]);
  });

  it('must be of the same graph', () => {
    const parallel = { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: to('Out') } }], Next: 'Out' };
    expect(findings({ StartAt: 'P', States: { P: parallel, Out: END } })).toEqual([
      missing('Out', '/States/P/Branches[0]/States/A/Next'),
      ENDLESS,
    ]);
    const map = { Type: 'Map', ItemProcessor: { StartAt: 'P', States: { A: END } }, End: true };
    expect(findings({ StartAt: 'P', States: { P: map } })).toEqual([
      missing('P', '/States/P/ItemProcessor/StartAt'),
      unreachable('A', '/States/P/ItemProcessor/States/A'),
    ]);
  });
});

describe('a graph', () => {
  it('must have an end, and without one nothing is said of reachability', () => {
    expect(findings({ StartAt: 'A', States: { A: to('B'), B: to('A') } })).toEqual([ENDLESS]);
    expect(findings({ StartAt: 'A', States: { A: to('B'), B: to('A'), U: to('A') } })).toEqual([ENDLESS]);
    expect(findings({ StartAt: 'A', States: { A: to('NOPE') } })).toEqual([missing('NOPE', '/States/A/Next'), ENDLESS]);
  });

  it.each([END, { Type: 'Succeed' }, { Type: 'Fail' }])('ends in %j', (end) => {
    expect(findings({ StartAt: 'A', States: { A: to('B'), B: end } })).toEqual([]);
  });

  it('must have a way to every state', () => {
    expect(findings({ StartAt: 'A', States: { A: to('B'), B: to('A'), C: END } })).toEqual([
      unreachable('C', '/States/C'),
    ]);
    expect(findings({ StartAt: 'A', States: { A: END, B: to('C'), C: to('B') } })).toEqual([
      unreachable('B', '/States/B'),
      unreachable('C', '/States/C'),
    ]);
  });

  it('may be long', () => {
    const states = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`s${index}`, index === 9999 ? END : to(`s${index + 1}`)]),
    );
    expect(findings({ StartAt: 's0', States: states })).toEqual([]);
  });
});
