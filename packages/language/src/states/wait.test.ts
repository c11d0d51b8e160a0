import { describe, expect, test } from 'vitest';
import { MAX_WAIT_SECONDS } from '../limits.ts';
import { START_TIME, TestExecution } from '../testing/test-execution.ts';
import { nextTimer } from '../timers.ts';

const wait = (fields: object) => ({ StartAt: 'Rest', States: { Rest: { Type: 'Wait', ...fields, End: true } } });
const PLACE = "An error occurred while executing the state 'Rest' (entered at the event id #2). ";

describe('a Wait', () => {
  test('parks until its moment, and hands its input on', () => {
    const execution = TestExecution.start(wait({ Seconds: 90 }), { n: 1 }, { reload: true });
    expect(nextTimer(execution.state)).toBe(START_TIME + 90_000);
    execution.wait(89_999);
    expect(execution.status).toBe('RUNNING');
    execution.wait(1);
    expect(execution.lines.slice(2)).toEqual(['3 < 2 WaitStateExited Rest', '4 < 3 ExecutionSucceeded']);
    expect(execution.history.at(-1)?.timestamp).toBe(START_TIME + 90_000);
    expect(execution.output).toEqual({ n: 1 });
  });

  test.each([
    [{ SecondsPath: '$.v' }, 0],
    [{ TimestampPath: '$.v' }, '2001-02-03T04:05:06Z'],
  ])('%o of %j takes no time', (fields, v) => {
    expect(TestExecution.start(wait(fields), { v }).status).toBe('SUCCEEDED');
  });

  test('a timestamp is a moment, to the millisecond above', () => {
    const execution = TestExecution.start(wait({ TimestampPath: '$.v' }), { v: '2023-11-14T22:13:21.000000001+00:00' });
    expect(nextTimer(execution.state)).toBe(START_TIME + 1_001);
  });

  test('assigns and selects on its way out', () => {
    const execution = TestExecution.start(
      wait({ Seconds: 1, InputPath: '$.a', Assign: { 'seen.$': '$.b' }, OutputPath: '$.b' }),
      { a: { b: 5 } },
    );
    execution.wait(1_000);
    expect(execution.history[2]?.stateExitedEventDetails?.assignedVariables).toEqual({ seen: '5' });
    expect(execution.output).toBe(5);
  });
});

describe('what is refused at run time', () => {
  test.each([
    [{ SecondsPath: '$.v' }, { v: -1 }, 'The SecondsPath parameter references a negative value: $.v == -1'],
    [{ SecondsPath: '$.v' }, {}, 'The SecondsPath parameter does not reference an input value: $.v'],
    [{ SecondsPath: '$.v' }, { v: MAX_WAIT_SECONDS + 1 }, 'Wait state delay is too long.'],
    [
      { TimestampPath: '$.v' },
      { v: '2030-01-02T03:04:05' },
      'The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.v == 2030-01-02T03:04:05',
    ],
    [{ TimestampPath: '$.v' }, { v: '2999-01-02T03:04:05Z' }, 'Wait state delay is too long.'],
  ])('%o over %j', (fields, input, cause) => {
    const execution = TestExecution.start(wait(fields), input);
    expect(execution.lines.slice(2)).toEqual(['3 < 2 ExecutionFailed']);
    expect(execution.end).toEqual({
      type: 'EndExecution',
      status: 'FAILED',
      error: 'States.Runtime',
      cause: PLACE + cause,
    });
  });
});
