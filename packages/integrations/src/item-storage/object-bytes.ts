import { Readable, pipeline } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { itemReaderFailed } from '@everstep/language';
import { textOf } from '../unknown-member.ts';
import { type ObjectName, readRange } from './s3-bucket.ts';
import { S3CallError, type S3Calls } from './s3-calls.ts';

/** A reader that needs little of an object gets little; who reads on gets more at once. */
const FIRST_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
/** Parsed at once; then others get their turn. */
const PIECE_BYTES = 64 * 1024;

/**
 * An object's bytes in pieces, each fetched when it is needed: whoever takes the items slowly holds no connection, and a
 * call that fails is made again. Throws where the object changes meanwhile.
 */
export async function* readObject(calls: S3Calls, object: ObjectName): AsyncGenerator<Uint8Array> {
  let length = FIRST_BYTES;
  let etag: string | null = null;
  for (let start = 0, size = Infinity; start < size; length = Math.min(length * 2, MOST_BYTES)) {
    const range = await fetchRange(calls, object, { start, end: start + length, etag });
    if (range === null) return;
    ({ size, etag } = range);
    if (range.bytes.byteLength === 0 && start < size) {
      throw itemReaderFailed(`The object ${nameOf(object)} ended at byte ${start} of ${size}.`);
    }
    start += range.bytes.byteLength;
    for (let at = 0; at < range.bytes.byteLength; at += PIECE_BYTES) {
      yield range.bytes.subarray(at, at + PIECE_BYTES);
      await nextTurn();
    }
  }
}

/** null: the object is empty, so that it has no first byte to ask for. */
async function fetchRange(
  calls: S3Calls,
  object: ObjectName,
  range: { readonly start: number; readonly end: number; readonly etag: string | null },
): Promise<{ readonly bytes: Uint8Array; readonly size: number; readonly etag: string | null } | null> {
  try {
    return await readRange(calls, object, range);
  } catch (error) {
    if (!(error instanceof S3CallError)) throw error;
    if (range.start === 0 && error.statusCode === 416) return null;
    if (error.statusCode === 412) throw itemReaderFailed(`The object ${nameOf(object)} changed while it was read.`);
    throw error;
  }
}

/** An object's text. What is compressed with GZIP or ZSTD, whatever its name, is text as well. */
export async function* readText(calls: S3Calls, object: ObjectName): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw itemReaderFailed(`The object ${nameOf(object)} is not text in UTF-8.`);
    }
  };
  for await (const bytes of decompressed(readObject(calls, object), object)) yield decode(bytes);
  yield decode();
}

async function* decompressed(bytes: AsyncGenerator<Uint8Array>, object: ObjectName): AsyncGenerator<Uint8Array> {
  const first = await bytes.next();
  if (first.done === true) return;
  const decompressor = decompressorFor(first.value);
  const all = precededBy(first.value, bytes);
  if (decompressor === null) {
    yield* all;
    return;
  }
  // What goes wrong on either side ends the other, and is thrown by the loop.
  pipeline(Readable.from(all), decompressor, () => {});
  try {
    for await (const chunk of decompressor) {
      if (chunk instanceof Uint8Array) yield chunk;
      await nextTurn();
    }
  } catch (error) {
    if (!/^(?:Z|ZSTD)_/.test(textOf(error, 'code') ?? '')) throw error;
    throw itemReaderFailed(`The object ${nameOf(object)} cannot be decompressed: ${textOf(error, 'message') ?? ''}.`);
  } finally {
    decompressor.destroy();
  }
}

async function* precededBy(first: Uint8Array, others: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* others;
}

/** By the first bytes, with which no text begins; null: it is not compressed. */
function decompressorFor(bytes: Uint8Array): ReturnType<typeof createGunzip | typeof createZstdDecompress> | null {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return createGunzip();
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return createZstdDecompress();
  return null;
}

/** As `Map.Item.Source` has it, and as texts name it. */
export function nameOf({ bucket, key }: Pick<ObjectName, 'bucket' | 'key'>): string {
  return `S3://${bucket}/${key}`;
}
