import { describe, expect, it } from 'vitest';
import { parseStateMachine } from './parse.ts';

function findings(definition: unknown): readonly string[] {
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  expect(machine === null).toBe(diagnostics.some((diagnostic) => diagnostic.severity === 'ERROR'));
  return diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`);
}

function only(state: Record<string, unknown>): unknown {
  return { StartAt: 'S', States: { S: state } };
}

const END = { Type: 'Pass', End: true };

describe('doubtful values', () => {
  it('are told, and do not refuse a definition', () => {
    const told = findings(
      only({ ...END, Parameters: { a: '$.x', b: ['$.y', { c: "States.Format('{}', $.z)" }], d: '$ 5', 'e.$': '$.e' } }),
    );
    expect(told.map((finding) => finding.replace(/:.* at /, ' at '))).toEqual([
      'NO_DOLLAR at /States/S/Parameters/a',
      'NO_DOLLAR at /States/S/Parameters/b[1]/c',
    ]);
  });

  it('are a path in a static Result, and in a field that has a sibling for paths', () => {
    const codes = (state: Record<string, unknown>): readonly string[] =>
      findings(only(state)).map((finding) => finding.replace(/:.* at /, ' at '));
    expect(codes({ ...END, Result: { a: ['$.x'] } })).toEqual(['PASS_RESULT_IS_STATIC at /States/S/Result']);
    expect(codes({ ...END, Result: 'x' })).toEqual([]);
    expect(codes({ Type: 'Fail', Error: '$.error', Cause: 'States.Format(' })).toEqual(['NO_PATH at /States/S/Error']);
    expect(codes({ Type: 'Fail', QueryLanguage: 'JSONata', Error: '$.error' })).toEqual([]);
  });
});
