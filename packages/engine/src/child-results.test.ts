import { describe, expect, it } from 'vitest';
import { childResultTexts } from './child-results.ts';
import type { ChildResult } from './ports/item-storage.ts';

const CHILD: ChildResult = {
  status: 'SUCCEEDED',
  executionArn: 'arn:aws:states:us-east-1:123456789012:execution:orders/Map:child',
  name: 'child',
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders/Map',
  input: '{"id":1.0}',
  output: '[{"a":1.0}, "b,]", []]',
  error: null,
  cause: null,
  startDate: Date.UTC(2026, 10, 27, 8, 0, 0, 5),
  stopDate: Date.UTC(2026, 10, 27, 8, 0, 1),
  redriveCount: 0,
  redriveStatus: 'NOT_REDRIVABLE',
  redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
};

describe('what a child execution gives to the results of its Map Run', () => {
  it('is all that is known of it with NONE', () => {
    const texts = childResultTexts(CHILD, 'NONE');
    expect(texts.map((text): unknown => JSON.parse(text))).toEqual([
      {
        ExecutionArn: CHILD.executionArn,
        Input: '{"id":1.0}',
        InputDetails: { Included: true },
        Name: 'child',
        Output: CHILD.output,
        OutputDetails: { Included: true },
        RedriveCount: 0,
        RedriveStatus: 'NOT_REDRIVABLE',
        RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        StartDate: '2026-11-27T08:00:00.005Z',
        StateMachineArn: CHILD.stateMachineArn,
        Status: 'SUCCEEDED',
        StopDate: '2026-11-27T08:00:01.000Z',
      },
    ]);
  });

  it('is its output with COMPACT, and the elements of an array with FLATTEN, character by character', () => {
    expect(childResultTexts(CHILD, 'COMPACT')).toEqual([CHILD.output]);
    expect(childResultTexts(CHILD, 'FLATTEN')).toEqual(['{"a":1.0}', '"b,]"', '[]']);
    expect(childResultTexts({ ...CHILD, output: '[]' }, 'FLATTEN')).toEqual([]);
    expect(childResultTexts({ ...CHILD, output: '"[]"' }, 'FLATTEN')).toEqual(['"[]"']);
  });

  it.each(['NONE', 'COMPACT', 'FLATTEN'] as const)('is all that is known of a failed one with %s', (transformation) => {
    const failed: ChildResult = { ...CHILD, status: 'FAILED', output: null, error: 'Oops', cause: 'It broke.' };
    const [text, ...others] = childResultTexts(failed, transformation);
    expect(others).toEqual([]);
    expect(JSON.parse(text ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Oops', Cause: 'It broke.' });
    expect(text).not.toContain('Output');
  });

  it('leaves out what a pending one has not', () => {
    const pending: ChildResult = { ...CHILD, status: 'PENDING', output: null, startDate: null, stopDate: null };
    expect(childResultTexts(pending, 'COMPACT')[0]).not.toMatch(/Date|Output|Error|Cause/);
  });
});
