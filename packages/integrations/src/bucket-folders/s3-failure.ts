/** A request that S3 would refuse, with its code, status and words. */
export class S3Failure extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = 'S3Failure';
    this.code = code;
    this.status = status;
  }
}

export const noSuchBucket = (): S3Failure => new S3Failure('NoSuchBucket', 404, 'The specified bucket does not exist');
export const noSuchKey = (): S3Failure => new S3Failure('NoSuchKey', 404, 'The specified key does not exist.');
export const noSuchUpload = (): S3Failure =>
  new S3Failure(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
export const invalidArgument = (message: string): S3Failure => new S3Failure('InvalidArgument', 400, message);
export const notImplemented = (): S3Failure =>
  new S3Failure('NotImplemented', 501, 'Buckets that are folders cannot do what is asked for.');
