import { createHash, randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf } from './file-errors.ts';
import { bucketPath, isConfined, isMissing, keyProblem, requireFileKey } from './object-path.ts';
import { S3Failure, noSuchKey } from './s3-failure.ts';

/** What S3 says of an object. */
export interface ObjectFacts {
  readonly size: number;
  readonly lastModified: Date;
  /**
   * Changes with the file, which is not read for it: like the ETag of an object that came in parts, whose form it has,
   * it is no digest of the content.
   */
  readonly etag: string;
}

export interface FoundObject extends ObjectFacts {
  readonly path: string;
}

/** Where files are put together; no bucket can have this name. */
const UPLOADS = '.uploads';
/** What a process left there as it died is removed after so long; S3 keeps it until a lifecycle rule does. */
const UPLOADS_KEPT_MS = 7 * 86_400_000;
/** A folder may be removed, as the last object in it is, between its making and the file's arrival. */
const MOST_RENAMES = 5;

export function factsOf({ size, mtime, mtimeNs, ino }: BigIntStats): ObjectFacts {
  const hash = createHash('md5').update(`${ino} ${size} ${mtimeNs}`).digest('hex');
  return { size: Number(size), lastModified: mtime, etag: `"${hash}-1"` };
}

/** Objects as files: the key is the path within the bucket's folder, below `root`. */
export class FolderObjects {
  readonly root: string;
  #hasSwept = false;

  constructor(root: string) {
    this.root = root;
  }

  /** null: there is no such object. Throws NoSuchBucket. */
  async find(bucket: string, key: string): Promise<FoundObject | null> {
    const folder = await bucketPath(this.root, bucket);
    if (key.endsWith('/') || keyProblem(key) !== null) return null;
    const path = join(folder, key);
    if (!(await isConfined(folder, path))) return null;
    try {
      const stats = await lstat(path, { bigint: true });
      return stats.isFile() ? { path, ...factsOf(stats) } : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** The bytes from `start` to before `end`. */
  async read({ path }: FoundObject, start: number, end: number): Promise<Readable> {
    if (start >= end) return Readable.from([]);
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      return handle.createReadStream({ start, end: end - 1 });
    } catch (error) {
      throw isMissing(error) ? noSuchKey() : error;
    }
  }

  /** A key that ends in a slash makes a folder. `ifNone`: only where there is no such object. */
  async write(bucket: string, key: string, body: Uint8Array, ifNone: boolean): Promise<ObjectFacts> {
    await bucketPath(this.root, bucket);
    if (key.endsWith('/')) return this.#makeFolder(bucket, key, body);
    const temporary = await this.temporary();
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(body);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return await this.publish(temporary, bucket, key, ifNone);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async copy(source: FoundObject, bucket: string, key: string): Promise<ObjectFacts> {
    await bucketPath(this.root, bucket);
    const temporary = await this.temporary();
    try {
      await copyFile(source.path, temporary, constants.COPYFILE_EXCL);
      return await this.publish(temporary, bucket, key, false);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Like S3, succeeds where there is nothing. Folders that become empty are no longer there, as in S3 they never are. */
  async delete(bucket: string, key: string): Promise<void> {
    const folder = await bucketPath(this.root, bucket);
    if (keyProblem(key) !== null) return;
    const path = join(folder, key);
    if (!(await isConfined(folder, path))) return;
    try {
      if (!key.endsWith('/') && (await lstat(path)).isFile()) await rm(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const first = key.endsWith('/') ? path : dirname(path);
    for (let at = first; at.length > folder.length; at = dirname(at)) if (!(await removeEmpty(at))) break;
  }

  /** A new path outside of all buckets, on the same file system. */
  async temporary(): Promise<string> {
    const folder = join(this.root, UPLOADS);
    await mkdir(folder, { recursive: true });
    if (!this.#hasSwept) {
      this.#hasSwept = true;
      await sweep(folder);
    }
    return join(folder, randomUUID());
  }

  /** Makes a complete file the object, at once. */
  async publish(file: string, bucket: string, key: string, ifNone: boolean): Promise<ObjectFacts> {
    requireFileKey(key);
    const folder = await bucketPath(this.root, bucket);
    const path = join(folder, key);
    if (!(await isConfined(folder, path))) throw isTaken(key);
    for (let attempt = 1; ; attempt++) {
      try {
        await mkdir(dirname(path), { recursive: true });
        // A link is refused where there is something, whoever else puts something there at the same time.
        await (ifNone ? publishNew(file, path) : rename(file, path));
        return factsOf(await lstat(path, { bigint: true }));
      } catch (error) {
        if (ifNone && codeOf(error) === 'EEXIST' && (await this.find(bucket, key)) !== null) throw preconditionFailed();
        if (isTakenPath(error)) throw isTaken(key);
        if (codeOf(error) !== 'ENOENT' || attempt === MOST_RENAMES) throw error;
      }
    }
  }

  async #makeFolder(bucket: string, key: string, body: Uint8Array): Promise<ObjectFacts> {
    requireFileKey(key);
    if (body.byteLength > 0) throw new S3Failure('InvalidRequest', 400, `'${key}' is a folder and can hold no data.`);
    const folder = await bucketPath(this.root, bucket);
    const path = join(folder, key.slice(0, -1));
    if (!(await isConfined(folder, path))) throw isTaken(key);
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw isTakenPath(error) ? isTaken(key) : error;
    }
    return { ...factsOf(await lstat(path, { bigint: true })), size: 0 };
  }
}

/** Fails with EEXIST where there is something. */
async function publishNew(file: string, path: string): Promise<void> {
  try {
    await link(file, path);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error))) throw error;
    // A file system without hard links: nobody else takes the name either, but its readers may see it grow.
    await copyFile(file, path, constants.COPYFILE_EXCL);
  }
  await rm(file, { force: true });
}

/** Once a process, since little is ever left. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      const { mtimeMs } = await lstat(path);
      if (mtimeMs < Date.now() - UPLOADS_KEPT_MS) await rm(path, { recursive: true, force: true });
    } catch (error) {
      // Another process was quicker.
      if (!isMissing(error)) throw error;
    }
  }
}

async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch {
    // It has something in it, or is gone, or is not ours to remove: the object itself is deleted.
    return false;
  }
}

function isTakenPath(error: unknown): boolean {
  return ['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(codeOf(error));
}

/** In S3 an object `a` can be beside an object `a/b`; in a folder it cannot. */
function isTaken(key: string): S3Failure {
  return new S3Failure(
    'InvalidRequest',
    400,
    `The key '${key}' cannot be written: something that is no object lies there or on the way to it.`,
  );
}

function preconditionFailed(): S3Failure {
  return new S3Failure('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold');
}
