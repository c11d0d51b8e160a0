import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FolderObjects, ObjectFacts } from './folder-objects.ts';
import { bucketPath, isMissing, requireFileKey } from './object-path.ts';
import { S3Failure, invalidArgument, noSuchUpload } from './s3-failure.ts';

const UPLOAD_ID = /^[0-9a-f-]{36}$/;
const MOST_PARTS = 10_000;
/** Which object the parts are for. */
const TARGET = 'object';

export interface UploadPlace {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

/** Objects that come in parts: each part is a file, until they become one. */
export class FolderUploads {
  readonly #objects: FolderObjects;

  constructor(objects: FolderObjects) {
    this.#objects = objects;
  }

  async begin(bucket: string, key: string): Promise<string> {
    requireFileKey(key);
    await bucketPath(this.#objects.root, bucket);
    const uploadId = randomUUID();
    const folder = await this.#folder(uploadId);
    await mkdir(folder);
    await writeFile(join(folder, TARGET), JSON.stringify([bucket, key]));
    return uploadId;
  }

  async writePart(place: UploadPlace, partNumber: number, body: Uint8Array): Promise<string> {
    if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MOST_PARTS) {
      throw invalidArgument(`Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`);
    }
    const folder = await this.#find(place);
    const temporary = await this.#objects.temporary();
    await writeFile(temporary, body, { flush: true });
    await rename(temporary, join(folder, String(partNumber)));
    return partTag(partNumber, body.byteLength);
  }

  async complete(place: UploadPlace, parts: readonly { partNumber: number; etag: string }[]): Promise<ObjectFacts> {
    const folder = await this.#find(place);
    if (parts.length === 0) throw new S3Failure('MalformedXML', 400, 'You must specify at least one part');
    requireAscending(parts.map(({ partNumber }) => partNumber));
    for (const { partNumber, etag } of parts) await requirePart(join(folder, String(partNumber)), partNumber, etag);
    // The parts stay as they are until the object is there: what fails on the way can be asked for again.
    const whole = await this.#objects.temporary();
    try {
      for (const { partNumber } of parts) {
        const part = createReadStream(join(folder, String(partNumber)));
        await pipeline(part, createWriteStream(whole, { flags: 'a', flush: true }));
      }
      const facts = await this.#objects.publish(whole, place.bucket, place.key, false);
      await rm(folder, { recursive: true, force: true });
      return facts;
    } finally {
      await rm(whole, { force: true });
    }
  }

  async abort(place: UploadPlace): Promise<void> {
    await rm(await this.#find(place), { recursive: true, force: true });
  }

  async #find({ bucket, key, uploadId }: UploadPlace): Promise<string> {
    if (!UPLOAD_ID.test(uploadId)) throw noSuchUpload();
    const folder = await this.#folder(uploadId);
    try {
      if ((await readFile(join(folder, TARGET), 'utf8')) === JSON.stringify([bucket, key])) return folder;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    throw noSuchUpload();
  }

  async #folder(uploadId: string): Promise<string> {
    return join(dirname(await this.#objects.temporary()), uploadId);
  }
}

function partTag(partNumber: number, bytes: number): string {
  return `"${partNumber}-${bytes}"`;
}

function requireAscending(partNumbers: readonly number[]): void {
  if (partNumbers.every((number, index) => index === 0 || number > (partNumbers[index - 1] ?? 0))) return;
  throw new S3Failure(
    'InvalidPartOrder',
    400,
    'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
  );
}

async function requirePart(path: string, partNumber: number, etag: string): Promise<void> {
  try {
    if (partTag(partNumber, (await stat(path)).size) === etag) return;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw new S3Failure(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
}
