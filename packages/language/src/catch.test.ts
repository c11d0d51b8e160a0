import { expect, test } from 'vitest';
import { MAX_DATA_BYTES } from './limits.ts';
import { TestExecution } from './testing/test-execution.ts';

const machine = (catchers: object[], fields = {}) => ({
  StartAt: 'Call',
  States: {
    Call: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Catch: catchers, ...fields, Next: 'Other' },
    Saved: { Type: 'Pass', End: true },
    Other: { Type: 'Pass', Result: 'other', End: true },
  },
});

test('the error replaces the input, and OutputPath has no part in it', () => {
  const execution = TestExecution.start(
    machine([{ ErrorEquals: ['States.ALL'], Next: 'Saved' }], { OutputPath: '$.x' }),
    {
      n: 1,
    },
  );
  execution.fail('Call', 'E', 'because');
  expect(execution.lines.slice(4, 6)).toEqual(['5 < 4 TaskFailed', '6 < 5 TaskStateExited Call']);
  expect(execution.output).toEqual({ Error: 'E', Cause: 'because' });
});

test('what the failure leaves out is null', () => {
  const execution = TestExecution.start(machine([{ ErrorEquals: ['States.ALL'], Next: 'Saved' }]));
  execution.fail('Call');
  expect(execution.output).toEqual({ Error: null, Cause: null });
});

test('ResultPath puts it into the input; null discards it', () => {
  const into = TestExecution.start(machine([{ ErrorEquals: ['E'], ResultPath: '$.why', Next: 'Saved' }]), { n: 1 });
  into.fail('Call', 'E', 'c');
  expect(into.output).toEqual({ n: 1, why: { Error: 'E', Cause: 'c' } });
  const discarded = TestExecution.start(machine([{ ErrorEquals: ['E'], ResultPath: null, Next: 'Saved' }]), { n: 1 });
  discarded.fail('Call', 'E', 'c');
  expect(discarded.output).toEqual({ n: 1 });
});

test('the first catcher that names the error takes it, after the retriers', () => {
  const catchers = [
    { ErrorEquals: ['A'], Next: 'Other' },
    { ErrorEquals: ['States.ALL'], Next: 'Saved' },
  ];
  const retry = { Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }] };
  const execution = TestExecution.start(machine(catchers, retry));
  execution.fail('Call', 'A');
  execution.wait(1_000);
  execution.fail('Call', 'A');
  expect(execution.output).toBe('other');
});

test('a catcher assigns variables from the error', () => {
  const states = machine([{ ErrorEquals: ['E'], Assign: { 'code.$': '$.Error' }, Next: 'Saved' }]).States;
  const saved = { Type: 'Pass', Parameters: { 'code.$': '$code' }, End: true };
  const execution = TestExecution.start({ StartAt: 'Call', States: { ...states, Saved: saved } });
  execution.fail('Call', 'E');
  expect(execution.output).toEqual({ code: 'E' });
});

test('what fails while catching is not caught again', () => {
  const catchers = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.why', Next: 'Saved' }];
  const execution = TestExecution.start(machine(catchers), { ballast: 'x'.repeat(MAX_DATA_BYTES - 50) });
  execution.fail('Call', 'E', 'too much');
  expect(execution.types.slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  expect(execution.end?.error).toBe('States.DataLimitExceeded');
});
