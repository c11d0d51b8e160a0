import { createExecution, parseStateMachine, transition } from '@everstep/language';
import { describe, expect, it } from 'vitest';
import { PendingCommit } from './pending-commit.ts';

const LOOP = JSON.stringify({
  StartAt: 'A',
  States: {
    A: { Type: 'Pass', Next: 'B' },
    B: { Type: 'Choice', Choices: [{ Variable: '$.done', IsPresent: true, Next: 'C' }], Default: 'A' },
    C: { Type: 'Succeed' },
  },
});

describe('what waits for its commit', () => {
  it('goes on after the bound of steps, though something that nothing waits for came last', () => {
    const { machine } = parseStateMachine(LOOP, { type: 'STANDARD' });
    if (machine === null) throw new Error('the loop is refused');
    const execution = createExecution({
      executionId: '0198b3a2-7c4e-7d11-8a55-0123456789ab',
      executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
      name: 'e',
      stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m',
      stateMachineName: 'm',
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      roleArn: 'arn:aws:iam::123456789012:role/r',
      region: 'us-east-1',
      startTime: 0,
      input: '{}',
      tokenKey: '00',
    });
    const pending = new PendingCommit();
    pending.add(transition(machine, execution, { type: 'Start', at: 0 }));
    expect(pending.continues).toBe(true);
    const late = { type: 'TaskResult', at: 0, taskId: 3, result: { ok: true, output: 1 } } as const;
    pending.add(transition(machine, execution, late));
    expect(pending.continues).toBe(true);
  });
});
