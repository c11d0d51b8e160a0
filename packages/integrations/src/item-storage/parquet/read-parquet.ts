import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { itemReaderFailed } from '@everstep/language';
import { nameOf } from '../object-bytes.ts';
import { type ObjectName, type ObjectRange, readRange } from '../s3-bucket.ts';
import { S3CallError, type S3Calls } from '../s3-calls.ts';
import type { FromThread, ThreadStart, ToThread } from './thread-protocol.ts';

/** AWS's limit. */
const MOST_FOOTER_BYTES = 5 * 1024 * 1024;
/** The footer's length and the magic word that ends the file. */
const TAIL_BYTES = 8;
const MAGIC = 'PAR1';
/** What is fetched of the file at once. */
const RANGE_BYTES = 4 * 1024 * 1024;
/** A file that needs more is damaged, or meant to do damage; its bytes lie outside of this. */
const MOST_HEAP_MB = 1_024;

const THREAD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './parquet-thread.ts' : './parquet-thread.js', import.meta.url),
);

/** The rows of a Parquet file as JSON texts, some at once. Only the row group at hand is fetched, and decoded in another thread. */
export async function* readParquet(calls: S3Calls, object: ObjectName): AsyncGenerator<readonly string[]> {
  const file = await openFile(calls, object);
  const thread = new ParquetFileThread(calls, file);
  try {
    for (;;) {
      const rows = await thread.next();
      if (rows === null) return;
      yield rows;
    }
  } finally {
    await thread.end();
  }
}

interface ParquetFile extends ThreadStart {
  readonly object: ObjectName;
  readonly etag: string | null;
}

async function openFile(calls: S3Calls, object: ObjectName): Promise<ParquetFile> {
  const unusable = (what: string): Error => itemReaderFailed(`The Parquet file ${nameOf(object)} ${what}.`);
  const first = await readRange(calls, object, { start: 0, end: 4, etag: null }).catch((error: unknown) => {
    if (error instanceof S3CallError && error.statusCode === 416) throw unusable('is empty');
    throw error;
  });
  const { size, etag } = first;
  if (Buffer.from(first.bytes).toString('latin1', 0, 4) !== MAGIC || size < 2 * TAIL_BYTES) throw unusable('is none');
  const tail = Buffer.from((await readRange(calls, object, { start: size - TAIL_BYTES, end: size, etag })).bytes);
  if (tail.toString('latin1', 4) !== MAGIC) throw unusable('does not end as one');
  const footerBytes = tail.readUInt32LE(0);
  if (footerBytes > MOST_FOOTER_BYTES) {
    throw unusable(`has a footer of ${footerBytes} bytes, more than ${MOST_FOOTER_BYTES}`);
  }
  const footerStart = size - TAIL_BYTES - footerBytes;
  if (footerStart < 4) throw unusable('has a footer larger than itself');
  return { object, etag, size, footerStart };
}

/** The thread that decodes one file, seen from here. */
class ParquetFileThread {
  readonly #calls: S3Calls;
  readonly #file: ParquetFile;
  readonly #worker: Worker;
  /** What ends it early: bytes that cannot be had, memory, the end of the Map Run. */
  readonly #failed = Promise.withResolvers<never>();
  #arrived = Promise.withResolvers<readonly string[] | null>();
  #isFirst = true;

  constructor(calls: S3Calls, file: ParquetFile) {
    this.#calls = calls;
    this.#file = file;
    const start: ThreadStart = { size: file.size, footerStart: file.footerStart };
    const resourceLimits = { maxOldGenerationSizeMb: MOST_HEAP_MB };
    this.#worker = new Worker(THREAD, { workerData: start, resourceLimits, name: 'parquet' });
    // Who waits hears of it; nobody may be waiting.
    this.#failed.promise.catch(() => undefined);
    this.#worker.on('message', (message: FromThread) => this.#receive(message));
    this.#worker.on('error', (error: Error) => this.#failed.reject(this.#unusable(error.message)));
    this.#worker.on('exit', () => this.#failed.reject(this.#unusable('its thread ended')));
    const { signal } = calls;
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  /** null: there are no more. */
  next(): Promise<readonly string[] | null> {
    if (!this.#isFirst) this.#send({ type: 'more' });
    this.#isFirst = false;
    return Promise.race([this.#arrived.promise, this.#failed.promise]);
  }

  async end(): Promise<void> {
    this.#calls.signal.removeEventListener('abort', this.#abort);
    await this.#worker.terminate();
  }

  readonly #abort = (): void => {
    const { reason } = this.#calls.signal;
    this.#failed.reject(reason instanceof Error ? reason : new Error(String(reason)));
  };

  #receive(message: FromThread): void {
    switch (message.type) {
      case 'bytes':
        this.#fetch(message.start, message.end).then(
          (bytes) => this.#send({ type: 'bytes', id: message.id, bytes }),
          (error: unknown) => this.#failed.reject(error),
        );
        break;
      case 'rows':
        this.#arrived.resolve(message.rows);
        this.#arrived = Promise.withResolvers();
        break;
      case 'end':
        this.#arrived.resolve(null);
        break;
      case 'unusable':
        this.#failed.reject(this.#unusable(message.message));
        break;
    }
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message, message.type === 'bytes' ? [message.bytes] : []);
  }

  async #fetch(start: number, end: number): Promise<ArrayBuffer> {
    const { object, etag, size } = this.#file;
    const wanted = new Uint8Array(Math.min(end, size) - start);
    for (let at = 0; at < wanted.byteLength; ) {
      const from = start + at;
      const to = Math.min(from + RANGE_BYTES, start + wanted.byteLength);
      const { bytes }: ObjectRange = await readRange(this.#calls, object, { start: from, end: to, etag });
      if (bytes.byteLength === 0) throw this.#unusable('it is shorter than it says');
      const fitting = bytes.subarray(0, to - from);
      wanted.set(fitting, at);
      at += fitting.byteLength;
    }
    return wanted.buffer;
  }

  #unusable(what: string): Error {
    return itemReaderFailed(`The Parquet file ${nameOf(this.#file.object)} cannot be read: ${what}.`);
  }
}
