import { describe, expect, it } from 'vitest';
import { invariant } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { SingleStep, type SingleStepOptions } from './single-step.ts';
import { parseSingleState } from './syntax/parse.ts';
import { START_TIME, testFacts } from './testing/test-execution.ts';

const INPUT = { list: [1, 2, 3], name: 'Ada' };
const OK = (output: Json) => ({ ok: true, output }) as const;
const FUNCTION = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true };
const MAP = { Type: 'Map', End: true, ItemProcessor: { StartAt: 'A', States: { A: { Type: 'Succeed' } } } };
const DISTRIBUTED = {
  ...MAP,
  ItemProcessor: { ...MAP.ItemProcessor, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
};

function step(definition: object, options: Partial<SingleStepOptions> = {}): SingleStep {
  const { state, diagnostics } = parseSingleState(JSON.stringify(definition), { type: 'STANDARD' });
  invariant(state !== null, JSON.stringify(diagnostics));
  return new SingleStep({ state, facts: testFacts(INPUT), input: INPUT, ...options });
}

const stagesOf = ({ inspection }: SingleStep): JsonObject => Object.fromEntries(inspection.stages);

describe('a state by itself', () => {
  it('tells what each stage of its pipeline came to', () => {
    const pass = step({
      ...{ Type: 'Pass', InputPath: '$.list', Parameters: { 'first.$': '$[0]' } },
      ...{ ResultPath: '$.at', OutputPath: '$.at', Next: 'Elsewhere' },
    });
    expect(pass.waiting).toBeNull();
    expect(stagesOf(pass)).toEqual({
      afterInputPath: [1, 2, 3],
      afterParameters: { first: 1 },
      afterResultSelector: { first: 1 },
      afterResultPath: { ...INPUT, at: { first: 1 } },
    });
    expect(pass.inspection.exit).toEqual({ output: { first: 1 }, next: 'Elsewhere' });
  });

  it('has a literal Result without a way in, and in JSONata no stages', () => {
    expect(stagesOf(step({ Type: 'Pass', Result: 7, End: true }))).toEqual({
      ...{ result: 7, afterResultSelector: 7, afterResultPath: 7 },
    });
    const jsonata = step({ Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.name %}', End: true });
    expect(stagesOf(jsonata)).toEqual({});
    expect(jsonata.inspection.exit).toEqual({ output: 'Ada', next: null });
  });

  it('reads variables and a context object that it is given, and tells the variables it leaves with', () => {
    const pass = step(
      { Type: 'Pass', Parameters: { 'v.$': '$v', 'c.$': '$$.Any' }, Assign: { w: 2 }, End: true },
      { variables: { v: 1 }, context: { Any: 'thing' } },
    );
    expect(pass.inspection.exit?.output).toEqual({ v: 1, c: 'thing' });
    expect(pass.inspection.variables).toEqual({ v: 1, w: 2 });
  });

  it('waits for the answer of its task', () => {
    const task = step({ ...FUNCTION, Parameters: { 'FunctionName.$': '$.name' }, ResultSelector: { 'r.$': '$' } });
    expect(task.waiting).toMatchObject({ kind: 'task', task: { parameters: { FunctionName: 'Ada' } } });
    task.answer(OK('done'), START_TIME + 5);
    expect(task.waiting).toBeNull();
    expect(stagesOf(task)).toMatchObject({ result: 'done', afterResultSelector: { r: 'done' } });
    expect(task.inspection.exit?.output).toEqual({ r: 'done' });
  });

  it('waits for a moment, and goes on after it', () => {
    const wait = step({ Type: 'Wait', Seconds: 5, Next: 'B' });
    expect(wait.waiting).toEqual({ kind: 'timer', until: START_TIME + 5_000 });
    wait.wake(START_TIME + 5_000);
    expect(wait.inspection.exit).toEqual({ output: INPUT, next: 'B' });
  });

  it('says why it failed, without a place in a history', () => {
    const failed = step({ ...MAP, ItemsPath: '$.name' });
    expect(failed.inspection.failure).toEqual({
      error: 'States.Runtime',
      cause: 'Reference path "$.name" must point to array.',
    });
    expect(stagesOf(failed)).toEqual({ afterInputPath: INPUT });
  });
});

describe('an error in a state by itself', () => {
  const Retry = [
    { ErrorEquals: ['Other'], MaxAttempts: 1 },
    { ErrorEquals: ['Busy'], IntervalSeconds: 3, MaxAttempts: 2, BackoffRate: 2, JitterStrategy: 'FULL' },
  ];
  const Catch = [{ ErrorEquals: ['Busy'], Next: 'Caught', ResultPath: '$.error' }];
  const busy = { ok: false, error: 'Busy', cause: 'later' } as const;

  it('is told to be tried again, after a time without jitter', () => {
    const task = step({ ...FUNCTION, Retry, Catch }, { retryCount: 1 });
    task.answer(busy, START_TIME);
    const { retry, catchIndex, exit, failure } = task.inspection;
    expect({ retry, catchIndex, exit }).toEqual({ retry: { index: 1, delayMs: 6_000 }, catchIndex: null, exit: null });
    expect(failure).toMatchObject({ error: 'Busy', cause: 'later' });
    expect(task.waiting).toBeNull();
  });

  it('is caught once the retries are used up', () => {
    const task = step({ ...FUNCTION, Retry, Catch }, { retryCount: 2 });
    task.answer(busy, START_TIME);
    expect(task.inspection).toMatchObject({
      retry: { index: 1, delayMs: null },
      catchIndex: 0,
      exit: { output: { ...INPUT, error: { Error: 'Busy', Cause: 'later' } }, next: 'Caught' },
    });
  });
});

describe('a Map or Parallel by itself', () => {
  it('runs none of its iterations, but makes all their inputs', () => {
    const map = step({ ...MAP, ItemsPath: '$.list', ItemSelector: { 'n.$': '$$.Map.Item.Value' }, MaxConcurrency: 1 });
    expect(map.waiting).toEqual({ kind: 'children' });
    expect(stagesOf(map)).toMatchObject({
      afterItemsPath: [1, 2, 3],
      afterItemSelector: [{ n: 1 }, { n: 2 }, { n: 3 }],
    });
    expect(map.inspection.map).toMatchObject({ itemCount: 3, maxConcurrency: 1, toleratedFailureCount: null });
    map.answer(OK(['a', 'b', 'c']), START_TIME);
    expect(map.inspection.exit?.output).toEqual(['a', 'b', 'c']);
  });

  it('takes a Distributed Map’s items from what its reader found, and batches them', () => {
    const ItemReader = {
      Resource: 'arn:aws:states:::s3:getObject',
      Parameters: { Bucket: 'b', Key: 'k' },
      ReaderConfig: { InputType: 'JSON', ItemsPointer: '/rows/all' },
    };
    const ItemBatcher = { MaxItemsPerBatch: 2, BatchInput: { 'by.$': '$.name' } };
    const map = step(
      { ...DISTRIBUTED, ItemReader, ItemBatcher, ToleratedFailurePercentage: 10 },
      { readerData: '{"rows":{"all":[{"a":1},{"a":2},{"a":3}]}}' },
    );
    expect(stagesOf(map)).toEqual({
      afterInputPath: INPUT,
      afterItemsPointer: [{ a: 1 }, { a: 2 }, { a: 3 }],
      afterItemBatcher: [
        { BatchInput: { by: 'Ada' }, Items: [{ a: 1 }, { a: 2 }] },
        { BatchInput: { by: 'Ada' }, Items: [{ a: 3 }] },
      ],
    });
    expect(map.inspection.map).toMatchObject({ itemCount: 3, toleratedFailurePercentage: 10 });
  });

  it.each([
    [
      'CSV',
      { CSVHeaderLocation: 'FIRST_ROW' },
      'id,text\r\n1,"a ""b"", c"\n\n2,\n',
      [
        { id: '1', text: 'a "b", c' },
        { id: '2', text: '' },
      ],
    ],
    [
      'CSV',
      { CSVHeaderLocation: 'GIVEN', CSVHeaders: ['x'], CSVDelimiter: 'PIPE' },
      '1|2\n3',
      [{ x: '1' }, { x: '3' }],
    ],
    ['JSONL', { MaxItems: 1 }, '{"a":1}\n\n{"a":2}\n', [{ a: 1 }]],
    ['JSON', { ItemsPointer: '/of' }, '{"of":{"k":1}}', [{ Key: 'k', Value: 1 }]],
  ])('reads %s %j', (InputType, config, readerData, items) => {
    const ItemReader = { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig: { InputType, ...config } };
    const map = step({ ...DISTRIBUTED, ItemReader, ItemSelector: { 'i.$': '$$.Map.Item.Value' } }, { readerData });
    expect(stagesOf(map)['afterItemSelector']).toEqual(items.map((i) => ({ i })));
  });

  it('fails with States.ItemReaderFailed where the data is none', () => {
    const ItemReader = { Resource: 'arn:aws:states:::s3:getObject', ReaderConfig: { InputType: 'JSON' } };
    const map = step({ ...DISTRIBUTED, ItemReader }, { readerData: '7' });
    expect(map.inspection.failure?.error).toBe('States.ItemReaderFailed');
  });

  it('is a Parallel’s way out with the branches’ results', () => {
    const branch = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
    const parallel = step({
      Type: 'Parallel',
      Branches: [branch, { ...branch, StartAt: 'B', States: { B: { Type: 'Succeed' } } }],
      ResultPath: '$.r',
      End: true,
    });
    parallel.answer(OK([1, 2]), START_TIME);
    expect(stagesOf(parallel)).toEqual({ afterResultSelector: [1, 2], afterResultPath: { ...INPUT, r: [1, 2] } });
  });
});
