import type { ItemStorage } from '@everstep/engine';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createItemStorage } from './item-storage.ts';
import { BUCKET, child, exportRequest, failureOf, readAll, readRequest, store, stored } from './testing/datasets.ts';
import { type Fault, S3Server, type SeenS3Request } from './testing/s3-server.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

const server = new S3Server();
const { root } = server;
const PATIENCE = { attempts: 4, timeoutMs: 60_000, pauseMs: 1, longestPauseMs: 2 };
let caller: SdkCaller;
let storage: ItemStorage;

beforeAll(async () => {
  await server.start();
  caller = server.caller();
  storage = createItemStorage(caller, PATIENCE);
});
afterAll(async () => {
  await caller.close();
  await server.close();
});
beforeEach(() => {
  rmSync(join(root, BUCKET), { recursive: true, force: true });
  store(root, 'file', LINES);
  server.fault = () => null;
  server.seen.length = 0;
});

/** A few ranges long. */
const NUMBERS = Array.from({ length: 100_000 }, (_, index) => index);
const LINES = NUMBERS.map((number) => `${number} \n`).join('');

const read = (reading = storage): Promise<unknown[]> => readAll(reading, readRequest({ InputType: 'JSONL' }));

/** What goes wrong every second time. */
const everySecond =
  (fault: Fault) =>
  (_request: SeenS3Request, index: number): Fault | null =>
    index % 2 === 0 ? fault : null;

describe('a dataset in S3 that answers badly', () => {
  it.each<[string, Fault]>([
    ['5xx', { type: 'answer', status: 503, code: 'ServiceUnavailable' }],
    ['an internal error', { type: 'answer', status: 500, code: 'InternalError' }],
    ['throttling', { type: 'answer', status: 503, code: 'SlowDown' }],
    ['too many requests', { type: 'answer', status: 429, code: 'TooManyRequests' }],
    ['a cut connection', { type: 'cut', afterBytes: null }],
    ['a connection cut in the middle of a body', { type: 'cut', afterBytes: 70_000 }],
  ])('is read nevertheless, after %s', async (_name, fault) => {
    server.fault = everySecond(fault);
    expect(await read()).toEqual(NUMBERS);
    expect(server.seen).toHaveLength(4);
  });

  it('is read nevertheless where an answer hangs in the middle of its body', async () => {
    server.fault = (_request, index) => (index === 1 ? { type: 'hang', afterBytes: 1_000 } : null);
    expect(await read(createItemStorage(caller, { ...PATIENCE, timeoutMs: 1_500 }))).toEqual(NUMBERS);
  });

  it('fails where it never answers well', async () => {
    server.fault = () => ({ type: 'answer', status: 503, code: 'SlowDown' });
    expect(await failureOf(read)).toMatch(/^States\.ItemReaderFailed: SlowDown it is \(Service: S3, Status Code: 503/);
    expect(server.seen).toHaveLength(PATIENCE.attempts);
    server.fault = () => ({ type: 'cut', afterBytes: null });
    expect(await failureOf(read)).toMatch(/^States\.ItemReaderFailed: Unable to execute HTTP request: /);
    server.fault = () => ({ type: 'hang', afterBytes: null });
    const impatient = createItemStorage(caller, { ...PATIENCE, attempts: 2, timeoutMs: 100 });
    expect(await failureOf(() => read(impatient))).toBe(
      'States.ItemReaderFailed: Unable to execute HTTP request: Read timed out',
    );
  });

  it('is not asked again where the answer is final', async () => {
    server.fault = () => ({ type: 'answer', status: 403, code: 'AccessDenied' });
    expect(await failureOf(read)).toContain('AccessDenied it is (Service: S3, Status Code: 403');
    expect(server.seen).toHaveLength(1);
  });

  it('is waited for no longer than it is wanted', async () => {
    const controller = new AbortController();
    server.fault = () => {
      setImmediate(() => controller.abort(new Error('no longer wanted')));
      return { type: 'hang', afterBytes: null };
    };
    const request = readRequest({ InputType: 'JSONL' }, { signal: controller.signal });
    await expect(readAll(storage, request)).rejects.toThrow('no longer wanted');
  });

  it('fails where the object changes while it is read', async () => {
    server.fault = (_request, index) => {
      if (index === 1) store(root, 'file', `${LINES}1\n`);
      return null;
    };
    expect(await failureOf(read)).toBe('States.ItemReaderFailed: The object S3://data/file changed while it was read.');
  });

  it('is read at once where the server knows no ranges', async () => {
    server.fault = () => ({ type: 'whole' });
    expect(await read()).toEqual(NUMBERS);
    expect(server.seen).toHaveLength(1);
  });

  it('fails where nobody listens', async () => {
    const nobody = new SdkCaller({ region: 'us-east-1', environment: {}, endpoint: 'http://127.0.0.1:1' });
    expect(await failureOf(() => read(createItemStorage(nobody, PATIENCE)))).toMatch(
      /^States\.ItemReaderFailed: Unable to execute HTTP request: .*ECONNREFUSED/,
    );
    await nobody.close();
  });

  it('is not read under a role that nobody can give', async () => {
    const request = readRequest({ InputType: 'JSONL' }, { roleArn: 'arn:aws:iam::123456789012:role/reader' });
    const alone = new SdkCaller({ region: 'us-east-1', environment: {} });
    expect(await failureOf(() => readAll(createItemStorage(alone), request))).toMatch(
      /^States\.ItemReaderFailed: The role arn:aws:iam::123456789012:role\/reader of Credentials cannot be assumed/,
    );
    await alone.close();
  });

  it('is taken no faster than its items', async () => {
    const items = storage.readItems(readRequest({ InputType: 'JSONL' }))[Symbol.asyncIterator]();
    await items.next();
    expect(server.seen.map(({ range }) => range)).toEqual(['bytes=0-262143']);
    await items.return?.();
    expect(server.seen).toHaveLength(1);
  });
});

describe('results in S3 that answers badly', () => {
  async function write(count: number, output: string): Promise<string> {
    const results = storage.exportResults(exportRequest({ writerConfig: { Transformation: 'COMPACT' } }));
    for (let index = 0; index < count; index++) await results.add(child(index, { output }));
    return results.finish();
  }

  it.each<[string, Fault]>([
    ['5xx', { type: 'answer', status: 500, code: 'InternalError' }],
    ['throttling', { type: 'answer', status: 503, code: 'SlowDown' }],
    ['a cut connection', { type: 'cut', afterBytes: null }],
  ])('are written nevertheless, after %s', async (_name, fault) => {
    server.fault = everySecond(fault);
    const output = JSON.stringify('x'.repeat(200_000));
    const answer = JSON.parse(await write(50, output)) as { ResultWriterDetails: { Key: string } };
    const manifest = JSON.parse(stored(root, answer.ResultWriterDetails.Key)) as {
      ResultFiles: { SUCCEEDED: { Key: string }[] };
    };
    const [file] = manifest.ResultFiles.SUCCEEDED;
    expect(JSON.parse(stored(root, file?.Key ?? ''))).toHaveLength(50);
  });

  it('fail where it never answers well', async () => {
    server.fault = () => ({ type: 'answer', status: 503, code: 'SlowDown' });
    expect(await failureOf(() => write(1, '1'))).toMatch(/^States\.ResultWriterFailed: SlowDown it is \(Service: S3/);
  });
});
