import { describe, expect, test } from 'vitest';
import { randomSource } from './random.ts';
import { decideRetry, errorMatches } from './retry.ts';
import { TestExecution } from './testing/test-execution.ts';
import type { Retrier } from './syntax/state-machine.ts';
import { nextTimer } from './timers.ts';

const retrier = (fields: Partial<Retrier>): Retrier => ({
  errorEquals: ['States.ALL'],
  intervalSeconds: 1,
  maxAttempts: 3,
  backoffRate: 2,
  maxDelaySeconds: null,
  jitterStrategy: 'NONE',
  ...fields,
});
const random = () => randomSource('0198b3a2-7c4e-7d11-8a55-0123456789ab', 5, 'retry');
const delays = (fields: Partial<Retrier>) =>
  [0, 1, 2, 3, 4].map((used) => decideRetry([retrier(fields)], [used], { error: 'E' }, random)?.delayMs);

describe('which errors a list names', () => {
  test.each([
    [['Mine'], 'Mine', true],
    [['Mine'], 'Other', false],
    [['States.ALL'], 'Anything', true],
    [['States.ALL'], undefined, true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.DataLimitExceeded', true],
    [['States.ALL'], 'States.Runtime', false],
    [['State.ALL'], 'Anything', false],
    [['States.TaskFailed'], 'Anything', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.Runtime', false],
    [['States.Timeout'], 'States.Timeout', true],
    [['States.HeartbeatTimeout'], 'States.Timeout', false],
  ])('%j and %s: %s', (names, error, expected) => {
    expect(errorMatches(names, error === undefined ? {} : { error })).toBe(expected);
  });

  test('a missed heartbeat has two names', () => {
    const failure = { error: 'States.Timeout', heartbeat: true };
    expect(errorMatches(['States.HeartbeatTimeout'], failure)).toBe(true);
    expect(errorMatches(['States.Timeout'], failure)).toBe(true);
  });
});

describe('delays', () => {
  test('grow by the backoff rate until the attempts are used up', () => {
    expect(delays({})).toEqual([1000, 2000, 4000, undefined, undefined]);
    expect(delays({ intervalSeconds: 3, backoffRate: 1.5, maxAttempts: 5 })).toEqual([
      3000, 4500, 6750, 10_125, 15_188,
    ]);
  });

  test('stop growing at MaxDelaySeconds', () => {
    expect(delays({ maxAttempts: 5, maxDelaySeconds: 3 })).toEqual([1000, 2000, 3000, 3000, 3000]);
  });

  test('with full jitter lie between nothing and the whole, the same each time', () => {
    const jittered = delays({ maxAttempts: 5, jitterStrategy: 'FULL' });
    expect(jittered).toEqual(delays({ maxAttempts: 5, jitterStrategy: 'FULL' }));
    const whole = delays({ maxAttempts: 5 });
    expect(jittered.every((delay, index) => delay !== undefined && delay < (whole[index] ?? 0))).toBe(true);
  });

  test('never overflow', () => {
    const decision = decideRetry([retrier({ maxAttempts: 99_999, backoffRate: 10 })], [5_000], { error: 'E' }, random);
    expect(decision?.delayMs).toBe(31_622_400_000);
  });
});

test('the first retrier that names the error decides alone, and each counts for itself', () => {
  const retriers = [retrier({ errorEquals: ['A'], maxAttempts: 1 }), retrier({ maxAttempts: 2 })];
  expect(decideRetry(retriers, [], { error: 'A' }, random)?.retrier).toBe(0);
  expect(decideRetry(retriers, [1], { error: 'A' }, random)).toBeNull();
  expect(decideRetry(retriers, [1], { error: 'B' }, random)?.retrier).toBe(1);
  expect(decideRetry(retriers, [0, 2], { error: 'B' }, random)).toBeNull();
  expect(decideRetry([retrier({ maxAttempts: 0 })], [], { error: 'B' }, random)).toBeNull();
});

describe('in a Task', () => {
  const machine = (retry: object[], fields = {}) => ({
    StartAt: 'Call',
    States: {
      Call: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Retry: retry, ...fields, Next: 'Again' },
      Again: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Retry: retry, End: true },
    },
  });

  test('each attempt is scheduled after the failure of the one before, and has a task of its own', () => {
    const execution = TestExecution.start(machine([{ ErrorEquals: ['E'], IntervalSeconds: 4 }]), {}, { reload: true });
    execution.fail('Call', 'E');
    expect(execution.tasks).toEqual([]);
    expect(nextTimer(execution.state)).toBe(execution.now + 4_000);
    execution.wait(4_000);
    expect(execution.lines.slice(2)).toEqual([
      '3 < 2 TaskScheduled',
      '4 < 3 TaskStarted',
      '5 < 4 TaskFailed',
      '6 < 5 TaskScheduled',
      '7 < 6 TaskStarted',
    ]);
    expect(execution.tasks.map((task) => task.taskId)).toEqual([6]);
  });

  test('the counters start anew in the next state', () => {
    const execution = TestExecution.start(
      machine([{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }]),
      {},
      { reload: true },
    );
    execution.fail('Call', 'E');
    execution.wait(1_000);
    execution.succeed('Call', {});
    execution.fail('Again', 'E');
    execution.wait(1_000);
    execution.fail('Again', 'E');
    expect(execution.end).toMatchObject({ status: 'FAILED', error: 'E' });
    expect(execution.types.filter((type) => type === 'TaskFailed')).toHaveLength(3);
  });

  test('a time-out is retried like an error, with a whole time-out of its own', () => {
    const execution = TestExecution.start(machine([{ ErrorEquals: ['States.Timeout'] }], { TimeoutSeconds: 10 }));
    execution.wait(11_000);
    expect(execution.types.slice(-3)).toEqual(['TaskTimedOut', 'TaskScheduled', 'TaskStarted']);
    expect(nextTimer(execution.state)).toBe(execution.now + 10_000);
  });

  test('a missed heartbeat can be told from a time-out', () => {
    const fields = {
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      TimeoutSeconds: 100,
      HeartbeatSeconds: 10,
      Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Again' }],
    };
    const execution = TestExecution.start(machine([{ ErrorEquals: ['Other'] }], fields));
    execution.wait(10_000);
    expect(execution.types.slice(4, 6)).toEqual(['TaskTimedOut', 'TaskStateExited']);
  });
});

describe('a service that asks to be left alone', () => {
  const waits = (retryAfterMs: number, fields: Partial<Retrier> = {}) =>
    decideRetry([retrier({ intervalSeconds: 10, ...fields })], [], { error: 'E', retryAfterMs }, random)?.delayMs;

  test('is, where that is longer than the interval', () => {
    expect(waits(30_000)).toBe(30_000);
    expect(waits(5_000)).toBe(10_000);
    expect(waits(30_000, { jitterStrategy: 'FULL' })).toBe(30_000);
  });

  test('is not for longer than the retrier would wait, nor for more than a day', () => {
    expect(waits(30_000, { maxDelaySeconds: 20 })).toBe(20_000);
    expect(waits(1e12)).toBe(86_400_000);
  });

  test('is left alone by the execution', () => {
    const states = {
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::http:invoke',
        Retry: [{ ErrorEquals: ['States.Http.StatusCode.429'], IntervalSeconds: 1 }],
        End: true,
      },
    };
    const execution = TestExecution.start({ StartAt: 'Call', States: states });
    const failure = { ok: false, error: 'States.Http.StatusCode.429', cause: 'Too Many Requests' } as const;
    const at = execution.now;
    execution.answer('Call', { ...failure, retryAfterMs: 90_000 });
    expect(nextTimer(execution.state)).toBe(at + 90_000);
  });
});
