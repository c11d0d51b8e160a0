import {
  createItemScanner,
  getOwn,
  isObject,
  itemReaderFailed,
  JsonSyntaxError,
  type Json,
  type JsonObject,
  parseJson,
} from '@everstep/language';
import { nameOf, readText } from './object-bytes.ts';
import type { ObjectName } from './s3-bucket.ts';
import type { S3Calls } from './s3-calls.ts';

/** A manifest is a list of files; one that is larger than this is something else. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** The data files of an Athena manifest: a CSV file without header, whose rows are S3 URIs. */
export async function* readAthenaManifest(calls: S3Calls, manifest: ObjectName): AsyncGenerator<ObjectName> {
  const scanner = createItemScanner({ type: 'CSV', delimiter: ',', headers: ['file'] });
  for await (const piece of readText(calls, manifest)) {
    for (const row of scanner.push(piece)) yield dataFile(row, manifest);
  }
  for (const row of scanner.end()) yield dataFile(row, manifest);
}

function dataFile(row: string, manifest: ObjectName): ObjectName {
  const parsed = parseJson(row);
  const cell = isObject(parsed) ? getOwn(parsed, 'file') : '';
  const file = typeof cell === 'string' ? cell : '';
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/i.exec(file.trim()) ?? [];
  if (bucket === undefined || key === undefined) {
    throw itemReaderFailed(`The manifest ${nameOf(manifest)} names '${file}', which is no S3 URI.`);
  }
  return { bucket, key, versionId: null, expectedBucketOwner: manifest.expectedBucketOwner };
}

export interface Inventory {
  /** In the manifest's own bucket, where S3 Inventory puts them. */
  readonly files: readonly ObjectName[];
  /** The names of their columns. */
  readonly headers: readonly string[];
}

/**
 * The files of a manifest of S3 Inventory, whose output format must be CSV.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
 */
export async function readInventoryManifest(calls: S3Calls, manifest: ObjectName): Promise<Inventory> {
  const document = await readJson(calls, manifest);
  const unusable = (what: string): Error => itemReaderFailed(`The manifest ${nameOf(manifest)} ${what}.`);
  const format = getOwn(document, 'fileFormat');
  if (format !== 'CSV') throw unusable(`has the fileFormat ${JSON.stringify(format ?? null)}; only CSV can be read`);
  const schema = getOwn(document, 'fileSchema');
  const files = getOwn(document, 'files');
  if (typeof schema !== 'string' || !Array.isArray(files)) throw unusable('has no fileSchema and files');
  return {
    headers: schema.split(',').map((name) => name.trim()),
    files: files.map((file) => {
      const key = isObject(file) ? getOwn(file, 'key') : undefined;
      if (typeof key !== 'string') throw unusable('names a file without key');
      return { ...manifest, key, versionId: null };
    }),
  };
}

async function readJson(calls: S3Calls, object: ObjectName): Promise<JsonObject> {
  let text = '';
  for await (const piece of readText(calls, object)) {
    text += piece;
    if (text.length > MOST_CHARACTERS) throw itemReaderFailed(`The manifest ${nameOf(object)} is too large to be one.`);
  }
  const document = parse(text, object);
  if (!isObject(document)) throw itemReaderFailed(`The manifest ${nameOf(object)} is not a JSON object.`);
  return document;
}

function parse(text: string, object: ObjectName): Json {
  try {
    return parseJson(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw itemReaderFailed(`The manifest ${nameOf(object)} is not valid JSON: ${error.message}`);
  }
}
