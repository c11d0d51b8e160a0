import { describe, expect, test } from 'vitest';
import { MAX_DATA_BYTES } from '../limits.ts';
import { parseTaskToken } from '../task-token.ts';
import { START_TIME, TestExecution } from '../testing/test-execution.ts';
import { nextTimer } from '../timers.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const FUNCTION = 'arn:aws:lambda:eu-west-1:123456789012:function:price';
const ACTIVITY = 'arn:aws:states:eu-west-1:123456789012:activity:pack';
const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
const CHILD = 'arn:aws:states:::states:startExecution.sync:2';

function task(fields: Record<string, unknown>) {
  return JSON.parse(
    JSON.stringify({ StartAt: 'Work', States: { Work: { Type: 'Task', Resource: LAMBDA, End: true, ...fields } } }),
  );
}

describe('a service integration', () => {
  test('is scheduled and started in one transition, and its taskId is its Scheduled event', () => {
    const execution = TestExecution.start(
      task({ Parameters: { FunctionName: 'price', 'Payload.$': '$.order' }, TimeoutSeconds: 20 }),
      { order: 7 },
    );
    expect(
      execution.history.slice(2).map(({ taskScheduledEventDetails, taskStartedEventDetails }) => ({
        ...taskScheduledEventDetails,
        ...taskStartedEventDetails,
      })),
    ).toEqual([
      {
        resourceType: 'lambda',
        resource: 'invoke',
        region: 'eu-west-1',
        parameters: '{"FunctionName":"price","Payload":7}',
        timeoutInSeconds: 20,
      },
      { resourceType: 'lambda', resource: 'invoke' },
    ]);
    expect(execution.scheduled).toMatchObject([
      { taskId: 3, stateName: 'Work', token: null, timeoutAt: START_TIME + 20_000, heartbeatSeconds: null },
    ]);
  });

  test('without Parameters gets the input; its result goes through the pipeline', () => {
    const execution = TestExecution.start(
      task({ ResultSelector: { 'id.$': '$.Id' }, ResultPath: '$.answer', OutputPath: '$.answer.id' }),
      { order: 7 },
    );
    expect(execution.scheduled[0]?.parameters).toEqual({ order: 7 });
    execution.succeed('Work', { Id: 'x-1', noise: true });
    expect(execution.lines.slice(4)).toEqual([
      '5 < 4 TaskSucceeded',
      '6 < 5 TaskStateExited Work',
      '7 < 6 ExecutionSucceeded',
    ]);
    expect(execution.output).toBe('x-1');
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, reason: 'completed' }]);
    expect(execution.commands.some((command) => command.type === 'CancelTask')).toBe(false);
  });

  test('failing, it names error and cause only where there are any', () => {
    const execution = TestExecution.start(task({}));
    execution.fail('Work', 'Sold.Out');
    expect(execution.history.at(-2)?.taskFailedEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      error: 'Sold.Out',
    });
    expect(execution.history.at(-1)?.executionFailedEventDetails).toEqual({ error: 'Sold.Out' });
  });

  test.each([
    ['start', 'TaskStartFailed'],
    ['submit', 'TaskSubmitFailed'],
    ['run', 'TaskFailed'],
  ] as const)('a failure of stage %s is %s', (stage, type) => {
    const execution = TestExecution.start(task({ Resource: ASK, Parameters: {} }));
    if (stage === 'run') execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} });
    execution.answer('Work', { ok: false, error: 'Down', stage });
    expect(execution.types.at(-2)).toBe(type);
    expect(execution.status).toBe('FAILED');
  });
});

describe('the data limit', () => {
  const caught = (resource: string) =>
    TestExecution.start({
      StartAt: 'Work',
      States: {
        Work: { Type: 'Task', Resource: resource, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Saved' }], End: true },
        Saved: { Type: 'Succeed' },
      },
    });

  test.each([
    [FUNCTION, FUNCTION],
    [LAMBDA, 'lambda'],
  ])('a result of %s that is too large fails the task, and can be caught', (resource, named) => {
    const execution = caught(resource);
    execution.succeed('Work', 'ü'.repeat(MAX_DATA_BYTES / 2));
    expect(execution.output).toEqual({
      Error: 'States.DataLimitExceeded',
      Cause: `The state/task '${named}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    });
  });

  test('the limit itself is allowed', () => {
    const execution = caught(FUNCTION);
    execution.succeed('Work', 'x'.repeat(MAX_DATA_BYTES - 2));
    expect(execution.types.at(-1)).toBe('ExecutionSucceeded');
    expect(execution.types).not.toContain('LambdaFunctionFailed');
  });
});

describe("a function's ARN as Resource", () => {
  test('has its own family of events', () => {
    const execution = TestExecution.start(task({ Resource: FUNCTION }), { order: 1 });
    expect(execution.history[2]?.lambdaFunctionScheduledEventDetails).toEqual({
      resource: FUNCTION,
      input: '{"order":1}',
      inputDetails: { truncated: false },
    });
    expect(execution.history[3]).toEqual({
      id: 4,
      previousEventId: 3,
      timestamp: START_TIME,
      type: 'LambdaFunctionStarted',
    });
    execution.succeed('Work', 5);
    expect(execution.history[4]?.lambdaFunctionSucceededEventDetails).toEqual({
      output: '5',
      outputDetails: { truncated: false },
    });
  });

  test('timed out, it is cancelled', () => {
    const execution = TestExecution.start(task({ Resource: FUNCTION, TimeoutSeconds: 2 }));
    execution.wait(2_000);
    expect(execution.history.at(-2)?.lambdaFunctionTimedOutEventDetails).toEqual({ error: 'States.Timeout' });
    expect(execution.history.at(-1)?.executionFailedEventDetails).toEqual({ error: 'States.Timeout' });
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, reason: 'timed-out' }]);
    expect(execution.commands.map((command) => command.type)).toEqual(['ScheduleTask', 'CancelTask', 'EndExecution']);
  });
});

describe('waiting for a callback', () => {
  const ask = (fields: Record<string, unknown> = {}) =>
    TestExecution.start(task({ Resource: ASK, Parameters: { 'MessageBody.$': '$$.Task.Token' }, ...fields }));

  test('the token in the context object names this attempt', () => {
    const execution = ask();
    const [pending] = execution.tasks;
    expect(pending?.parameters).toEqual({ MessageBody: pending?.token });
    expect(parseTaskToken(pending?.token ?? '')).toMatchObject({
      executionId: execution.state.facts.executionId,
      taskId: 3,
    });
  });

  test('the request is submitted first, then the callback ends it', () => {
    const execution = ask();
    execution.send({ type: 'TaskSubmitted', taskId: 3, output: { MessageId: 'm' } });
    expect(execution.history.at(-1)?.taskSubmittedEventDetails).toEqual({
      resourceType: 'sqs',
      resource: 'sendMessage.waitForTaskToken',
      output: '{"MessageId":"m"}',
      outputDetails: { truncated: false },
    });
    expect(execution.tasks[0]?.phase).toBe('submitted');
    expect(execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} }).history).toEqual([]);
    execution.succeed('Work', 'yes');
    expect(execution.output).toBe('yes');
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: true, reason: 'completed' }]);
  });

  test('a callback that overtakes the answer to its request is kept, and its deadlines are void', () => {
    const execution = ask({ TimeoutSeconds: 5 });
    execution.succeed('Work', 'early');
    expect(execution.last?.history).toEqual([]);
    expect([...(execution.last?.changes.written ?? [])]).toEqual(['0']);
    expect(nextTimer(execution.state)).toBeNull();
    execution.succeed('Work', 'second');
    execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} });
    expect(execution.types.slice(-4)).toEqual([
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(execution.output).toBe('early');
  });

  test('an accepted callback outlives the failure of its own request', () => {
    const execution = ask();
    execution.succeed('Work', 'early');
    execution.answer('Work', { ok: false, error: 'Lost', stage: 'submit' });
    expect(execution.output).toBe('early');
  });

  test('a heartbeat moves the deadline and writes no history; a missed one is a time-out', () => {
    const execution = ask({ HeartbeatSeconds: 10 });
    execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} });
    expect(nextTimer(execution.state)).toBe(START_TIME + 10_000);
    const beat = execution.send({ type: 'Heartbeat', taskId: 3, deadline: START_TIME + 17_000 });
    expect(beat.history).toEqual([]);
    expect(nextTimer(execution.state)).toBe(START_TIME + 17_000);
    execution.wait(16_999);
    expect(execution.status).toBe('RUNNING');
    execution.wait(1);
    expect(execution.history.at(-2)?.taskTimedOutEventDetails).toMatchObject({ error: 'States.Timeout' });
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: true, reason: 'timed-out' }]);
  });

  test('a child execution answers like any other', () => {
    const execution = TestExecution.start(task({ Resource: CHILD, Parameters: { StateMachineArn: 'x' } }));
    execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} });
    execution.send({ type: 'ChildResult', taskId: 3, result: { ok: true, output: { Status: 'SUCCEEDED' } } });
    expect(execution.output).toEqual({ Status: 'SUCCEEDED' });
  });
});

describe('an activity', () => {
  test('is only scheduled; its clocks start when a worker takes it', () => {
    const execution = TestExecution.start(task({ Resource: ACTIVITY, TimeoutSeconds: 60, HeartbeatSeconds: 10 }), [1]);
    expect(execution.lines.slice(2)).toEqual(['3 < 2 ActivityScheduled']);
    expect(execution.history[2]?.activityScheduledEventDetails).toEqual({
      resource: ACTIVITY,
      input: '[1]',
      inputDetails: { truncated: false },
      timeoutInSeconds: 60,
      heartbeatInSeconds: 10,
    });
    expect(nextTimer(execution.state)).toBeNull();
    execution.wait(100_000);
    execution.send({ type: 'ActivityStarted', taskId: 3, workerName: 'packer' });
    expect(execution.history.at(-1)?.activityStartedEventDetails).toEqual({ workerName: 'packer' });
    expect(nextTimer(execution.state)).toBe(START_TIME + 110_000);
    execution.fail('Work', 'Torn', 'paper');
    expect(execution.history.at(-2)?.activityFailedEventDetails).toEqual({ error: 'Torn', cause: 'paper' });
  });

  test('a worker without a name leaves the name out', () => {
    const execution = TestExecution.start(task({ Resource: ACTIVITY }));
    execution.send({ type: 'ActivityStarted', taskId: 3, workerName: null });
    expect(execution.history.at(-1)?.activityStartedEventDetails).toEqual({});
    execution.succeed('Work', 1);
    expect(execution.types.at(-3)).toBe('ActivitySucceeded');
  });

  test('that was deleted fails the state before anything is scheduled', () => {
    const surroundings = { activityExists: () => false };
    const execution = TestExecution.start(task({ Resource: ACTIVITY }), {}, { surroundings });
    expect(execution.lines.slice(2)).toEqual(['3 < 2 ExecutionFailed']);
    expect(execution.end).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'Work' (entered at the event id #2). The activity ${ACTIVITY} does not exist.`,
    });
  });
});

describe('fields taken from the input', () => {
  test('time-outs by path', () => {
    const execution = TestExecution.start(
      task({ Resource: ASK, Parameters: {}, TimeoutSecondsPath: '$.limit', HeartbeatSecondsPath: '$.beat' }),
      { limit: 90, beat: 30 },
    );
    expect(execution.history[2]?.taskScheduledEventDetails).toMatchObject({
      timeoutInSeconds: 90,
      heartbeatInSeconds: 30,
    });
  });

  test.each([[0], [-1], [1.5], ['60'], [null], [true], [{}], [100_000_000]])('%j is no time-out', (limit) => {
    for (const field of ['TimeoutSecondsPath', 'HeartbeatSecondsPath']) {
      const execution = TestExecution.start(task({ [field]: '$.limit' }), { limit });
      const value = typeof limit === 'string' ? limit : JSON.stringify(limit);
      expect(execution.end).toMatchObject({
        status: 'FAILED',
        error: 'States.Runtime',
        cause: `An error occurred while executing the state 'Work' (entered at the event id #2). The ${field} field refers to value "${value}" which is not a valid positive integer: $.limit`,
      });
      expect(execution.types).not.toContain('TaskScheduled');
    }
  });

  test('credentials name the role in history and command', () => {
    const role = 'arn:aws:iam::123456789012:role/other';
    const execution = TestExecution.start(task({ Credentials: { 'RoleArn.$': '$.role' } }), { role });
    expect(execution.history[2]?.taskScheduledEventDetails?.taskCredentials).toEqual({ roleArn: role });
    expect(execution.scheduled[0]?.roleArn).toBe(role);
  });
});
