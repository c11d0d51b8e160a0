import { parseStateMachine } from '@everstep/language';
import { describe, expect, it } from 'vitest';
import { addState, connect, removeState, renameState, setField, STATE_TYPES } from './edit-definition.ts';

const TEXT = JSON.stringify({
  StartAt: 'A',
  States: {
    A: { Type: 'Pass', Result: { n: 1 }, Next: 'B' },
    B: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'C' }], Default: 'D' },
    C: { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: { Type: 'Pass', End: true } } }], Next: 'D' },
    D: { Type: 'Succeed' },
  },
});

function problems(text: string | null): string[] {
  return parseStateMachine(text ?? '', { type: 'STANDARD' }).diagnostics.map(({ message }) => message);
}

function states(text: string | null): Record<string, Record<string, unknown>> {
  const { States }: { States: Record<string, Record<string, unknown>> } = JSON.parse(text ?? '{}');
  return States;
}

describe('a definition is changed in its graph', () => {
  it.each(STATE_TYPES.filter((type) => type !== 'Choice'))('a new %s alone is a valid machine', (type) => {
    expect(problems(addState('', type, null)?.text ?? null)).toEqual([]);
  });

  it('a new state comes between the one before and what followed', () => {
    const added = addState(TEXT, 'Wait', 'A');
    expect(added?.name).toBe('Wait');
    expect(states(added?.text ?? null)).toMatchObject({ A: { Next: 'Wait' }, Wait: { Seconds: 10, Next: 'B' } });
    expect(problems(added?.text ?? null)).toEqual([]);
    const inside = addState(TEXT, 'Task', 'In');
    expect(inside?.text).toContain('"Task"');
    expect(problems(inside?.text ?? null)).toEqual([]);
    expect(addState(added?.text ?? '', 'Wait', 'A')?.name).toBe('Wait 2');
  });

  it('states are connected within their graph only, a Choice by a further rule', () => {
    expect(states(connect(TEXT, 'A', 'D'))).toMatchObject({ A: { Next: 'D' } });
    expect(states(connect(TEXT, 'B', 'A'))['B']?.['Choices']).toHaveLength(2);
    expect(connect(TEXT, 'In', 'D')).toBeNull();
    expect(connect(TEXT, 'A', 'A')).toBeNull();
    expect(JSON.parse(connect(TEXT, null, 'C') ?? '').StartAt).toBe('C');
  });

  it('what led to a state that is gone leads to what followed it', () => {
    const without = removeState(TEXT, 'C');
    expect(states(without)).toMatchObject({ B: { Choices: [{ Next: 'D' }], Default: 'D' } });
    expect(problems(without)).toEqual([]);
    expect(JSON.parse(removeState(TEXT, 'A') ?? '').StartAt).toBe('B');
    expect(states(removeState(TEXT, 'D'))['C']).toMatchObject({ End: true });
  });

  it('a name changes everywhere, and is never taken from another state', () => {
    const renamed = renameState(TEXT, 'D', 'Done');
    expect(problems(renamed)).toEqual([]);
    expect(Object.keys(states(renamed))).toEqual(['A', 'B', 'C', 'Done']);
    expect(renameState(TEXT, 'D', 'In')).toBeNull();
    expect(renameState(TEXT, 'D', '')).toBeNull();
  });

  it('fields are set and taken away; numbers that were there keep their digits', () => {
    expect(
      setField('{"StartAt":"A","States":{"A":{"Type":"Pass","Result":1.0,"End":true}}}', 'A', 'Comment', 'x'),
    ).toContain('"Result": 1.0');
    expect(states(setField(TEXT, 'A', 'Result', undefined))['A']).toEqual({ Type: 'Pass', Next: 'B' });
    expect(states(setField(TEXT, 'A', 'End', true))['A']).not.toHaveProperty('Next');
    expect(setField('no JSON', 'A', 'End', true)).toBeNull();
  });
});
