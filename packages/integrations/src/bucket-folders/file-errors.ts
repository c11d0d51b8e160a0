import { textOf } from '../unknown-member.ts';
import { S3Failure } from './s3-failure.ts';

/** `ENOENT`; '': no error of the file system. */
export function codeOf(error: unknown): string {
  return textOf(error, 'code') ?? '';
}

/** What S3 would say where the file system refuses; it names no path. */
export function fileFailure(error: unknown): S3Failure {
  const code = codeOf(error);
  if (code === '') throw error;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new S3Failure('AccessDenied', 403, 'Access Denied');
  return new S3Failure('InternalError', 500, `The file system of the buckets answered ${code}.`);
}
