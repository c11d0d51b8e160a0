import type { AsyncBuffer, Compressors, RowGroup } from 'hyparquet';
import { parentPort, workerData } from 'node:worker_threads';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { rowText, VALUE_PARSERS } from './row-text.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';

/** AWS's limit, of the row group's uncompressed bytes. */
const MOST_ROW_GROUP_BYTES = 256 * 1024 * 1024;
/** Rows are decoded in portions of about this size. */
const PORTION_BYTES = 4 * 1024 * 1024;

/**
 * Decodes a Parquet file in a thread of its own: a row group is decompressed and decoded at one go, which would hold up
 * everything else. The file's bytes come from the main thread.
 */
class ParquetThread {
  readonly #post: (message: FromThread) => void;
  readonly #waiting = new Map<number, (bytes: ArrayBuffer) => void>();
  /** The bytes of the row group at hand, by range: every portion of rows needs the column's chunk again. */
  readonly #ranges = new Map<string, Promise<ArrayBuffer>>();
  #more: () => void = () => undefined;
  #nextId = 0;

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  receive(message: ToThread): void {
    if (message.type === 'more') {
      this.#more();
      return;
    }
    this.#waiting.get(message.id)?.(message.bytes);
    this.#waiting.delete(message.id);
  }

  async run({ size, footerStart }: ThreadStart): Promise<void> {
    const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
    const file: AsyncBuffer = { byteLength: size, slice: (start, end = size) => this.#bytes(start, end) };
    const metadata = await parquetMetadataAsync(file, { initialFetchSize: size - footerStart, parsers: VALUE_PARSERS });
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      this.#ranges.clear();
      const groupEnd = groupStart + Number(group.num_rows);
      const portion = rowsOfPortion(group);
      for (let rowStart = groupStart; rowStart < groupEnd; rowStart += portion) {
        const rowEnd = Math.min(rowStart + portion, groupEnd);
        const rows = await parquetReadObjects({
          ...{ file, metadata, rowStart, rowEnd, compressors: COMPRESSORS, parsers: VALUE_PARSERS },
          ...{ utf8: false, useOffsetIndex: true },
        });
        await this.#hand(rows.map(rowText));
      }
      groupStart = groupEnd;
    }
    this.#post({ type: 'end' });
  }

  async #hand(rows: readonly string[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#more = resolve;
    this.#post({ type: 'rows', rows });
    await promise;
  }

  #bytes(start: number, end: number): Promise<ArrayBuffer> {
    const name = `${start}-${end}`;
    const known = this.#ranges.get(name) ?? this.#ask(start, end);
    this.#ranges.set(name, known);
    return known;
  }

  #ask(start: number, end: number): Promise<ArrayBuffer> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<ArrayBuffer>();
    this.#waiting.set(id, resolve);
    this.#post({ type: 'bytes', id, start, end });
    return promise;
  }
}

/** Snappy is the library's own. */
const COMPRESSORS: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
};

function rowsOfPortion(group: RowGroup): number {
  const bytes = Number(group.total_byte_size);
  if (bytes > MOST_ROW_GROUP_BYTES) {
    throw new Error(`a row group has ${bytes} bytes, more than ${MOST_ROW_GROUP_BYTES}`);
  }
  const rows = Number(group.num_rows);
  return Math.max(1, Math.min(rows, Math.floor((rows * PORTION_BYTES) / Math.max(bytes, 1))));
}

function isThreadStart(data: unknown): data is ThreadStart {
  return typeof data === 'object' && data !== null && 'footerStart' in data;
}

if (parentPort !== null && isThreadStart(workerData)) {
  const port = parentPort;
  const thread = new ParquetThread((message) => port.postMessage(message));
  port.on('message', (message: ToThread) => thread.receive(message));
  thread
    .run(workerData)
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ type: 'unusable', message } satisfies FromThread);
    })
    .finally(() => port.close());
}
