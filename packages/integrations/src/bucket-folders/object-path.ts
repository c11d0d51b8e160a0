import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './file-errors.ts';
import { S3Failure, invalidArgument, noSuchBucket } from './s3-failure.ts';

/** S3's rule. It lets no name begin with a dot, so that folders of our own beside the buckets are none. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const MAXIMUM_KEY_BYTES = 1_024;
const MAXIMUM_NAME_BYTES = 255;

/** The folder of a bucket; throws NoSuchBucket. A link is none: what a bucket holds lies in it. */
export async function bucketPath(root: string, bucket: string): Promise<string> {
  if (!BUCKET_NAME.test(bucket)) throw noSuchBucket();
  try {
    const path = join(await realpath(root), bucket);
    if ((await lstat(path)).isDirectory()) return path;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  throw noSuchBucket();
}

export function requireBucketName(bucket: string): void {
  if (!BUCKET_NAME.test(bucket)) {
    throw new S3Failure('InvalidBucketName', 400, 'The specified bucket is not valid.');
  }
}

/** Why no file can be this object; null: one can. Keys that end in a slash are folders. */
export function keyProblem(key: string): string | null {
  if (Buffer.byteLength(key) > MAXIMUM_KEY_BYTES) return `it has more than ${MAXIMUM_KEY_BYTES} bytes`;
  for (const name of key.replace(/\/$/, '').split('/')) {
    if (name === '' || name === '.' || name === '..') return `a part of it is '${name}'`;
    if (name.includes('\0')) return 'it holds a zero byte';
    if (Buffer.byteLength(name) > MAXIMUM_NAME_BYTES) return `a part of it has more than ${MAXIMUM_NAME_BYTES} bytes`;
  }
  return null;
}

export function requireFileKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== null) throw invalidArgument(`The key '${key}' cannot be the name of a file: ${problem}.`);
}

/**
 * Whether a path within a bucket is reached without any link. Where it does not exist yet, what exists of the way to it
 * must be. The path is one that {@link keyProblem} found nothing about.
 */
export async function isConfined(bucketFolder: string, path: string): Promise<boolean> {
  for (let at = path; at.length >= bucketFolder.length; at = dirname(at)) {
    try {
      return (await realpath(at)) === at;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return false;
}

/** Nothing is there, or a file where a folder would have to be, or links that lead round. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG';
}
