import { describe, expect, test } from 'vitest';
import { TestExecution } from '../testing/test-execution.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';

const task = (name: string, fields = {}) => ({
  StartAt: name,
  States: { [name]: { Type: 'Task', Resource: LAMBDA, ...fields, End: true } },
});
const wait = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Wait', Seconds: 60, End: true } } });
const fail = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Fail', Error: 'Torn', Cause: 'paper' } } });

const machine = (branches: object[], fields = {}) => ({
  StartAt: 'Both',
  States: { Both: { Type: 'Parallel', Branches: branches, Next: 'Done', ...fields }, Done: { Type: 'Succeed' } },
});

describe('branches', () => {
  test('all start from one event and give their results in their order, whoever ends first', () => {
    const execution = TestExecution.start(machine([task('Left'), task('Right')]), { n: 1 });
    execution.succeed('Right', 'r');
    execution.succeed('Left', 'l');
    expect(execution.output).toEqual(['l', 'r']);
    expect(execution.lines.slice(1)).toEqual([
      '2 < 0 ParallelStateEntered Both',
      '3 < 2 ParallelStateStarted',
      '4 < 3 TaskStateEntered Left',
      '5 < 4 TaskScheduled',
      '6 < 5 TaskStarted',
      '7 < 3 TaskStateEntered Right',
      '8 < 7 TaskScheduled',
      '9 < 8 TaskStarted',
      '10 < 9 TaskSucceeded',
      '11 < 10 TaskStateExited Right',
      '12 < 6 TaskSucceeded',
      '13 < 12 TaskStateExited Left',
      '14 < 13 ParallelStateSucceeded',
      '15 < 13 ParallelStateExited Both',
      '16 < 15 SucceedStateEntered Done',
      '17 < 16 SucceedStateExited Done',
      '18 < 17 ExecutionSucceeded',
    ]);
  });

  test('each gets the parameters, and the results go through the pipeline', () => {
    const fields = { Parameters: { 'v.$': '$.n' }, ResultSelector: { 'first.$': '$[0].v' }, ResultPath: '$.got' };
    const pass = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true } } });
    const execution = TestExecution.start(machine([pass('P'), pass('Q')], fields), { n: 4 });
    expect(execution.output).toEqual({ n: 4, got: { first: 4 } });
  });

  test('see the variables around them and keep their own to themselves', () => {
    const branch = {
      StartAt: 'Own',
      States: {
        Own: { Type: 'Pass', Assign: { inner: 'i' }, Next: 'Show' },
        Show: { Type: 'Pass', Parameters: { 'outer.$': '$outer', 'inner.$': '$inner' }, End: true },
      },
    };
    const execution = TestExecution.start({
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Both' },
        Both: { Type: 'Parallel', Branches: [branch], End: true },
      },
    });
    expect(execution.output).toEqual([{ outer: 'o', inner: 'i' }]);
  });
});

describe('a failed branch', () => {
  test('fails the state; its own Task and what ran beside it are aborted', () => {
    const nested = {
      StartAt: 'Inner',
      States: { Inner: { Type: 'Parallel', Branches: [wait('Deep')], End: true } },
    };
    const execution = TestExecution.start(machine([task('Left'), wait('Right'), nested, task('Last')]));
    execution.fail('Left', 'Torn');
    expect(execution.lines.slice(-8)).toEqual([
      '14 < 6 TaskFailed',
      '15 < 14 TaskStateAborted',
      '16 < 7 WaitStateAborted',
      '17 < 10 WaitStateAborted',
      '18 < 9 ParallelStateAborted',
      '19 < 13 TaskStateAborted',
      '20 < 14 ParallelStateFailed',
      '21 < 20 ExecutionFailed',
    ]);
    expect(execution.closed.map(({ taskId, reason }) => [taskId, reason])).toEqual([
      [5, 'completed'],
      [12, 'aborted'],
    ]);
    expect(execution.commands.filter((command) => command.type === 'CancelTask')).toHaveLength(1);
  });

  test('by a Fail state has nothing to abort; the error is the branch’s', () => {
    const execution = TestExecution.start(machine([fail('Stop')]));
    expect(execution.lines.slice(3)).toEqual([
      '4 < 3 FailStateEntered Stop',
      '5 < 4 ParallelStateFailed',
      '6 < 5 ExecutionFailed',
    ]);
    expect(execution.end).toMatchObject({ error: 'Torn', cause: 'paper' });
  });

  test('can be caught: the state is left after its Failed event', () => {
    const catcher = { ErrorEquals: ['Torn'], ResultPath: '$.why', Next: 'Done' };
    const execution = TestExecution.start(machine([fail('Stop')], { Catch: [catcher] }), { n: 1 });
    expect(execution.lines.slice(4, 6)).toEqual(['5 < 4 ParallelStateFailed', '6 < 5 ParallelStateExited Both']);
    expect(execution.output).toEqual({ n: 1, why: { Error: 'Torn', Cause: 'paper' } });
  });

  test('can be retried: all branches start again, without a second Entered event', () => {
    const retrier = { ErrorEquals: ['Torn'], IntervalSeconds: 5, MaxAttempts: 1 };
    const execution = TestExecution.start(
      machine([task('Left'), task('Right')], { Retry: [retrier] }),
      {},
      { reload: true },
    );
    execution.fail('Left', 'Torn');
    expect(execution.status).toBe('RUNNING');
    expect(execution.tasks).toEqual([]);
    execution.wait(5_000);
    expect(execution.lines.slice(9, 14)).toEqual([
      '10 < 6 TaskFailed',
      '11 < 10 TaskStateAborted',
      '12 < 9 TaskStateAborted',
      '13 < 10 ParallelStateStarted',
      '14 < 13 TaskStateEntered Left',
    ]);
    execution.fail('Right', 'Torn');
    expect(execution.types.slice(-2)).toEqual(['ParallelStateFailed', 'ExecutionFailed']);
  });

  test('handled inside the branch leaves the others alone', () => {
    const catching = task('Left', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Saved' }] });
    const branch = { ...catching, States: { ...catching.States, Saved: { Type: 'Pass', Result: 'saved', End: true } } };
    const execution = TestExecution.start(machine([branch, task('Right')]));
    execution.fail('Left', 'Torn');
    execution.succeed('Right', 'r');
    expect(execution.output).toEqual(['saved', 'r']);
    expect(execution.types.filter((type) => type.endsWith('Aborted'))).toEqual([]);
  });

  test('of a kind that ends executions passes by every catcher', () => {
    const broken = { StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'x.$': '$.missing' }, End: true } } };
    const execution = TestExecution.start(
      machine([task('Left'), broken], { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }] }),
    );
    expect(execution.types.at(-1)).toBe('ExecutionFailed');
    expect(execution.types).not.toContain('ParallelStateFailed');
    expect(execution.end?.error).toBe('States.Runtime');
    expect(execution.closed.map(({ reason }) => reason)).toEqual(['aborted']);
  });
});
