import type { ItemReadRequest } from '@everstep/engine';
import {
  type ItemFormat,
  type Json,
  type JsonObject,
  getOwn,
  isNumber,
  isObject,
  itemReaderFailed,
  toNumber,
} from '@everstep/language';
import type { ObjectName } from './s3-bucket.ts';

/** What an ItemReader asks for, understood. */
export type Dataset =
  /** The objects of a bucket themselves; `content`: what is in them. */
  | { readonly type: 'listing'; readonly parameters: JsonObject; readonly content: ContentFormat | null }
  | { readonly type: 'object'; readonly object: ObjectName; readonly content: ContentFormat }
  /** A manifest of Athena: the files that it names, one a line. */
  | { readonly type: 'athena manifest'; readonly object: ObjectName; readonly content: ContentFormat }
  /** A manifest of S3 Inventory: the rows of the files that it names. */
  | { readonly type: 'inventory'; readonly object: ObjectName };

export type ContentFormat = ItemFormat | { readonly type: 'PARQUET' };

/** AWS reads no more of a dataset, whatever MaxItems says. */
const MOST_ITEMS = 100_000_000;

const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };

const LIST_PARAMETERS = ['Bucket', 'Prefix', 'Delimiter', 'StartAfter', 'ExpectedBucketOwner', 'RequestPayer'];
const OBJECT_PARAMETERS = ['Bucket', 'Key', 'VersionId', 'ExpectedBucketOwner'];

/** Throws States.ItemReaderFailed where a field is missing or of no use. */
export function readDataset({ resource, parameters, readerConfig }: ItemReadRequest): Dataset {
  const config = readerConfig ?? {};
  const inputType = textMember(config, 'InputType');
  const manifestType = textMember(config, 'ManifestType');
  if (resource.endsWith(':s3:listObjectsV2')) {
    const given = readParameters(parameters, LIST_PARAMETERS);
    required(given, 'Bucket');
    const isLoaded = textMember(config, 'Transformation') === 'LOAD_AND_FLATTEN';
    return { type: 'listing', parameters: given, content: isLoaded ? contentFormat(inputType, config) : null };
  }
  if (!resource.endsWith(':s3:getObject')) throw itemReaderFailed(`The Resource '${resource}' cannot be read.`);
  const object = objectName(readParameters(parameters, OBJECT_PARAMETERS));
  if (manifestType === 'S3_INVENTORY' || (inputType === 'MANIFEST' && manifestType === null)) {
    return { type: 'inventory', object };
  }
  const content = contentFormat(inputType, config);
  if (content.type === 'PARQUET' && object.versionId !== null && manifestType === null) {
    throw itemReaderFailed("The field 'VersionId' is not supported with the InputType PARQUET.");
  }
  return { type: manifestType === 'ATHENA_DATA' ? 'athena manifest' : 'object', object, content };
}

/** The most items that are read. */
export function readLimit({ readerConfig }: ItemReadRequest): number {
  const given = getOwn(readerConfig ?? {}, 'MaxItems') ?? 0;
  if (!isNumber(given) || !Number.isInteger(toNumber(given)))
    throw itemReaderFailed('field MaxItems must be an integer');
  const limit = toNumber(given);
  if (limit < 0) throw itemReaderFailed('field MaxItems must be positive');
  return limit === 0 ? MOST_ITEMS : Math.min(limit, MOST_ITEMS);
}

function contentFormat(inputType: string | null, config: JsonObject): ContentFormat {
  switch (inputType) {
    case 'JSON':
      return { type: 'JSON', pointer: textMember(config, 'ItemsPointer') };
    case 'JSONL':
    case 'PARQUET':
      return { type: inputType };
    case 'CSV':
      return { type: 'CSV', delimiter: delimiterOf(config), headers: headersOf(config) };
    case null:
      throw itemReaderFailed("The field 'InputType' of ReaderConfig is required.");
    default:
      throw itemReaderFailed(`The InputType '${inputType}' cannot be read here.`);
  }
}

function delimiterOf(config: JsonObject): string {
  const name = textMember(config, 'CSVDelimiter') ?? 'COMMA';
  const delimiter = Object.hasOwn(DELIMITERS, name) ? DELIMITERS[name] : undefined;
  if (delimiter === undefined) throw itemReaderFailed(`The CSVDelimiter '${name}' is none.`);
  return delimiter;
}

function headersOf(config: JsonObject): readonly string[] | null {
  const headers = getOwn(config, 'CSVHeaders');
  const location = textMember(config, 'CSVHeaderLocation') ?? (headers === undefined ? 'FIRST_ROW' : 'GIVEN');
  if (location === 'FIRST_ROW') return null;
  if (!Array.isArray(headers) || !headers.every((header) => typeof header === 'string')) {
    throw itemReaderFailed("The field 'CSVHeaders' must be an array of strings.");
  }
  return headers;
}

function readParameters(parameters: Json, known: readonly string[]): JsonObject {
  if (!isObject(parameters)) throw itemReaderFailed('The parameters of the ItemReader must be an object.');
  for (const [name, value] of Object.entries(parameters)) {
    if (!known.includes(name)) throw itemReaderFailed(`The field '${name}' is not supported by the ItemReader.`);
    if (value !== null && typeof value !== 'string') throw itemReaderFailed(`The field '${name}' must be a string.`);
  }
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
}

function objectName(parameters: JsonObject): ObjectName {
  return {
    bucket: required(parameters, 'Bucket'),
    key: required(parameters, 'Key'),
    versionId: textMember(parameters, 'VersionId'),
    expectedBucketOwner: textMember(parameters, 'ExpectedBucketOwner'),
  };
}

function required(parameters: JsonObject, name: string): string {
  const value = textMember(parameters, name) ?? '';
  if (value === '') throw itemReaderFailed(`The field '${name}' of the ItemReader is required.`);
  return value;
}

function textMember(object: JsonObject, name: string): string | null {
  const value = getOwn(object, name) ?? null;
  if (value === null || typeof value === 'string') return value;
  throw itemReaderFailed(`The field '${name}' must be a string.`);
}
