import type { Readable } from 'node:stream';
import { memberOf, textOf } from '../unknown-member.ts';
import { S3CallError, type S3Calls } from './s3-calls.ts';

/** An object to be read. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  readonly expectedBucketOwner: string | null;
}

/** A part of an object. */
export interface ObjectRange {
  readonly bytes: Uint8Array;
  /** Of the whole object. */
  readonly size: number;
  /** null: the server tells none. */
  readonly etag: string | null;
}

/** An object in a listing; what the server does not say is null. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string | null;
  readonly storageClass: string | null;
  readonly lastModified: Date | null;
}

/** Some servers know no ranges, and answer the whole object. */
const MOST_BYTES_WITHOUT_RANGES = 256 * 1024 * 1024;

/**
 * Bytes from `start` to before `end`, or to the object's end; all from `start` on where a server knows no ranges.
 * `etag`: only of this state of the object.
 */
export function readRange(
  calls: S3Calls,
  object: ObjectName,
  range: { readonly start: number; readonly end: number; readonly etag: string | null },
): Promise<ObjectRange> {
  const { start, end, etag } = range;
  const input = {
    Bucket: object.bucket,
    Key: object.key,
    Range: `bytes=${start}-${end - 1}`,
    ...optional('VersionId', object.versionId),
    ...optional('ExpectedBucketOwner', object.expectedBucketOwner),
    ...optional('IfMatch', etag),
  };
  return calls.call('GetObject', input, async (answer, signal) => {
    const total = /\/(\d+)$/.exec(textOf(answer, 'ContentRange') ?? '')?.[1];
    const bytes = await collect(
      memberOf(answer, 'Body'),
      total === undefined ? MOST_BYTES_WITHOUT_RANGES : end - start,
      signal,
    );
    const tag = textOf(answer, 'ETag') ?? null;
    if (total !== undefined) return { bytes, size: Number(total), etag: tag };
    return { bytes: bytes.subarray(start), size: bytes.byteLength, etag: tag };
  });
}

/** All of a body, which may not have more than so many bytes. */
async function collect(body: unknown, mostBytes: number, signal: AbortSignal): Promise<Buffer> {
  if (!isReadable(body)) return Buffer.alloc(0);
  // A body that comes no further does not hear of the signal by itself.
  const abort = (): void => {
    body.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      const part = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
      chunks.push(part);
      bytes += part.byteLength;
      if (bytes > mostBytes) throw new S3CallError('', null, `S3 answered more than the ${mostBytes} bytes asked for.`);
    }
    return Buffer.concat(chunks);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function isReadable(body: unknown): body is Readable {
  return typeof memberOf(body, 'destroy') === 'function' && typeof memberOf(body, 'pipe') === 'function';
}

/** The objects of a bucket in pages, each fetched when it is needed. */
export async function* listObjects(
  calls: S3Calls,
  parameters: Readonly<Record<string, unknown>>,
): AsyncGenerator<readonly ListedObject[]> {
  let token: string | null = null;
  do {
    const input: Readonly<Record<string, unknown>> = { ...parameters, ...optional('ContinuationToken', token) };
    const page: ListPage = await calls.call('ListObjectsV2', input, readPage);
    yield page.objects;
    token = page.next;
  } while (token !== null);
}

interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly next: string | null;
}

function readPage(answer: unknown): ListPage {
  const contents = memberOf(answer, 'Contents');
  const objects = (Array.isArray(contents) ? contents : []).map((one: unknown): ListedObject => {
    const size = memberOf(one, 'Size');
    const lastModified = memberOf(one, 'LastModified');
    return {
      key: textOf(one, 'Key') ?? '',
      size: typeof size === 'number' ? size : 0,
      etag: textOf(one, 'ETag') ?? null,
      storageClass: textOf(one, 'StorageClass') ?? null,
      lastModified: lastModified instanceof Date ? lastModified : null,
    };
  });
  const isTruncated = memberOf(answer, 'IsTruncated') === true;
  return { objects, next: isTruncated ? (textOf(answer, 'NextContinuationToken') ?? null) : null };
}

export function optional(name: string, value: string | null): Readonly<Record<string, string>> {
  return value === null ? {} : { [name]: value };
}
