import { describe, expect, it } from 'vitest';
import { definitionError } from './diagnostics.ts';
import { parseStateMachine } from './parse.ts';
import type { State } from './state-machine.ts';

const SCHEMA = 'SCHEMA_VALIDATION_FAILED';
const GRAPH = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };
const DISTRIBUTED = { ...GRAPH, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };

function parse(
  fields: Record<string, unknown>,
  type: 'STANDARD' | 'EXPRESS' = 'STANDARD',
): { readonly findings: readonly string[]; readonly state: State | undefined } {
  const definition = { StartAt: 'S', States: { S: { Type: 'Map', End: true, ...fields } } };
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type });
  return {
    findings: diagnostics.map(({ code, message, location }) => `${code}: ${message} at ${location ?? 'null'}`),
    state: machine?.states.get('S'),
  };
}

describe('a Map', () => {
  it('is inline unless it says otherwise', () => {
    const { findings, state } = parse({ ItemProcessor: GRAPH, MaxConcurrency: 2, ItemsPath: '$.items' });
    expect(findings).toEqual([]);
    expect(state).toMatchObject({
      type: 'Map',
      mode: 'INLINE',
      label: null,
      executionType: 'STANDARD',
      itemReader: null,
      resultWriter: null,
      items: { text: '$.items' },
      maxConcurrency: { text: '2' },
    });
    expect(state?.type === 'Map' ? [...state.processor.states.keys()] : null).toEqual(['I']);
    expect(parse({ Iterator: GRAPH }).state).toMatchObject({
      mode: 'INLINE',
      items: { text: '$' },
      itemSelector: null,
      maxConcurrency: null,
    });
  });

  it('takes ItemSelector or the older Parameters', () => {
    expect(parse({ ItemProcessor: GRAPH, ItemSelector: { 'x.$': '$$.Map.Item.Value' } }).state).toMatchObject({
      itemSelector: {},
      parameters: null,
    });
    expect(parse({ Iterator: GRAPH, Parameters: { 'x.$': '$$.Map.Item.Value' } }).state).toMatchObject({
      itemSelector: {},
      parameters: null,
    });
    expect(parse({ Iterator: GRAPH, ItemSelector: {}, Parameters: {} }).findings).toEqual([
      `${SCHEMA}: There should only be one of the following fields: [ItemSelector, Parameters] at /States/S`,
    ]);
  });

  it.each([
    [{}, `${SCHEMA}: This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/S`],
    [{ ItemProcessor: [] }, `${SCHEMA}: Expected value of type Object at /States/S/ItemProcessor`],
    [{ ItemProcessor: {} }, `${SCHEMA}: These fields are required: [States, StartAt] at /States/S/ItemProcessor`],
    [
      { ItemProcessor: { ...GRAPH, QueryLanguage: 'JSONata' } },
      `${SCHEMA}: Field 'QueryLanguage' is not supported at /States/S/ItemProcessor`,
    ],
    [{ ItemProcessor: GRAPH, MaxConcurrency: -1 }, `${SCHEMA}: Minimum value is 0 at /States/S/MaxConcurrency`],
    [
      { ItemProcessor: GRAPH, MaxConcurrency: 1, MaxConcurrencyPath: '$.c' },
      `${SCHEMA}: There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/S`,
    ],
    [{ ItemProcessor: GRAPH, ItemsPath: 'items' }, `${SCHEMA}: Value must be a valid JSONPath. at /States/S/ItemsPath`],
    [
      { ItemProcessor: GRAPH, ToleratedFailurePercentage: 101 },
      `${SCHEMA}: Maximum value is 100.0 at /States/S/ToleratedFailurePercentage`,
    ],
    [
      { ItemProcessor: GRAPH, ToleratedFailureCount: -1 },
      `${SCHEMA}: Minimum value is 0 at /States/S/ToleratedFailureCount`,
    ],
    [{ ItemProcessor: GRAPH, Label: 'x' }, `${SCHEMA}: Field 'Label' is not supported at /States/S`],
    [
      { ItemProcessor: { ...GRAPH, ProcessorConfig: { Mode: 'BOTH' } } },
      `${SCHEMA}: Value should be one of the following: [INLINE, DISTRIBUTED] at /States/S/ItemProcessor/ProcessorConfig/Mode`,
    ],
    [
      { ItemProcessor: { ...GRAPH, ProcessorConfig: { Mode: 'INLINE', ExecutionType: 'STANDARD' } } },
      `${SCHEMA}: Field 'ExecutionType' is not supported at /States/S/ItemProcessor/ProcessorConfig`,
    ],
    [
      { ItemProcessor: { ...GRAPH, ProcessorConfig: { Mode: 'DISTRIBUTED' } } },
      `${SCHEMA}: These fields are required: [ExecutionType] at /States/S/ItemProcessor/ProcessorConfig`,
    ],
  ])('is refused: %j', (fields, finding) => {
    expect(parse(fields).findings).toEqual([finding]);
  });
});

describe('a Distributed Map', () => {
  const reader = (config: unknown): Record<string, unknown> => ({
    ItemProcessor: DISTRIBUTED,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: config,
      Parameters: { Bucket: 'b', 'Key.$': '$.key' },
    },
  });

  it('has its own fields', () => {
    const own = {
      ...reader({
        InputType: 'CSV',
        CSVHeaderLocation: 'GIVEN',
        CSVHeaders: ['a'],
        CSVDelimiter: 'TAB',
        MaxItemsPath: '$.max',
      }),
      ItemBatcher: { MaxItemsPerBatch: 10, MaxInputBytesPerBatchPath: '$.bytes', BatchInput: { x: 1 } },
      ResultWriter: {
        Resource: 'arn:aws:states:::s3:putObject',
        Parameters: { Bucket: 'b' },
        WriterConfig: { OutputType: 'JSONL', Transformation: 'FLATTEN' },
      },
      ToleratedFailurePercentage: 12.5,
      Label: 'rows',
    };
    const { findings, state } = parse(own);
    expect(findings).toEqual([]);
    expect(state).toMatchObject({
      mode: 'DISTRIBUTED',
      label: 'rows',
      executionType: DISTRIBUTED.ProcessorConfig.ExecutionType,
      itemReader: {
        resource: 'arn:aws:states:::s3:getObject',
        config: { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['a'], CSVDelimiter: 'TAB' },
        maxItems: { text: '$.max' },
      },
      itemBatcher: { maxItemsPerBatch: { text: '10' } },
      resultWriter: {
        resource: 'arn:aws:states:::s3:putObject',
        config: { OutputType: 'JSONL', Transformation: 'FLATTEN' },
      },
      toleratedFailurePercentage: { text: '12.5' },
    });
  });

  it('refuses in Express children what Express workflows refuse', () => {
    const task = { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true };
    const processor = (ExecutionType: string): object => ({
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType },
      ...{ StartAt: 'T', States: { T: task } },
    });
    expect(parse({ ItemProcessor: processor('STANDARD') }).findings).toEqual([]);
    expect(parse({ ItemProcessor: processor('EXPRESS') }).findings).toEqual([
      `${SCHEMA}: Express state machine does not support '.waitForTaskToken' service integration  at /States/S/ItemProcessor/States/T/Resource`,
    ]);
  });

  it('is not for Express workflows', () => {
    expect(parse({ ItemProcessor: DISTRIBUTED }, 'EXPRESS').findings).toEqual([
      `${SCHEMA}: The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines at /States/S/ItemProcessor/ProcessorConfig/Mode`,
    ]);
  });

  it.each([
    [
      reader({ InputType: 'CSV' }),
      [`${SCHEMA}: These fields are required: [CSVHeaderLocation] at /States/S/ItemReader/ReaderConfig`],
    ],
    [
      reader({ InputType: 'JSON', CSVHeaderLocation: 'FIRST_ROW' }),
      [`${SCHEMA}: Field 'CSVHeaderLocation' is not supported at /States/S/ItemReader/ReaderConfig`],
    ],
    [
      reader({ CSVHeaderLocation: 'GIVEN' }),
      [`${SCHEMA}: These fields are required: [CSVHeaders] at /States/S/ItemReader/ReaderConfig`],
    ],
    [
      reader({ InputType: 'XML' }),
      [
        `${SCHEMA}: Value should be one of the following: [CSV, JSON, JSONL, PARQUET, MANIFEST] at /States/S/ItemReader/ReaderConfig/InputType`,
      ],
    ],
    [
      reader({ MaxItems: 100_000_001 }),
      [`${SCHEMA}: Maximum value is 100000000 at /States/S/ItemReader/ReaderConfig/MaxItems`],
    ],
    [
      reader({ MaxItems: 1, MaxItemsPath: '$.m' }),
      [
        `${SCHEMA}: There should only be one of the following fields: [MaxItems, MaxItemsPath] at /States/S/ItemReader/ReaderConfig`,
      ],
    ],
    [
      { ItemProcessor: DISTRIBUTED, ItemReader: { Resource: 'arn:aws:states:::s3:putObject' } },
      [`${SCHEMA}: The field 'Resource' does not match any of the allowed values at /States/S/ItemReader/Resource`],
    ],
    [
      { ItemProcessor: DISTRIBUTED, ItemReader: {} },
      [`${SCHEMA}: These fields are required: [Resource] at /States/S/ItemReader`],
    ],
    [
      { ItemProcessor: DISTRIBUTED, ItemBatcher: { MaxItemsPerBatch: -1, Extra: 1 } },
      [
        `${SCHEMA}: Field 'Extra' is not supported at /States/S/ItemBatcher`,
        `${SCHEMA}: Minimum value is 0 at /States/S/ItemBatcher/MaxItemsPerBatch`,
      ],
    ],
    [
      { ItemProcessor: DISTRIBUTED, ResultWriter: { WriterConfig: { OutputType: 'CSV' } } },
      [
        `${SCHEMA}: Value should be one of the following: [JSON, JSONL] at /States/S/ResultWriter/WriterConfig/OutputType`,
      ],
    ],
  ])('is refused: %j', (fields, findings) => {
    expect(parse(fields).findings).toEqual(findings);
  });

  it.each([
    ['', 'Label cannot be empty'],
    ['a b', "Label contains invalid character: ' '"],
    ['a*', "Label contains invalid character: '*'"],
    ['a\\', "Label contains invalid character: '\\\\'"],
    ['a\t', "Label contains invalid character: '\\t'"],
    ['a\u0092', "Label contains invalid character: '\\x92'"],
    ['x'.repeat(41), 'Label cannot exceed 40 characters'],
  ])('has a label that can stand in an ARN: %j', (label, message) => {
    expect(parse({ ItemProcessor: DISTRIBUTED, Label: label }).findings).toEqual([
      `INVALID_LABEL_NAME: ${message} at /States/S/Label`,
    ]);
  });

  it('says what is wrong with its label as it was recorded', () => {
    const text = JSON.stringify({
      StartAt: 'S',
      States: { S: { Type: 'Map', ItemProcessor: DISTRIBUTED, Label: 'a\u0092', End: true } },
    });
    expect(definitionError(parseStateMachine(text, { type: 'STANDARD' }).diagnostics, text)).toBe(
      `Error=ValueError Args=["Label contains invalid character: '\\\\x92'"] in definition '${text}'.`,
    );
  });

  it('shares its label with no other', () => {
    const map = (item: string): unknown => ({
      Type: 'Map',
      Label: 'same',
      ItemProcessor: { ...DISTRIBUTED, StartAt: item, States: { [item]: { Type: 'Succeed' } } },
    });
    const text = JSON.stringify({
      StartAt: 'A',
      States: { A: { ...Object(map('X')), Next: 'B' }, B: { ...Object(map('Y')), End: true } },
    });
    expect(parseStateMachine(text, { type: 'STANDARD' }).diagnostics).toEqual([
      {
        severity: 'ERROR',
        code: 'DUPLICATE_LABEL_NAME',
        message: 'Duplicate Label name: same',
        location: '/States/B/Label',
      },
    ]);
  });
});

describe('a Parallel', () => {
  const parallel = (fields: Record<string, unknown>): readonly string[] =>
    parse({ Type: 'Parallel', ...fields }).findings;

  it('runs its branches', () => {
    const { state } = parse({ Type: 'Parallel', Branches: [{ ...GRAPH, Comment: 'one' }] });
    expect(state?.type === 'Parallel' ? state.branches.map(({ startAt }) => startAt) : null).toEqual(['I']);
  });

  it.each([
    [{}, [`${SCHEMA}: These fields are required: [Branches] at /States/S`]],
    [{ Branches: [] }, [`${SCHEMA}: Value cannot be empty at /States/S/Branches`]],
    [{ Branches: GRAPH }, [`${SCHEMA}: Expected value of type Array at /States/S/Branches`]],
    [
      { Branches: [7, { States: GRAPH.States }] },
      [
        `${SCHEMA}: Expected value of type Object at /States/S/Branches[0]`,
        `${SCHEMA}: These fields are required: [StartAt] at /States/S/Branches[1]`,
      ],
    ],
    [
      { Branches: [{ ...GRAPH, TimeoutSeconds: 1 }] },
      [`${SCHEMA}: Field 'TimeoutSeconds' is not supported at /States/S/Branches[0]`],
    ],
  ])('is refused: %j', (fields, findings) => {
    expect(parallel(fields)).toEqual(findings);
  });
});
