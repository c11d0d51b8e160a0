import { describe, expect, it } from 'vitest';
import { parseSingleState } from './parse.ts';

describe('one state by itself', () => {
  const single = (state: unknown): ReturnType<typeof parseSingleState> =>
    parseSingleState(JSON.stringify(state), { type: 'STANDARD' });

  it('is parsed without the states around it', () => {
    expect(single({ Type: 'Pass', Next: 'Elsewhere' })).toMatchObject({
      state: { type: 'Pass', name: 'StateName', next: 'Elsewhere', location: '' },
      diagnostics: [],
    });
    expect(single({ Type: 'Pass', QueryLanguage: 'JSONata', Output: 1, End: true }).state).toMatchObject({
      queryLanguage: 'JSONata',
    });
  });

  it('has locations that begin at the state, and its nested graphs are checked', () => {
    expect(single({ Type: 'Pass', End: true, InputPath: 'x' })).toMatchObject({
      state: null,
      diagnostics: [{ location: '/InputPath' }],
    });
    const graph = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } };
    expect(single({ Type: 'Parallel', Branches: [graph], End: true }).diagnostics).toContainEqual({
      severity: 'ERROR',
      code: 'MISSING_TRANSITION_TARGET',
      message: "Missing 'Next' target: B",
      location: '/Branches[0]/States/A/Next',
    });
    expect(single([]).diagnostics).toHaveLength(1);
  });
});
