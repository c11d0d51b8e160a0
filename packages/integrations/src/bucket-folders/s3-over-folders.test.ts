import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createS3OverFolders } from './s3-over-folders.ts';

const top = mkdtempSync(join(tmpdir(), 'everstep-buckets-'));
const root = join(top, 'buckets');
const Bucket = 'photos';
const client = openClient();

function openClient(): S3Client {
  return new S3Client({
    region: 'us-east-1',
    endpoint: 'http://in-process',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    requestHandler: createS3OverFolders({ root, accountId: '123456789012' }),
  });
}

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, Bucket), { recursive: true });
});
afterAll(() => {
  rmSync(top, { recursive: true, force: true });
});

function put(Key: string, Body = 'x') {
  return client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function get(Key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

async function listAll(input: Partial<ListObjectsV2CommandInput> = {}): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, ...input, ContinuationToken }));
    keys.push(
      ...(page.Contents ?? []).map(({ Key }) => Key ?? ''),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
    );
    expect(page.KeyCount).toBe((page.Contents ?? []).length + (page.CommonPrefixes ?? []).length);
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
  } while (ContinuationToken !== undefined);
  return keys;
}

const refused = (name: string, status: number, message?: string): unknown =>
  expect.objectContaining({
    name,
    ...(message === undefined ? {} : { message }),
    $metadata: expect.objectContaining({ httpStatusCode: status }),
  });

describe('objects that are files', () => {
  it('are written, described, read, copied and deleted', async () => {
    const written = await put('a/b c/ü&+.json', 'héllo');
    expect(readFileSync(join(root, Bucket, 'a/b c/ü&+.json'), 'utf8')).toBe('héllo');
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a/b c/ü&+.json' }));
    expect(head).toMatchObject({ ContentLength: 6, ETag: written.ETag, AcceptRanges: 'bytes' });
    expect(head.ETag).toMatch(/^"[0-9a-f]{32}-1"$/);
    expect(Math.abs(Date.now() - (head.LastModified?.getTime() ?? 0))).toBeLessThan(60_000);
    await client.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: encodeURI(`${Bucket}/a/b c/ü&+.json`) }),
    );
    expect(await get('copy')).toBe('héllo');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a/b c/ü&+.json' }));
    expect(existsSync(join(root, Bucket, 'a'))).toBe(false);
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a/b c/ü&+.json' }));
    await expect(get('a/b c/ü&+.json')).rejects.toEqual(refused('NoSuchKey', 404, 'The specified key does not exist.'));
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'gone' }))).rejects.toEqual(refused('NotFound', 404));
  });

  it('are read in ranges, and only under the conditions that hold', async () => {
    const { ETag } = await put('k', '0123456789');
    const read = async (input: object) => {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'k', ...input }));
      return [await answer.Body?.transformToString(), answer.ContentRange];
    };
    expect(await read({ Range: 'bytes=2-4' })).toEqual(['234', 'bytes 2-4/10']);
    expect(await read({ Range: 'bytes=7-100', IfMatch: ETag })).toEqual(['789', 'bytes 7-9/10']);
    expect(await read({ Range: 'bytes=-2' })).toEqual(['89', 'bytes 8-9/10']);
    expect(await read({ Range: 'bytes=9-' })).toEqual(['9', 'bytes 9-9/10']);
    await expect(read({ Range: 'bytes=10-' })).rejects.toEqual(refused('InvalidRange', 416));
    await expect(read({ IfMatch: '"other"' })).rejects.toEqual(refused('PreconditionFailed', 412));
    await expect(read({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await put('k', 'other');
    await expect(read({ IfMatch: ETag })).rejects.toEqual(refused('PreconditionFailed', 412));
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', IfNoneMatch: '*' }))).rejects.toEqual(
      refused('PreconditionFailed', 412),
    );
    await put('empty', '');
    expect(await get('empty')).toBe('');
  });

  it('are made by one of many who want what is not there', async () => {
    const made = await Promise.allSettled(
      [1, 2, 3, 4].map((n) =>
        client.send(new PutObjectCommand({ Bucket, Key: 'deep/one', Body: `${n}`, IfNoneMatch: '*' })),
      ),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of made)
      expect(one).toMatchObject(one.status === 'rejected' ? { reason: refused('PreconditionFailed', 412) } : {});
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
  });

  it('come in parts', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
    const Parts = [];
    for (const PartNumber of [2, 1, 3]) {
      const part = await client.send(
        new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber, Body: String(PartNumber).repeat(3) }),
      );
      Parts.push({ PartNumber, ETag: part.ETag });
    }
    Parts.sort((a, b) => a.PartNumber - b.PartNumber);
    await expect(get('big')).rejects.toEqual(refused('NoSuchKey', 404));
    const complete = (key: string, parts: typeof Parts) =>
      client.send(
        new CompleteMultipartUploadCommand({ Bucket, Key: key, UploadId, MultipartUpload: { Parts: parts } }),
      );
    await expect(complete('other', Parts)).rejects.toEqual(refused('NoSuchUpload', 404));
    await expect(complete('big', [{ PartNumber: 4, ETag: '"4-3"' }])).rejects.toEqual(refused('InvalidPart', 400));
    for (const wrong of [
      [Parts[0], Parts[0]],
      [Parts[1], Parts[0]],
    ]) {
      const parts = wrong.flatMap((part) => part ?? []);
      await expect(complete('big', parts)).rejects.toEqual(refused('InvalidPartOrder', 400));
    }
    await complete('big', Parts);
    expect(await get('big')).toBe('111222333');
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    await expect(complete('big', Parts)).rejects.toEqual(refused('NoSuchUpload', 404));
  });

  it('can be given up in the middle', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'big' }));
    await client.send(new UploadPartCommand({ Bucket, Key: 'big', UploadId, PartNumber: 1, Body: 'x' }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId }));
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    await expect(
      client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'big', UploadId: '../../photos' })),
    ).rejects.toEqual(refused('NoSuchUpload', 404));
  });

  it('leave nothing for ever where a process died in the middle', async () => {
    const uploads = join(root, '.uploads');
    mkdirSync(join(uploads, 'old'), { recursive: true });
    writeFileSync(join(uploads, 'old/1'), 'x');
    writeFileSync(join(uploads, 'new'), 'x');
    const longAgo = new Date(Date.now() - 8 * 86_400_000);
    utimesSync(join(uploads, 'old'), longAgo, longAgo);
    await openClient().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    expect(readdirSync(uploads)).toEqual(['new']);
  });

  it('cannot be where a folder is, or below another object', async () => {
    await put('a/b');
    await expect(put('a')).rejects.toEqual(refused('InvalidRequest', 400));
    await expect(put('a/b/c')).rejects.toEqual(refused('InvalidRequest', 400));
    await expect(get('a')).rejects.toEqual(refused('NoSuchKey', 404));
    await expect(get('a/b/c')).rejects.toEqual(refused('NoSuchKey', 404));
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
  });

  it('are made by many at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => put('shared/deep/key', String(index))));
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0
          ? put(`busy/${index % 3}`)
          : client.send(new DeleteObjectCommand({ Bucket, Key: `busy/${(index + 1) % 3}` })),
      ),
    );
    expect(Number(await get('shared/deep/key'))).toBeLessThan(20);
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
  });
});

describe('a listing', () => {
  it('has the keys in the order of their bytes, whatever the size of its pages', async () => {
    const name = fc.stringMatching(/^[a-c.!-]{1,3}$/).filter((text) => text !== '.' && text !== '..');
    const keys = fc.uniqueArray(
      fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('', 'a', 'a/', 'b/c'),
        async (given, MaxKeys, Prefix) => {
          rmSync(join(root, Bucket), { recursive: true });
          mkdirSync(join(root, Bucket));
          // In a folder nothing can be a file and a folder at once.
          const wanted = given.filter((key) => !given.some((other) => other.startsWith(`${key}/`)));
          for (const key of wanted) {
            mkdirSync(join(root, Bucket, key, '..'), { recursive: true });
            writeFileSync(join(root, Bucket, key), key);
          }
          const expected = wanted
            .filter((key) => key.startsWith(Prefix))
            .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          expect(await listAll({ MaxKeys, Prefix })).toEqual(expected);
          const common = new Set(
            expected.map((key) => {
              const slash = key.indexOf('/', Prefix.length);
              return slash < 0 ? key : key.slice(0, slash + 1);
            }),
          );
          const found = await listAll({ MaxKeys, Prefix, Delimiter: '/' });
          expect(found.sort()).toEqual([...common].sort());
          const after = expected[Math.floor(expected.length / 2)];
          expect(await listAll({ MaxKeys, Prefix, StartAfter: after })).toEqual(
            after === undefined ? [] : expected.slice(expected.indexOf(after) + 1),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says of an object what the object says of itself', async () => {
    await put('k/one', 'four');
    const { Contents, Name } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'k/' }));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k/one' }));
    expect(Name).toBe(Bucket);
    expect(Contents).toMatchObject([{ Key: 'k/one', Size: 4, ETag: head.ETag, StorageClass: 'STANDARD' }]);
    expect(Math.floor((Contents?.[0]?.LastModified?.getTime() ?? 0) / 1_000)).toBe(
      (head.LastModified?.getTime() ?? 1) / 1_000,
    );
  });

  it('goes on in another process, and after files went away', async () => {
    for (const key of ['a/1', 'a/2', 'b', 'c/1']) await put(key);
    const first = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 2 }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
    const command = { Bucket, MaxKeys: 2, ContinuationToken: first.NextContinuationToken };
    const second = await openClient().send(new ListObjectsV2Command(command));
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(['c/1']);
  });

  it('has names as strange as they come', async () => {
    const keys = ['"<&>\'', 'a\tb', '日本/\u{1f600}', '\uffee', '%2e%2e/x'];
    for (const key of keys) await put(key, key);
    expect(await listAll()).toEqual(keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    for (const key of keys) expect(await get(key)).toBe(key);
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
    expect(await listAll()).toEqual([]);
  });
});

describe('buckets that are folders', () => {
  it('are made, found, listed and removed', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'more.photos' }));
    await client.send(new HeadBucketCommand({ Bucket: 'more.photos' }));
    mkdirSync(join(root, 'Not_A_Bucket'));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(['more.photos', Bucket]);
    await put('k');
    await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toEqual(refused('BucketNotEmpty', 409));
    await client.send(new DeleteBucketCommand({ Bucket: 'more.photos' }));
    await expect(client.send(new HeadBucketCommand({ Bucket: 'more.photos' }))).rejects.toEqual(
      refused('NotFound', 404),
    );
  });

  it.each(['missing', '.uploads', 'Photos', 'a', 'Not_A_Bucket'])('are not there by the name %j', async (name) => {
    mkdirSync(join(root, 'Not_A_Bucket'), { recursive: true });
    const send = client.send(new GetObjectCommand({ Bucket: name, Key: 'k' }));
    await expect(send).rejects.toEqual(refused('NoSuchBucket', 404, 'The specified bucket does not exist'));
  });

  it('belong to the account of the installation', async () => {
    await put('k', 'mine');
    const read = (ExpectedBucketOwner: string) =>
      client.send(new GetObjectCommand({ Bucket, Key: 'k', ExpectedBucketOwner }));
    expect(await (await read('123456789012')).Body?.transformToString()).toBe('mine');
    await expect(read('210987654321')).rejects.toEqual(refused('AccessDenied', 403, 'Access Denied'));
  });

  it('refuse what they cannot do', async () => {
    await put('k');
    const tags = client.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }));
    await expect(tags).rejects.toEqual(refused('NotImplemented', 501));
    const version = client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'v1' }));
    await expect(version).rejects.toEqual(refused('NoSuchVersion', 404));
  });
});

describe('no way leads out of a bucket', () => {
  const outside = join(top, 'outside');
  beforeEach(() => {
    rmSync(outside, { recursive: true, force: true });
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'secret');
  });

  it.each([
    '../outside/secret',
    '../../outside/secret',
    'a/../../outside/secret',
    './k',
    'a//b',
    '/etc/passwd',
    '..',
    'a/..',
    'a\0b',
    'x'.repeat(300),
    'y/'.repeat(600),
  ])('by the key %j', async (key) => {
    await put('a/k');
    await expect(get(key)).rejects.toEqual(refused('NoSuchKey', 404));
    await expect(put(key)).rejects.toEqual(refused('InvalidArgument', 400));
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    expect(await listAll({ Prefix: key })).toEqual([]);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(root).sort()).toEqual(['.uploads', Bucket]);
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('by a link, to a file, to a folder, or as a bucket', async () => {
    symlinkSync(join(outside, 'secret'), join(root, Bucket, 'file'));
    symlinkSync(outside, join(root, Bucket, 'folder'));
    symlinkSync(outside, join(root, 'linked'));
    for (const key of ['file', 'folder/secret']) {
      await expect(get(key)).rejects.toEqual(refused('NoSuchKey', 404));
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    }
    await expect(put('folder/new')).rejects.toEqual(refused('InvalidRequest', 400));
    await expect(put('folder/new/deep')).rejects.toEqual(refused('InvalidRequest', 400));
    await expect(client.send(new GetObjectCommand({ Bucket: 'linked', Key: 'secret' }))).rejects.toEqual(
      refused('NoSuchBucket', 404),
    );
    expect(await listAll()).toEqual([]);
    expect(await listAll({ Prefix: 'folder/' })).toEqual([]);
    expect(readdirSync(outside)).toEqual(['secret']);
    // An object takes a link's place as it takes another object's, and leaves alone what the link leads to.
    await expect(put('file', 'new')).rejects.toEqual(refused('InvalidRequest', 400));
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('and nothing waits for a pipe that lies there', async () => {
    execFileSync('mkfifo', [join(root, Bucket, 'pipe')]);
    await expect(get('pipe')).rejects.toEqual(refused('NoSuchKey', 404));
    expect(await listAll()).toEqual([]);
  });
});
