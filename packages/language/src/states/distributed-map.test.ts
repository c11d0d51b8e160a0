import { describe, expect, test } from 'vitest';
import { MapRunWork, plannedItem } from '../map-run/map-run-work.ts';
import { type MapRunPlan, loadMapRunPlan, saveMapRunPlan } from '../map-run/map-run-plan.ts';
import type { Json } from '../json.ts';
import { TestExecution } from '../testing/test-execution.ts';

const pass = { StartAt: 'Each', States: { Each: { Type: 'Pass', End: true } } };
const CONFIG = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };

const map = (fields: object = {}, before: object = {}) => ({
  StartAt: 'First' in before ? 'First' : 'All',
  States: {
    ...before,
    All: { Type: 'Map', ItemProcessor: { ...pass, ProcessorConfig: CONFIG }, End: true, ...fields },
  },
});

const FIRST = { First: { Type: 'Pass', Next: 'All' } };

function begun(definition: object, input: Json, reload = true) {
  const execution = TestExecution.start(definition, input, { reload });
  const command = execution.last?.commands.find(({ type }) => type === 'StartMapRun');
  if (command?.type !== 'StartMapRun') throw new Error('no Map Run has begun');
  return { execution, command, plan: loadMapRunPlan(saveMapRunPlan(command.plan)) };
}

const workOf = (execution: TestExecution, plan: MapRunPlan): MapRunWork =>
  new MapRunWork(execution.machine, execution.state.facts, plan);

describe('a Distributed Map', () => {
  test('begins a Map Run and waits for its end; its ids are a function of the execution and the event', () => {
    const { execution, command } = begun(map(), [1, 2]);
    expect(execution.lines.slice(1)).toEqual([
      '2 < 0 MapStateEntered All',
      '3 < 2 MapStateStarted',
      '4 < 3 MapRunStarted',
    ]);
    expect(execution.history[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(command.taskId).toBe(4);
    expect(command.mapRunArn).toMatch(/:mapRun:[^:/]+\/[0-9a-f-]{36}:[0-9a-f-]{36}$/);
    expect(begun(map(), [1, 2], false).command.mapRunId).toBe(command.mapRunId);
    execution.send({ type: 'MapRunEnded', taskId: 3, result: { ok: true, output: 'of something else' } });
    expect(execution.status).toBe('RUNNING');
    execution.send({ type: 'MapRunEnded', taskId: 4, result: { ok: true, output: [1, 2] } });
    expect(execution.output).toEqual([1, 2]);
    expect(execution.lines.slice(4)).toEqual([
      '5 < 4 MapRunSucceeded',
      '6 < 5 MapStateSucceeded',
      '7 < 5 MapStateExited All',
      '8 < 7 ExecutionSucceeded',
    ]);
  });

  test('that is not the first state is left past MapRunSucceeded', () => {
    const { execution, command } = begun(map({}, FIRST), [1]);
    execution.send({ type: 'MapRunEnded', taskId: command.taskId, result: { ok: true, output: [1] } });
    expect(execution.lines.slice(-4)).toEqual([
      '7 < 6 MapRunSucceeded',
      '8 < 7 MapStateSucceeded',
      '9 < 6 MapStateExited All',
      '10 < 9 ExecutionSucceeded',
    ]);
  });

  test('fails with its Map Run, which Retry begins anew and Catch takes', () => {
    const handling = {
      Retry: [{ ErrorEquals: ['States.ItemReaderFailed'], MaxAttempts: 1, IntervalSeconds: 1 }],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
    };
    const definition = map(handling, { Caught: { Type: 'Pass', End: true } });
    const { execution, command } = begun(definition, [1]);
    const result = { ok: false, error: 'States.ItemReaderFailed', cause: 'gone' } as const;
    execution.send({ type: 'MapRunEnded', taskId: command.taskId, result });
    expect(execution.lines.at(-1)).toBe('5 < 4 MapRunFailed');
    execution.wait(1_000);
    const again = execution.last?.commands[0];
    expect(again).toMatchObject({ type: 'StartMapRun', taskId: 7 });
    expect(again?.type === 'StartMapRun' && again.mapRunId).not.toBe(command.mapRunId);
    execution.send({ type: 'MapRunEnded', taskId: 7, result });
    expect(execution.types.slice(7, 10)).toEqual(['MapRunFailed', 'MapStateFailed', 'MapStateExited']);
    expect(execution.output).toEqual({ Error: 'States.ItemReaderFailed', Cause: 'gone' });
  });

  test('is stopped with a failing sibling, and with its execution', () => {
    const branches = [map(), { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'E' } } }];
    const both = { StartAt: 'P', States: { P: { Type: 'Parallel', Branches: branches, End: true } } };
    const failed = TestExecution.start(both, [1]);
    expect(failed.last?.commands.map(({ type }) => type)).toEqual(['StartMapRun', 'StopMapRun', 'EndExecution']);
    expect(failed.types).toContain('MapRunAborted');
    const { execution, command } = begun(map(), [1]);
    execution.send({ type: 'Stop' });
    expect(execution.last?.commands[0]).toEqual({ type: 'StopMapRun', mapRunId: command.mapRunId });
  });

  test('goes on with a redrive, under a new task', () => {
    const { execution, command } = begun(map(), [1]);
    execution.send({ type: 'MapRunEnded', taskId: 4, result: { ok: false, error: 'E', cause: 'c' } });
    expect(execution.status).toBe('FAILED');
    execution.send({ type: 'Redrive', redriveCount: 1 });
    expect(execution.lines.slice(-2)).toEqual(['8 < 7 ExecutionRedriven', '9 < 8 MapRunRedriven']);
    expect(execution.last?.commands).toEqual([
      {
        ...{ type: 'RedriveMapRun', taskId: 9, redriveCount: 1 },
        ...{ mapRunId: command.mapRunId, mapRunArn: command.mapRunArn },
      },
    ]);
    execution.send({ type: 'MapRunEnded', taskId: 4, result: { ok: true, output: 'late' } });
    expect(execution.status).toBe('RUNNING');
    execution.send({ type: 'MapRunEnded', taskId: 9, result: { ok: true, output: [1] } });
    expect(execution.commands.at(-1)).toMatchObject({ type: 'EndExecution', status: 'SUCCEEDED', output: '[1]' });
  });

  test('has its tolerances looked at once it has started', () => {
    const execution = TestExecution.start(map({ ItemsPath: '$.l', ToleratedFailureCountPath: '$.n' }), {
      l: [1],
      n: -1,
    });
    expect(execution.lines.slice(2)).toEqual(['3 < 2 MapStateStarted', '4 < 3 ExecutionFailed']);
  });
});

describe('the work of a Map Run', () => {
  test('selects from the item, its place, the state’s input and variables', () => {
    const before = { First: { Type: 'Pass', Assign: { v: 7 }, Next: 'All' } };
    const selector = {
      'v.$': '$v',
      'i.$': '$$.Map.Item.Index',
      'x.$': '$$.Map.Item.Value',
      'all.$': '$.l',
      'n.$': '$$.State.Name',
    };
    const { execution, plan } = begun(map({ ItemsPath: '$.l', ItemSelector: selector }, before), { l: ['a', 'b'] });
    const work = workOf(execution, plan);
    expect(JSON.parse(work.inputText(1, plannedItem(plan, 1), undefined))).toEqual({
      ...{ v: 7, i: 1, x: 'b', all: ['a', 'b'], n: 'All' },
    });
  });

  test('has other random values for each item, and the same whenever it looks again', () => {
    const { execution, plan } = begun(map({ ItemSelector: { 'id.$': 'States.UUID()' } }), [1, 2]);
    const work = workOf(execution, plan);
    const [first, second] = [work.inputText(0, '1', undefined), work.inputText(1, '2', undefined)];
    expect(first).not.toBe(second);
    expect(workOf(execution, plan).inputText(0, '1', undefined)).toBe(first);
  });

  test('runs over the members of an object', () => {
    const fields = { QueryLanguage: 'JSONata', Items: '{% $states.input %}' };
    const { execution, plan } = begun(map(fields), { a: 1, b: 2 });
    expect([0, 1].map((index) => plannedItem(plan, index))).toEqual(['{"Key":"a","Value":1}', '{"Key":"b","Value":2}']);
    expect(workOf(execution, plan).inputText(1, plannedItem(plan, 1), undefined)).toBe('{"Key":"b","Value":2}');
  });

  test('evaluates the reader and the writer as they were seen when it began', () => {
    const fields = {
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        Parameters: { 'Bucket.$': '$.b', Key: 'k' },
        ReaderConfig: { InputType: 'JSON', MaxItemsPath: '$.m' },
      },
      ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Parameters: { 'Bucket.$': '$.b' } },
    };
    const { execution, plan } = begun(map(fields), { b: 'bucket', m: '3' });
    const work = workOf(execution, plan);
    expect(plan.items).toBeNull();
    expect(work.reader()).toEqual({
      resource: 'arn:aws:states:::s3:getObject',
      parameters: { Bucket: 'bucket', Key: 'k' },
      config: { InputType: 'JSON', MaxItems: 3 },
    });
    expect(work.writer()).toEqual({
      ...{ resource: 'arn:aws:states:::s3:putObject', parameters: { Bucket: 'bucket' }, config: null },
    });
  });

  test('batches by number and by size', () => {
    const { execution, plan } = begun(map({ ItemBatcher: { MaxItemsPerBatch: 2, MaxInputBytesPerBatch: 30 } }), []);
    const batches = workOf(execution, plan).batches();
    expect(['a', 'b', 'c'.repeat(15), 'd'].map((item) => batches?.add(item)?.count ?? null)).toEqual([
      null,
      2,
      null,
      1,
    ]);
    expect(batches?.flush()).toEqual({ input: { Items: ['d'] }, count: 1 });
    expect(batches?.flush()).toBeNull();
  });
});
