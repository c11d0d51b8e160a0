import { describe, expect, test } from 'vitest';
import { TestExecution } from './testing/test-execution.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const task = (fields: object = {}) => ({ Type: 'Task', Resource: LAMBDA, End: true, ...fields });
const TWO_STEPS = {
  StartAt: 'A',
  TimeoutSeconds: 100,
  States: {
    A: task({ End: undefined, Next: 'B' }),
    B: task({ Retry: [{ ErrorEquals: ['Red'], MaxAttempts: 1, IntervalSeconds: 1 }] }),
  },
};

function redrive(execution: TestExecution): void {
  execution.send({ type: 'Redrive', redriveCount: execution.state.head.redriveCount + 1 });
}

/** The events after the last redrive, with it. */
function since(execution: TestExecution): string[] {
  return execution.lines.slice(execution.types.lastIndexOf('ExecutionRedriven'));
}

describe.each([{ reload: false }, { reload: true }])('a redrive, reload: $reload', (options) => {
  test('schedules the failed task anew, with all its retries, and leaves what succeeded', () => {
    const execution = TestExecution.start(TWO_STEPS, {}, options);
    execution.succeed('A', { a: 1 });
    execution.fail('B', 'Red');
    execution.wait(1_000);
    execution.fail('B', 'Red');
    expect(execution.status).toBe('FAILED');
    const end = execution.history.length;
    execution.now += 60_000;
    redrive(execution);
    expect(since(execution)).toEqual([
      `${end + 1} < ${end} ExecutionRedriven`,
      `${end + 2} < ${end + 1} TaskScheduled`,
      `${end + 3} < ${end + 2} TaskStarted`,
    ]);
    expect(execution.history[end]?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
    // The machine's own limit begins anew.
    expect(execution.state.head.timeoutAt).toBe(execution.now + 100_000);
    execution.fail('B', 'Red');
    expect(execution.status).toBe('RUNNING');
    execution.wait(1_000);
    execution.succeed('B', 'done');
    expect(execution.status).toBe('SUCCEEDED');
    redrive(execution);
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.types.filter((type) => type === 'TaskStateEntered')).toHaveLength(2);
  });

  test('tells the context object how often and when', () => {
    const say = { Type: 'Pass', End: true, Parameters: { 'redriven.$': '$$.Execution' } };
    const machine = { StartAt: 'A', States: { A: task({ End: undefined, Next: 'B' }), B: say } };
    const execution = TestExecution.start(machine, {}, options);
    execution.fail('A', 'Red');
    execution.now += 5_000;
    redrive(execution);
    execution.succeed('A', {});
    const output: unknown = execution.commands.findLast((command) => command.type === 'EndExecution')?.output;
    expect(JSON.parse(String(output))).toMatchObject({
      redriven: { RedriveCount: 1, RedriveTime: new Date(execution.now).toISOString() },
    });
  });

  test('runs the branches anew that did not end well, and no others', () => {
    const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });
    const branches = [branch('X', task()), branch('Y', task()), branch('Z', { Type: 'Wait', Seconds: 60, End: true })];
    const machine = { StartAt: 'P', States: { P: { Type: 'Parallel', Branches: branches, End: true } } };
    const execution = TestExecution.start(machine, {}, options);
    execution.succeed('X', 'x');
    execution.fail('Y', 'Blue');
    redrive(execution);
    expect(execution.tasks.map((pending) => pending.stateName)).toEqual(['Y']);
    execution.succeed('Y', 'y');
    execution.wait(59_999);
    expect(execution.status).toBe('RUNNING');
    execution.wait(1);
    const output = execution.commands.findLast((command) => command.type === 'EndExecution')?.output;
    expect(JSON.parse(output ?? '')).toEqual(['x', 'y', {}]);
    expect(since(execution).filter((line) => line.includes('ParallelStateStarted'))).toEqual([]);
  });

  test('goes on with the items of a Map that were not started yet', () => {
    const processor = { StartAt: 'I', States: { I: task() } };
    const machine = { StartAt: 'M', States: { M: { Type: 'Map', MaxConcurrency: 2, Iterator: processor, End: true } } };
    const execution = TestExecution.start(machine, [1, 2, 3, 4], options);
    execution.succeed('I', 'one');
    execution.fail('I', 'Blue');
    expect(execution.status).toBe('FAILED');
    redrive(execution);
    expect(execution.tasks).toHaveLength(2);
    for (const answer of ['two', 'three', 'four']) execution.succeed('I', answer);
    const output = execution.commands.findLast((command) => command.type === 'EndExecution')?.output;
    expect(JSON.parse(output ?? '')).toEqual(['one', 'two', 'three', 'four']);
  });

  test('does all of a Map anew where its joining failed', () => {
    const big = 'x'.repeat(200_000);
    const processor = { StartAt: 'I', States: { I: task() } };
    const machine = { StartAt: 'M', States: { M: { Type: 'Map', Iterator: processor, End: true } } };
    const execution = TestExecution.start(machine, [1, 2], options);
    execution.succeed('I', big);
    execution.succeed('I', big);
    expect(execution.end?.error).toBe('States.DataLimitExceeded');
    redrive(execution);
    expect(execution.tasks).toHaveLength(2);
    expect(execution.types.filter((type) => type === 'MapStateStarted')).toHaveLength(2);
    expect(execution.types.filter((type) => type === 'MapStateEntered')).toHaveLength(1);
  });

  test('fails again where a Fail state was reached, and takes up a stopped Wait', () => {
    const failing = TestExecution.start({ StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Red' } } }, {}, options);
    redrive(failing);
    expect(since(failing).map((line) => line.split(' ')[3])).toEqual(
      ['ExecutionFailed'].flatMap((type) => ['ExecutionRedriven', type]),
    );
    const waiting = TestExecution.start(
      { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 9, End: true } } },
      {},
      options,
    );
    waiting.send({ type: 'Stop' });
    redrive(waiting);
    waiting.wait(9_000);
    expect(waiting.status).toBe('SUCCEEDED');
  });

  test('counts once: another with the same number, and one of an open execution, change nothing', () => {
    const execution = TestExecution.start(TWO_STEPS, {}, options);
    expect(execution.send({ type: 'Redrive', redriveCount: 1 }).history).toEqual([]);
    execution.send({ type: 'Stop' });
    redrive(execution);
    execution.send({ type: 'Stop' });
    const { length } = execution.history;
    execution.send({ type: 'Redrive', redriveCount: 1 });
    expect(execution.history).toHaveLength(length);
    expect(execution.status).toBe('ABORTED');
  });
});
