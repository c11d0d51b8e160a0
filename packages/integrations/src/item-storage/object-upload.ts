import { textOf } from '../unknown-member.ts';
import { optional } from './s3-bucket.ts';
import { S3CallError, type S3Calls } from './s3-calls.ts';

/** S3 wants at least 5 MiB in every part but the last. */
const PART_BYTES = 8 * 1024 * 1024;

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly expectedBucketOwner: string | null;
}

/** Writes an object piece by piece: at once where it is small, else in parts, of which only one is in memory. */
export class ObjectUpload {
  readonly #calls: S3Calls;
  readonly #place: Readonly<Record<string, unknown>>;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** null: nothing was sent yet. */
  #uploadId: string | null = null;
  #parts: { readonly PartNumber: number; readonly ETag: string }[] = [];

  constructor(calls: S3Calls, { bucket, key, expectedBucketOwner }: UploadTarget) {
    this.#calls = calls;
    this.#place = { Bucket: bucket, Key: key, ...optional('ExpectedBucketOwner', expectedBucketOwner) };
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#bytes >= PART_BYTES) await this.#sendPart();
  }

  async finish(): Promise<void> {
    const content = { ContentType: 'application/json' };
    if (this.#uploadId === null) {
      await this.#calls.call('PutObject', { ...this.#place, ...content, Body: this.#take() }, () => undefined);
      return;
    }
    if (this.#bytes > 0) await this.#sendPart();
    const input = { ...this.#place, UploadId: this.#uploadId, MultipartUpload: { Parts: this.#parts } };
    await this.#calls.call('CompleteMultipartUpload', input, () => undefined);
    this.#uploadId = null;
  }

  /** Never throws: parts that are left over cost room, and are the bucket's lifecycle to remove. */
  async abort(): Promise<void> {
    const uploadId = this.#uploadId;
    this.#uploadId = null;
    this.#take();
    if (uploadId === null) return;
    await this.#calls
      .call('AbortMultipartUpload', { ...this.#place, UploadId: uploadId }, () => undefined)
      .catch(ignore);
  }

  async #sendPart(): Promise<void> {
    this.#uploadId ??= await this.#calls.call(
      'CreateMultipartUpload',
      { ...this.#place, ContentType: 'application/json' },
      (answer) => {
        const uploadId = textOf(answer, 'UploadId');
        if (uploadId === undefined) throw new S3CallError('', null, 'S3 answered without an UploadId.');
        return uploadId;
      },
    );
    const PartNumber = this.#parts.length + 1;
    const input = { ...this.#place, UploadId: this.#uploadId, PartNumber, Body: this.#take() };
    const ETag = await this.#calls.call('UploadPart', input, (answer) => textOf(answer, 'ETag') ?? '');
    this.#parts.push({ PartNumber, ETag });
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#bytes = 0;
    return bytes;
  }
}

function ignore(): void {
  // Nobody can do more about it than the lifecycle rule.
}
