import { describe, expect, test } from 'vitest';
import { INLINE_MAP_CONCURRENCY } from '../limits.ts';
import type { Json } from '../json.ts';
import { TestExecution } from '../testing/test-execution.ts';

const LAMBDA = 'arn:aws:states:::lambda:invoke';
const pass = { StartAt: 'Each', States: { Each: { Type: 'Pass', End: true } } };
const task = { StartAt: 'Each', States: { Each: { Type: 'Task', Resource: LAMBDA, End: true } } };

const map = (processor: object, fields = {}) => ({
  StartAt: 'All',
  States: { All: { Type: 'Map', ItemProcessor: processor, Next: 'Done', ...fields }, Done: { Type: 'Succeed' } },
});
const count = (total: number) => Array.from({ length: total }, (_, index) => index);

describe('iterations', () => {
  test('one after another, each follows the last event of the one before, past its leaf', () => {
    const execution = TestExecution.start(map(pass, { MaxConcurrency: 1 }), ['a', 'b']);
    expect(execution.lines.slice(1, -3)).toEqual([
      '2 < 0 MapStateEntered All',
      '3 < 2 MapStateStarted',
      '4 < 3 MapIterationStarted All[0]',
      '5 < 4 PassStateEntered Each',
      '6 < 5 PassStateExited Each',
      '7 < 6 MapIterationSucceeded All[0]',
      '8 < 6 MapIterationStarted All[1]',
      '9 < 8 PassStateEntered Each',
      '10 < 9 PassStateExited Each',
      '11 < 10 MapIterationSucceeded All[1]',
      '12 < 11 MapStateSucceeded',
      '13 < 11 MapStateExited All',
    ]);
    expect(execution.history[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(execution.output).toEqual(['a', 'b']);
  });

  test('run at once up to the limit, and give their results in the order of the items', () => {
    const execution = TestExecution.start(map(task, { MaxConcurrency: 3 }), count(5), { reload: true });
    expect(execution.tasks).toHaveLength(3);
    for (let left = 5; left > 0; left--) {
      const last = execution.tasks.at(-1);
      execution.send({
        type: 'TaskResult',
        taskId: last?.taskId ?? 0,
        result: { ok: true, output: [last?.parameters ?? null] },
      });
      expect(execution.tasks.length).toBeLessThanOrEqual(3);
    }
    expect(execution.output).toEqual([[0], [1], [2], [3], [4]]);
  });

  test('without a limit of their own, have the usual one', () => {
    const execution = TestExecution.start(map(task), count(INLINE_MAP_CONCURRENCY + 5));
    expect(execution.tasks).toHaveLength(INLINE_MAP_CONCURRENCY);
    const asking = TestExecution.start(map(task, { MaxConcurrency: 1_000 }), count(INLINE_MAP_CONCURRENCY + 5));
    expect(asking.tasks).toHaveLength(INLINE_MAP_CONCURRENCY);
  });

  test('over no items succeed at once', () => {
    const execution = TestExecution.start(map(pass), []);
    expect(execution.lines.slice(2, 5)).toEqual([
      '3 < 2 MapStateStarted',
      '4 < 3 MapStateSucceeded',
      '5 < 3 MapStateExited All',
    ]);
    expect(execution.output).toEqual([]);
  });

  test('select from the state’s input and from the context, which states inside see too', () => {
    const inside = {
      StartAt: 'Each',
      States: { Each: { Type: 'Pass', Parameters: { 'got.$': '$', 'item.$': '$$.Map.Item' }, End: true } },
    };
    const fields = {
      InputPath: '$.order',
      ItemsPath: '$.lines',
      ItemSelector: { 'index.$': '$$.Map.Item.Index', 'line.$': '$$.Map.Item.Value', 'customer.$': '$.customer' },
      ResultPath: '$.done',
    };
    const input = { order: { customer: 'c', lines: ['x', 'y'] } };
    const execution = TestExecution.start(map(inside, fields), input);
    expect(execution.output).toEqual({
      ...input,
      done: [
        { got: { index: 0, line: 'x', customer: 'c' }, item: { Index: 0, Value: 'x' } },
        { got: { index: 1, line: 'y', customer: 'c' }, item: { Index: 1, Value: 'y' } },
      ],
    });
  });

  test('inside iterations have the items of the inner Map', () => {
    const inner = { Type: 'Map', ItemProcessor: pass, ItemSelector: { 'v.$': '$$.Map.Item.Value' }, End: true };
    const execution = TestExecution.start(map({ StartAt: 'In', States: { In: inner } }), [[1, 2], [3]], {
      reload: true,
    });
    expect(execution.output).toEqual([[{ v: 1 }, { v: 2 }], [{ v: 3 }]]);
  });
});

describe('the cost of a finished iteration', () => {
  test('is its own record and a small one of its parent, whatever the input weighs', () => {
    const input = { ballast: 'x'.repeat(100_000), items: count(100) };
    const execution = TestExecution.start(map(task, { ItemsPath: '$.items' }), input, { reload: true });
    const { taskId } = execution.task('Each');
    const answer = execution.send({ type: 'TaskResult', taskId, result: { ok: true, output: 'ok' } });
    // The finished one, its parent, and the one that took its place.
    expect([...answer.changes.written].sort()).toEqual(['0', '0.0', `0.${INLINE_MAP_CONCURRENCY}`]);
    const written = [...answer.changes.written].reduce((sum, id) => sum + (execution.records.get(id)?.length ?? 0), 0);
    expect(written).toBeLessThan(2_500);
  });

  test('the join deletes the records of all of them', () => {
    const execution = TestExecution.start(map(task), count(3));
    for (const pending of execution.tasks) {
      execution.send({ type: 'TaskResult', taskId: pending.taskId, result: { ok: true, output: 1 } });
    }
    expect(execution.records.size).toBe(0);
    expect([...(execution.last?.changes.deleted ?? [])].sort()).toEqual(['0', '0.0', '0.1', '0.2', '0.items']);
  });
});

describe('a failed iteration', () => {
  test('fails the state past its own leaf; the others are aborted', () => {
    const execution = TestExecution.start(map(task), ['a', 'b']);
    execution.fail('Each', 'Torn', 'paper');
    expect(execution.lines.slice(-6)).toEqual([
      '12 < 8 TaskFailed',
      '13 < 12 MapIterationFailed All[0]',
      '14 < 11 TaskStateAborted',
      '15 < 11 MapIterationAborted All[1]',
      '16 < 12 MapStateFailed',
      '17 < 16 ExecutionFailed',
    ]);
    expect(execution.end).toMatchObject({ error: 'Torn', cause: 'paper' });
  });

  test('can be retried: the Map starts again without a second Entered event', () => {
    const retry = { Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1, MaxAttempts: 1 }] };
    const execution = TestExecution.start(map(task, { MaxConcurrency: 1, ...retry }), ['a'], { reload: true });
    execution.fail('Each', 'Torn');
    expect(execution.records.has('0.items')).toBe(false);
    execution.wait(1_000);
    expect(execution.lines.slice(-7)).toEqual([
      '8 < 7 TaskFailed',
      '9 < 8 MapIterationFailed All[0]',
      '10 < 8 MapStateStarted',
      '11 < 10 MapIterationStarted All[0]',
      '12 < 11 TaskStateEntered Each',
      '13 < 12 TaskScheduled',
      '14 < 13 TaskStarted',
    ]);
    execution.succeed('Each', 'ok');
    expect(execution.output).toEqual(['ok']);
  });

  test('can be caught, and its parent’s own input is there again', () => {
    const catcher = { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.why', Next: 'Done' }] };
    const execution = TestExecution.start(map(task, { ItemsPath: '$.l', ...catcher }), { l: [1, 2] }, { reload: true });
    execution.fail('Each', 'Torn');
    expect(execution.output).toEqual({ l: [1, 2], why: { Error: 'Torn', Cause: null } });
  });
});

describe('fields', () => {
  test.each([
    ['NoNumber', 'The MaxConcurrencyPath field refers to value "NoNumber" which is not a valid integer: $.max'],
    [{}, 'The MaxConcurrencyPath field refers to value "{}" which is not a valid integer: $.max'],
    [1.5, 'The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $.max'],
    [-1, 'MaxConcurrency cannot be negative.'],
  ])('%j is no concurrency', (max, cause) => {
    const execution = TestExecution.start(map(pass, { ItemsPath: '$.l', MaxConcurrencyPath: '$.max' }), {
      l: [1],
      max,
    });
    expect(execution.lines.slice(2)).toEqual(['3 < 2 ExecutionFailed']);
    expect(execution.end).toMatchObject({
      error: 'States.Runtime',
      cause: `An error occurred while executing the state 'All' (entered at the event id #2). ${cause}`,
    });
  });

  test('a text that is an integer is one', () => {
    const execution = TestExecution.start(map(task, { ItemsPath: '$.l', MaxConcurrencyPath: '$.max' }), {
      l: [1, 2],
      max: '1',
    });
    expect(execution.tasks).toHaveLength(1);
  });

  test.each([[{ a: 1 }], [1], [true], ['text'], [null]])('items must be an array, not %j', (value) => {
    const causeOf = (fields: object, input: Json): string | undefined =>
      TestExecution.start(map(pass, fields), input).end?.cause;
    expect(causeOf({ ItemsPath: '$.l' }, { l: value })).toContain('Reference path "$.l" must point to array.');
    expect(causeOf({}, value)).toContain('Reference path "$" must point to array.');
    expect(causeOf({ ItemsPath: '$$.Execution.Input' }, value)).toContain(
      'Reference path "$.Execution.Input" must point to array.',
    );
  });

  test('an item that cannot be selected ends the execution, later ones too', () => {
    const fields = { MaxConcurrency: 1, ItemSelector: { 'v.$': '$$.Map.Item.Value.v' } };
    const execution = TestExecution.start(map(task, fields), [{ v: 1 }, {}]);
    execution.succeed('Each', 1);
    expect(execution.end).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  test('results that are too large together fail the state, which can catch that', () => {
    const catcher = { Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], ResultPath: null, Next: 'Done' }] };
    const execution = TestExecution.start(map(task, catcher), [1, 2], { reload: true });
    execution.succeed('Each', 'x'.repeat(200_000));
    execution.succeed('Each', 'x'.repeat(200_000));
    expect(execution.types.slice(-6, -3)).toEqual(['MapIterationSucceeded', 'MapStateFailed', 'MapStateExited']);
    expect(execution.output).toEqual([1, 2]);
  });
});
