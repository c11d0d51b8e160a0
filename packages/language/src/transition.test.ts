import { describe, expect, test } from 'vitest';
import { MAX_STEPS_PER_TRANSITION } from './limits.ts';
import { type Arrival, START_TIME, TestExecution } from './testing/test-execution.ts';
import { nextTimer } from './timers.ts';
import { canContinue } from './tasks.ts';
import { transition } from './transition.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';

const callOne = {
  StartAt: 'Call',
  States: { Call: { Type: 'Task', Resource: LAMBDA, Parameters: { FunctionName: 'f' }, End: true } },
};

describe('history', () => {
  test('the first state follows no event, the others follow one another', () => {
    const execution = TestExecution.start({
      StartAt: 'First',
      States: { First: { Type: 'Pass', Next: 'Second' }, Second: { Type: 'Succeed' } },
    });
    expect(execution.lines).toEqual([
      '1 < 0 ExecutionStarted',
      '2 < 0 PassStateEntered First',
      '3 < 2 PassStateExited First',
      '4 < 3 SucceedStateEntered Second',
      '5 < 4 SucceedStateExited Second',
      '6 < 5 ExecutionSucceeded',
    ]);
    expect(execution.status).toBe('SUCCEEDED');
  });

  test('the start shows the input as it was sent, with version and alias where there are', () => {
    const execution = new TestExecution({ StartAt: 'A', States: { A: { Type: 'Succeed' } } }, { a: 1 });
    const facts = {
      ...execution.state.facts,
      input: '{ "a" : 1.0 }',
      stateMachineVersionArn: 'arn:version',
      stateMachineAliasArn: 'arn:alias',
    };
    const answer = transition(execution.machine, { ...execution.state, facts }, { type: 'Start', at: START_TIME });
    expect(answer.history[0]?.executionStartedEventDetails).toEqual({
      input: '{ "a" : 1.0 }',
      inputDetails: { truncated: false },
      roleArn: facts.roleArn,
      stateMachineVersionArn: 'arn:version',
      stateMachineAliasArn: 'arn:alias',
    });
    expect(answer.history[1]?.stateEnteredEventDetails?.input).toBe('{"a":1.0}');
  });

  test('time never runs backwards inside an execution', () => {
    const execution = TestExecution.start(callOne);
    execution.now = START_TIME - 60_000;
    execution.succeed('Call', {});
    expect(execution.history.every((event) => event.timestamp === START_TIME)).toBe(true);
  });
});

describe('activations that nothing waits for', () => {
  const stale: Arrival[] = [
    { type: 'Start' },
    { type: 'Continue' },
    { type: 'TimerFired' },
    { type: 'TaskResult', taskId: 77, result: { ok: true, output: 1 } },
    { type: 'ChildResult', taskId: 77, result: { ok: true, output: 1 } },
    { type: 'TaskSubmitted', taskId: 77, output: 1 },
    { type: 'ActivityStarted', taskId: 77, workerName: null },
    { type: 'Heartbeat', taskId: 77, deadline: START_TIME + 1 },
    { type: 'TaskSubmitted', taskId: 3, output: 1 },
    { type: 'ActivityStarted', taskId: 3, workerName: null },
    { type: 'Heartbeat', taskId: 3, deadline: START_TIME + 9_000_000 },
    { type: 'Redrive', redriveCount: 1 },
  ];

  test.each(stale)('%o changes nothing in a running execution', (arrival) => {
    const execution = TestExecution.start(callOne);
    const before = JSON.stringify([execution.state.head, [...execution.snapshot()]]);
    execution.now += 5_000;
    const answer = execution.send(arrival);
    expect([answer.history, answer.commands, answer.closed]).toEqual([[], [], []]);
    expect([answer.changes.written.size, answer.changes.deleted.size]).toEqual([0, 0]);
    expect(JSON.stringify([execution.state.head, [...execution.snapshot()]])).toBe(before);
  });

  test.each([...stale, { type: 'Stop' } as const])('%o changes nothing after the end', (arrival) => {
    const execution = TestExecution.start(callOne);
    execution.succeed('Call', {});
    const answer = execution.send(arrival);
    expect([answer.history, answer.commands, answer.closed]).toEqual([[], [], []]);
  });

  test('before the Start nothing else is accepted', () => {
    const execution = new TestExecution(callOne, {});
    expect(execution.send({ type: 'Continue' }).history).toEqual([]);
    expect(execution.send({ type: 'Start' }).history.length).toBeGreaterThan(0);
  });

  test('a Stop before the Start leaves nothing of it to be done', () => {
    const execution = new TestExecution(callOne, {});
    const { history, commands } = execution.send({ type: 'Stop', error: 'Halt' });
    expect(history.map(({ type }) => type)).toEqual(['ExecutionStarted', 'ExecutionAborted']);
    expect(commands.map(({ type }) => type)).toEqual(['EndExecution']);
    expect(execution.send({ type: 'Start' }).history).toEqual([]);
  });

  test('a task is answered once', () => {
    const execution = TestExecution.start({
      StartAt: 'Call',
      States: {
        Call: { Type: 'Task', Resource: LAMBDA, Next: 'Again' },
        Again: { Type: 'Task', Resource: LAMBDA, End: true },
      },
    });
    const { taskId } = execution.task('Call');
    execution.succeed('Call', 1);
    const answer = execution.send({ type: 'TaskResult', taskId, result: { ok: true, output: 2 } });
    expect(answer.history).toEqual([]);
    expect(execution.tasks.map((task) => task.stateName)).toEqual(['Again']);
  });
});

describe('the bound on one transition', () => {
  const loop = {
    StartAt: 'Count',
    States: {
      Count: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Enough' },
      Enough: {
        Type: 'Choice',
        Choices: [{ Variable: '$.n', NumericLessThan: 1200, Next: 'Count' }],
        Default: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  };

  test('a long loop answers Continue and goes on from there', () => {
    const execution = TestExecution.start(loop, { n: 0 }, { reload: true });
    expect(execution.last?.commands).toEqual([{ type: 'Continue' }]);
    expect(execution.types.filter((type) => type.endsWith('Entered'))).toHaveLength(MAX_STEPS_PER_TRANSITION);
    expect(canContinue(execution.state)).toBe(true);
    execution.drain();
    expect(canContinue(execution.state)).toBe(false);
    expect(execution.output).toEqual({ n: 1200 });
  });

  test('large data ends a transition before the steps do', () => {
    const heavy = TestExecution.start(loop, { n: 0, ballast: 'y'.repeat(200_000) });
    const light = TestExecution.start(loop, { n: 0 });
    // The first Pass drops the ballast: only the first events are heavy.
    expect(heavy.history.length).toBe(light.history.length);
    const carried = { ...loop.States.Count, Parameters: { ...loop.States.Count.Parameters, 'ballast.$': '$.ballast' } };
    const carrying = { ...loop, States: { ...loop.States, Count: carried } };
    const slow = TestExecution.start(carrying, { n: 0, ballast: 'y'.repeat(200_000) });
    expect(slow.last?.commands).toEqual([{ type: 'Continue' }]);
    expect(slow.history.length).toBeLessThan(20);
  });
});

describe('ends from outside', () => {
  test('Stop aborts, cancels what is pending and closes its tokens', () => {
    const execution = TestExecution.start({
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Plain', States: { Plain: { Type: 'Task', Resource: LAMBDA, End: true } } },
            {
              StartAt: 'Ask',
              States: { Ask: { Type: 'Task', Resource: `${LAMBDA}.waitForTaskToken`, End: true } },
            },
          ],
          End: true,
        },
      },
    });
    const ids = execution.tasks.map((task) => task.taskId);
    const answer = execution.send({ type: 'Stop', error: 'Halt', cause: 'by hand' });
    expect(answer.history.map((event) => event.type)).toEqual(['ExecutionAborted']);
    expect(answer.history[0]?.executionAbortedEventDetails).toEqual({ error: 'Halt', cause: 'by hand' });
    expect(answer.commands.map((command) => command.type)).toEqual(['CancelTask', 'CancelTask', 'EndExecution']);
    expect(answer.closed).toEqual([
      { taskId: ids[0], hasToken: false, reason: 'aborted' },
      { taskId: ids[1], hasToken: true, reason: 'aborted' },
    ]);
    expect(execution.end).toMatchObject({ status: 'ABORTED', error: 'Halt', cause: 'by hand' });
    expect(execution.tasks).toEqual([]);
    expect(nextTimer(execution.state)).toBeNull();
  });

  test("the machine's TimeoutSeconds ends the execution", () => {
    const execution = TestExecution.start({ ...callOne, TimeoutSeconds: 30 });
    expect(nextTimer(execution.state)).toBe(START_TIME + 30_000);
    execution.wait(29_999);
    expect(execution.status).toBe('RUNNING');
    execution.wait(1);
    expect(execution.status).toBe('TIMED_OUT');
    expect(execution.types.at(-1)).toBe('ExecutionTimedOut');
    expect(execution.closed).toEqual([{ taskId: 3, hasToken: false, reason: 'aborted' }]);
  });

  test('an execution that did not succeed keeps its frames for a redrive, another none', () => {
    const failed = TestExecution.start(callOne);
    failed.fail('Call', 'Broken');
    expect(failed.records.has('0')).toBe(true);
    const succeeded = TestExecution.start(callOne);
    succeeded.succeed('Call', {});
    expect(succeeded.records.size).toBe(0);
  });
});
