import type { JsonObject } from '../json.ts';
import { getOwn, isObject, setOwn } from '../json.ts';
import type { FieldTable, Fields } from './fields.ts';
import { readInteger, readPayload, readString } from './state-fields.ts';
import type { StateContext } from './state-fields.ts';
import type { ItemBatcher, ItemReader, MapState, ResultWriter } from './state-machine.ts';

/** The fields that only a Distributed Map may have, beside its ProcessorConfig. */
const DISTRIBUTED_ONLY_FIELDS = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'];

const PROCESSOR_CONFIG_FIELDS: FieldTable = { Mode: 'both', ExecutionType: 'both' };
const ITEM_READER_FIELDS: FieldTable = {
  Resource: 'both',
  Parameters: 'JSONPath',
  Arguments: 'JSONata',
  ReaderConfig: 'both',
};
const READER_CONFIG_FIELDS: FieldTable = {
  InputType: 'both',
  Transformation: 'both',
  ManifestType: 'both',
  CSVDelimiter: 'both',
  CSVHeaderLocation: 'both',
  CSVHeaders: 'both',
  ItemsPointer: 'both',
  MaxItems: 'both',
  MaxItemsPath: 'JSONPath',
};
const ITEM_BATCHER_FIELDS: FieldTable = {
  BatchInput: 'both',
  MaxItemsPerBatch: 'both',
  MaxItemsPerBatchPath: 'JSONPath',
  MaxInputBytesPerBatch: 'both',
  MaxInputBytesPerBatchPath: 'JSONPath',
};
const RESULT_WRITER_FIELDS: FieldTable = {
  Resource: 'both',
  Parameters: 'JSONPath',
  Arguments: 'JSONata',
  WriterConfig: 'both',
};
const WRITER_CONFIG_FIELDS: FieldTable = { Transformation: 'both', OutputType: 'both' };

const READER_RESOURCE = /^arn:[^:]+:states:[^:]*:[^:]*:s3:(?:getObject|listObjectsV2)$/;
const WRITER_RESOURCE = /^arn:[^:]+:states:[^:]*:[^:]*:s3:putObject$/;
const MAXIMUM_ITEMS = 100_000_000;
const MAXIMUM_BATCH_BYTES = 262_144;
const MAXIMUM_LABEL_LENGTH = 40;
// Space, the characters that mean something in an ARN, a path or a shell, and control characters.
const INVALID_IN_LABEL = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** Whether a Map's processor asks for the distributed mode, however it is written otherwise. */
export function isDistributed(map: Fields): boolean {
  const processor = map.get('ItemProcessor');
  const config = isObject(processor) ? getOwn(processor, 'ProcessorConfig') : undefined;
  return isObject(config) && getOwn(config, 'Mode') === 'DISTRIBUTED';
}

export type DistributedFields = Pick<
  MapState,
  'mode' | 'label' | 'executionType' | 'itemReader' | 'itemBatcher' | 'resultWriter'
>;

export const INLINE_FIELDS: DistributedFields = {
  mode: 'INLINE',
  label: null,
  executionType: 'STANDARD',
  itemReader: null,
  itemBatcher: null,
  resultWriter: null,
};

/** A Map's mode, and for a Distributed Map its own fields. */
export function readDistributed(fields: Fields, processor: Fields, context: StateContext): DistributedFields {
  const { mode, executionType } = readProcessorConfig(processor, context);
  if (mode === 'INLINE') {
    for (const name of DISTRIBUTED_ONLY_FIELDS) {
      if (fields.has(name)) fields.report(`Field '${name}' is not supported`);
    }
    return INLINE_FIELDS;
  }
  const itemReader = readItemReader(fields, context);
  const itemBatcher = readItemBatcher(fields, context);
  const resultWriter = readResultWriter(fields, context);
  return { mode, executionType, label: readLabel(fields), itemReader, itemBatcher, resultWriter };
}

function readProcessorConfig(
  processor: Fields,
  context: StateContext,
): Pick<DistributedFields, 'mode' | 'executionType'> {
  const config = processor.child('ProcessorConfig');
  if (config === null) return { mode: 'INLINE', executionType: 'STANDARD' };
  config.expectOnly(PROCESSOR_CONFIG_FIELDS, context.compiler.queryLanguage);
  const mode = config.choice('Mode', ['INLINE', 'DISTRIBUTED']) ?? 'INLINE';
  const executionType = config.choice('ExecutionType', ['STANDARD', 'EXPRESS']) ?? 'STANDARD';
  if (mode === 'DISTRIBUTED') {
    config.require('ExecutionType');
    if (config.walk.type === 'EXPRESS') {
      config.report(
        "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
        config.at('Mode'),
      );
    }
  } else if (config.has('ExecutionType') && config.has('Mode')) {
    config.report("Field 'ExecutionType' is not supported");
  }
  return { mode, executionType };
}

const NO_READER_CONFIG = {
  config: null,
  inputType: null,
  csvDelimiter: ',',
  csvHeaders: null,
  itemsPointer: null,
  maxItems: null,
} as const;

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

function readItemReader(fields: Fields, context: StateContext): ItemReader | null {
  const reader = fields.child('ItemReader');
  if (reader === null) return null;
  reader.expectOnly(ITEM_READER_FIELDS, context.compiler.queryLanguage);
  reader.require('Resource');
  const source = {
    resource: readResource(reader, READER_RESOURCE) ?? '',
    arguments: readPayload(reader, context, 'Parameters') ?? readPayload(reader, context, 'Arguments'),
  };
  const config = reader.child('ReaderConfig');
  return config === null ? { ...source, ...NO_READER_CONFIG } : { ...source, ...readReaderConfig(config, context) };
}

function readReaderConfig(config: Fields, context: StateContext): Omit<ItemReader, 'resource' | 'arguments'> {
  config.expectOnly(READER_CONFIG_FIELDS, context.compiler.queryLanguage);
  const inputType = config.choice('InputType', ['CSV', 'JSON', 'JSONL', 'PARQUET', 'MANIFEST']);
  config.choice('Transformation', ['NONE', 'LOAD_AND_FLATTEN']);
  config.choice('ManifestType', ['ATHENA_DATA', 'S3_INVENTORY']);
  const delimiter = config.choice('CSVDelimiter', ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB']) ?? 'COMMA';
  const headerLocation = config.choice('CSVHeaderLocation', ['FIRST_ROW', 'GIVEN']);
  const headers = config.strings('CSVHeaders');
  const itemsPointer = readString(config, context, 'ItemsPointer');
  const maxItems = readInteger(config, context, 'MaxItems', { minimum: 0, maximum: MAXIMUM_ITEMS });
  if (inputType === 'CSV' && !config.has('CSVHeaderLocation')) config.require('CSVHeaderLocation');
  if (inputType === 'JSON' && config.has('CSVHeaderLocation')) {
    config.report("Field 'CSVHeaderLocation' is not supported");
  }
  if (headerLocation === 'GIVEN') config.require('CSVHeaders');
  const csvHeaders = headerLocation === 'GIVEN' ? headers : null;
  const written: JsonObject = {};
  for (const [name, value] of Object.entries(config.object)) if (name !== 'MaxItemsPath') setOwn(written, name, value);
  return { config: written, inputType, csvDelimiter: DELIMITERS[delimiter], csvHeaders, itemsPointer, maxItems };
}

function readItemBatcher(fields: Fields, context: StateContext): ItemBatcher | null {
  const batcher = fields.child('ItemBatcher');
  if (batcher === null) return null;
  batcher.expectOnly(ITEM_BATCHER_FIELDS, context.compiler.queryLanguage);
  return {
    batchInput: readPayload(batcher, context, 'BatchInput'),
    maxItemsPerBatch: readInteger(batcher, context, 'MaxItemsPerBatch', { minimum: 0 }),
    maxInputBytesPerBatch: readInteger(batcher, context, 'MaxInputBytesPerBatch', {
      minimum: 0,
      maximum: MAXIMUM_BATCH_BYTES,
    }),
  };
}

function readResultWriter(fields: Fields, context: StateContext): ResultWriter | null {
  const writer = fields.child('ResultWriter');
  if (writer === null) return null;
  writer.expectOnly(RESULT_WRITER_FIELDS, context.compiler.queryLanguage);
  const target = {
    resource: readResource(writer, WRITER_RESOURCE),
    arguments: readPayload(writer, context, 'Parameters') ?? readPayload(writer, context, 'Arguments'),
  };
  const config = writer.child('WriterConfig');
  if (config === null) return { ...target, config: null };
  config.expectOnly(WRITER_CONFIG_FIELDS, context.compiler.queryLanguage);
  config.choice('Transformation', ['NONE', 'COMPACT', 'FLATTEN']);
  config.choice('OutputType', ['JSON', 'JSONL']);
  return { ...target, config: config.object };
}

function readResource(fields: Fields, allowed: RegExp): string | null {
  const arn = fields.string('Resource');
  if (arn !== null && !allowed.test(arn)) {
    fields.report("The field 'Resource' does not match any of the allowed values", fields.at('Resource'));
  }
  return arn;
}

function readLabel(fields: Fields): string | null {
  const label = fields.string('Label');
  if (label === null) return null;
  const report = (message: string): void => fields.report(message, fields.at('Label'), 'INVALID_LABEL_NAME');
  const invalid = INVALID_IN_LABEL.exec(label)?.[0];
  if (label === '') report('Label cannot be empty');
  else if (invalid !== undefined) report(`Label contains invalid character: ${quoted(invalid)}`);
  else if (label.length > MAXIMUM_LABEL_LENGTH) report(`Label cannot exceed ${MAXIMUM_LABEL_LENGTH} characters`);
  const first = fields.walk.labelLocations.get(label);
  if (first === undefined) fields.walk.labelLocations.set(label, fields.location);
  else fields.report(`Duplicate Label name: ${label}`, fields.at('Label'), 'DUPLICATE_LABEL_NAME');
  return label;
}

const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\\', '\\\\'],
]);

/** The character in quotes, control characters as the recorded answers write them: `'\x92'`. */
function quoted(character: string): string {
  const code = character.charCodeAt(0);
  const isControl = code < 0x20 || (code >= 0x7f && code <= 0xa0);
  const hex = `\\x${code.toString(16).padStart(2, '0')}`;
  return `'${NAMED_ESCAPES.get(character) ?? (isControl ? hex : character)}'`;
}
