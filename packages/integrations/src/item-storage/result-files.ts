import {
  type ChildResult,
  childResultTexts,
  ItemStorageError,
  type ResultExport,
  type ResultExportRequest,
  type ResultTransformation,
} from '@everstep/engine';
import { type JsonObject, getOwn, isObject } from '@everstep/language';
import { ObjectUpload } from './object-upload.ts';
import type { S3Calls } from './s3-calls.ts';

/** AWS's limit of a file. */
const MOST_FILE_BYTES = 5 * 1024 * 1024 * 1024;

const STATUSES = ['FAILED', 'PENDING', 'SUCCEEDED'] as const;
type FileStatus = (typeof STATUSES)[number];

interface FinishedFile {
  readonly Key: string;
  readonly Size: number;
}

/** How files are written. */
interface Format {
  readonly transformation: ResultTransformation;
  readonly extension: 'json' | 'jsonl';
}

/** The files of a Map Run's results: one at a time for each status, a further one where it grows too large. */
export class ResultFiles implements ResultExport {
  readonly #calls: S3Calls;
  readonly #mapRunArn: string;
  readonly #target: Target;
  readonly #format: Format;
  readonly #mostFileBytes: number;
  readonly #open = new Map<FileStatus, ResultFile>();
  readonly #finished: Record<FileStatus, FinishedFile[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  #isDone = false;

  constructor(calls: S3Calls, request: ResultExportRequest, mostFileBytes = MOST_FILE_BYTES) {
    this.#calls = calls;
    this.#mapRunArn = request.mapRunArn;
    this.#target = readTarget(request);
    this.#format = readFormat(request.writerConfig ?? {});
    this.#mostFileBytes = mostFileBytes;
  }

  async add(result: ChildResult): Promise<void> {
    const status = fileOf(result);
    for (const text of childResultTexts(result, this.#format.transformation)) {
      const bytes = Buffer.from(text);
      const open = this.#open.get(status);
      if (open !== undefined && open.size + bytes.byteLength + 2 > this.#mostFileBytes) await this.#close(status, open);
      await this.#fileFor(status).add(bytes);
    }
  }

  async finish(): Promise<string> {
    for (const [status, file] of this.#open) await this.#close(status, file);
    const { bucket, folder } = this.#target;
    const manifest = {
      DestinationBucket: bucket,
      MapRunArn: this.#mapRunArn,
      ResultFiles: Object.fromEntries(STATUSES.map((status) => [status, this.#finished[status]])),
    };
    const key = `${folder}/manifest.json`;
    const upload = this.#upload(key);
    await upload.write(Buffer.from(JSON.stringify(manifest)));
    await upload.finish();
    this.#isDone = true;
    return JSON.stringify({ MapRunArn: this.#mapRunArn, ResultWriterDetails: { Bucket: bucket, Key: key } });
  }

  async abort(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    await Promise.all([...this.#open.values()].map((file) => file.abort()));
  }

  #fileFor(status: FileStatus): ResultFile {
    const open = this.#open.get(status);
    if (open !== undefined) return open;
    const { extension } = this.#format;
    const key = `${this.#target.folder}/${status}_${this.#finished[status].length}.${extension}`;
    const file = new ResultFile(key, this.#upload(key), extension);
    this.#open.set(status, file);
    return file;
  }

  async #close(status: FileStatus, file: ResultFile): Promise<void> {
    await file.finish();
    this.#open.delete(status);
    this.#finished[status].push({ Key: file.key, Size: file.size });
  }

  #upload(key: string): ObjectUpload {
    const { bucket, expectedBucketOwner } = this.#target;
    return new ObjectUpload(this.#calls, { bucket, key, expectedBucketOwner });
  }
}

/** A JSON array, or JSON Lines. */
class ResultFile {
  readonly key: string;
  readonly #upload: ObjectUpload;
  readonly #isArray: boolean;
  #isEmpty = true;
  size = 0;

  constructor(key: string, upload: ObjectUpload, extension: Format['extension']) {
    this.key = key;
    this.#upload = upload;
    this.#isArray = extension === 'json';
  }

  async add(text: Uint8Array): Promise<void> {
    if (this.#isArray) await this.#write(Buffer.from(this.#isEmpty ? '[' : ','));
    this.#isEmpty = false;
    await this.#write(text);
    if (!this.#isArray) await this.#write(Buffer.from('\n'));
  }

  async finish(): Promise<void> {
    if (this.#isArray) await this.#write(Buffer.from(']'));
    await this.#upload.finish();
  }

  abort(): Promise<void> {
    return this.#upload.abort();
  }

  #write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.byteLength;
    return this.#upload.write(bytes);
  }
}

function fileOf({ status }: ChildResult): FileStatus {
  return status === 'SUCCEEDED' || status === 'PENDING' ? status : 'FAILED';
}

interface Target {
  readonly bucket: string;
  readonly folder: string;
  readonly expectedBucketOwner: string | null;
}

function readTarget({ resource, parameters, mapRunArn }: ResultExportRequest): Target {
  if (!resource.endsWith(':s3:putObject')) throw failed(`The Resource '${resource}' cannot be written to.`);
  if (!isObject(parameters)) throw failed('The parameters of the ResultWriter must be an object.');
  for (const [name, value] of Object.entries(parameters)) {
    if (!['Bucket', 'Prefix', 'ExpectedBucketOwner'].includes(name)) {
      throw failed(`The field '${name}' is not supported by the ResultWriter.`);
    }
    if (value !== null && typeof value !== 'string') throw failed(`The field '${name}' must be a string.`);
  }
  const bucket = textMember(parameters, 'Bucket');
  if (bucket === null || bucket === '') throw failed("The field 'Bucket' of the ResultWriter is required.");
  const prefix = (textMember(parameters, 'Prefix') ?? '').replace(/\/$/, '');
  const name = mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1);
  const folder = prefix === '' ? name : `${prefix}/${name}`;
  return { bucket, folder, expectedBucketOwner: textMember(parameters, 'ExpectedBucketOwner') };
}

const TRANSFORMATIONS: readonly ResultTransformation[] = ['NONE', 'COMPACT', 'FLATTEN'];

function readFormat(config: JsonObject): Format {
  const name = textMember(config, 'Transformation') ?? 'NONE';
  const transformation = TRANSFORMATIONS.find((one) => one === name);
  if (transformation === undefined) throw failed(`The Transformation '${name}' is none.`);
  const outputType = textMember(config, 'OutputType') ?? 'JSON';
  if (outputType !== 'JSON' && outputType !== 'JSONL') throw failed(`The OutputType '${outputType}' is none.`);
  return { transformation, extension: outputType === 'JSON' ? 'json' : 'jsonl' };
}

function textMember(object: JsonObject, name: string): string | null {
  const value = getOwn(object, name) ?? null;
  return typeof value === 'string' ? value : null;
}

function failed(cause: string): ItemStorageError {
  return new ItemStorageError('States.ResultWriterFailed', cause);
}
