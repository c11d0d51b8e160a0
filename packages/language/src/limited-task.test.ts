import { describe, expect, test } from 'vitest';
import type { TaskLimit } from './command.ts';
import type { StartingTask } from './run.ts';
import { START_TIME, TestExecution } from './testing/test-execution.ts';
import { nextTimer } from './timers.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const ACTIVITY = 'arn:aws:states:eu-west-1:123456789012:activity:pack';
const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
const LIMITS: readonly TaskLimit[] = [{ limiterArn: 'limiter', key: 'a', priority: 0 }];

function limited(
  fields: Record<string, unknown>,
  limitsOf: (task: StartingTask) => readonly TaskLimit[] = () => LIMITS,
) {
  const work = { Type: 'Task', Resource: LAMBDA, TimeoutSeconds: 5, End: true, ...fields };
  const surroundings = { activityExists: () => true, limitsOf };
  const definition = JSON.parse(JSON.stringify({ StartAt: 'Work', States: { Work: work } }));
  return TestExecution.start(definition, { order: 7 }, { surroundings, reload: true });
}

describe('a task that needs permits', () => {
  test('is scheduled, and starts once it has them: its time begins then', () => {
    const execution = limited({});
    expect(execution.types.slice(2)).toEqual(['TaskScheduled']);
    expect(execution.commands).toEqual([{ type: 'LimitTask', taskId: 3, stateName: 'Work', limits: LIMITS }]);
    expect(nextTimer(execution.state)).toBeNull();
    execution.wait(60_000);
    execution.send({ type: 'TaskPermitted', taskId: 3 });
    expect(execution.types.slice(2)).toEqual(['TaskScheduled', 'TaskStarted']);
    expect(execution.scheduled).toMatchObject([{ taskId: 3, timeoutAt: START_TIME + 65_000 }]);
    expect(execution.send({ type: 'TaskPermitted', taskId: 3 }).history).toEqual([]);
    execution.succeed('Work', 'done');
    expect(execution.output).toBe('done');
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, limited: true, reason: 'completed' }]);
  });

  test('is asked about with its parameters and its context object', () => {
    const seen: unknown[] = [];
    limited({ Parameters: { 'id.$': '$.order' } }, ({ resource, parameters, context }) => {
      seen.push(resource.arn, parameters, context()['State']);
      return [];
    });
    expect(seen).toMatchObject([LAMBDA, { id: 7 }, { Name: 'Work', RetryCount: 0 }]);
  });

  test('times out after its start, and gives its permits back', () => {
    const execution = limited({});
    execution.send({ type: 'TaskPermitted', taskId: 3 });
    execution.wait(5_000);
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, limited: true, reason: 'timed-out' }]);
    expect(execution.status).toBe('FAILED');
  });

  test('an activity is shown to no worker before, and has no token to close', () => {
    const execution = limited({ Resource: ACTIVITY });
    expect(execution.types.slice(2)).toEqual(['ActivityScheduled']);
    expect(execution.scheduled).toEqual([]);
    expect(execution.send({ type: 'ActivityStarted', taskId: 3, workerName: null }).history).toEqual([]);
    execution.send({ type: 'Stop' });
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, limited: true, reason: 'aborted' }]);
  });

  test('a callback keeps its permits until it is answered', () => {
    const execution = limited({ Resource: ASK, Parameters: { 'MessageBody.$': '$$.Task.Token' } });
    expect(execution.send({ type: 'TaskResult', taskId: 3, result: { ok: true, output: 1 } }).history).toEqual([]);
    execution.send({ type: 'TaskPermitted', taskId: 3 });
    expect(execution.scheduled[0]?.token).toBe(execution.tasks[0]?.token);
    execution.send({ type: 'TaskSubmitted', taskId: 3, output: {} });
    expect(execution.closed).toEqual([]);
    execution.succeed('Work', 'yes');
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: true, limited: true, reason: 'completed' }]);
  });

  test("each attempt waits anew, and the machine's own time runs on while it waits", () => {
    const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const execution = limited({ Retry: retry });
    execution.send({ type: 'TaskPermitted', taskId: 3 });
    execution.fail('Work', 'Red');
    execution.wait(1_000);
    expect(execution.types.slice(2)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskScheduled']);
    expect(execution.tasks[0]).toMatchObject({ phase: 'limited', limited: true, timeoutAt: null });
  });
});
