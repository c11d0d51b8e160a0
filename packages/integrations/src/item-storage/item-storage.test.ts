import { gzipSync, zstdCompressSync } from 'node:zlib';
import { join } from 'node:path';
import { readdirSync, rmSync } from 'node:fs';
import type { ItemStorage } from '@everstep/engine';
import type { JsonObject } from '@everstep/language';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import { createItemStorage } from './item-storage.ts';
import { ResultFiles } from './result-files.ts';
import { S3Calls, USUAL_PATIENCE } from './s3-calls.ts';
import {
  BUCKET,
  MAP_RUN_ARN,
  child,
  exportRequest,
  failureOf,
  readAll,
  readRequest,
  store,
  stored,
} from './testing/datasets.ts';
import { S3Server } from './testing/s3-server.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

const server = new S3Server();
const { root } = server;
let http: SdkCaller;
const folders = new SdkCaller({
  region: 'us-east-1',
  environment: {},
  bucketFolders: { root, accountId: '123456789012' },
});

beforeAll(async () => {
  await server.start();
  http = server.caller();
});
afterAll(async () => {
  await http.close();
  await folders.close();
  await server.close();
});
beforeEach(() => {
  rmSync(join(root, BUCKET), { recursive: true, force: true });
  store(root, 'file', '');
});

const LIST = { resource: 'arn:aws:states:::s3:listObjectsV2', parameters: { Bucket: BUCKET, Prefix: 'in/' } };

describe.each(['HTTP', 'folders'])('a dataset in S3, through %s', (way) => {
  let storage: ItemStorage;
  beforeAll(() => {
    storage = createItemStorage(way === 'HTTP' ? http : folders);
  });
  const read = (config: JsonObject | null, change: Parameters<typeof readRequest>[1] = {}): Promise<unknown[]> =>
    readAll(storage, readRequest(config, change));

  it('is the objects of a bucket, page by page', async () => {
    for (let index = 0; index < 1_003; index++)
      store(root, `in/${String(index).padStart(4, '0')}.png`, 'x'.repeat(index % 3));
    store(root, 'other', 'x');
    const items = await read(null, LIST);
    expect(items).toHaveLength(1_003);
    expect(items[2]).toEqual({
      Etag: expect.stringMatching(/^"[0-9a-f]{32}/),
      Key: 'in/0002.png',
      LastModified: expect.any(Number),
      Size: 2,
      StorageClass: 'STANDARD',
    });
    expect(Math.abs(Date.now() / 1_000 - (items[2] as { LastModified: number }).LastModified)).toBeLessThan(120);
    expect(await read({ MaxItems: 2 }, { ...LIST, skip: 1 })).toMatchObject([{ Key: 'in/0001.png' }]);
  });

  it('is what the objects of a bucket hold', async () => {
    store(root, 'in/a.json', '[1, 2]');
    store(root, 'in/b.json', '[]');
    store(root, 'in/c/d.json', gzipSync('[{"x": 3}]'));
    expect(await read({ InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' }, LIST)).toEqual([1, 2, { x: 3 }]);
    const sources: string[] = [];
    const request = readRequest(
      { InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN', MaxItems: 3 },
      { ...LIST, skip: 1 },
    );
    for await (const { source } of storage.readItems(request)) sources.push(source);
    expect(sources).toEqual(['S3://data/in/a.json', 'S3://data/in/c/d.json']);
  });

  it('is JSON, an array or what a pointer leads to', async () => {
    store(root, 'file', '[{"verdict": "true"}, 1.0]');
    const values: string[] = [];
    for await (const { value } of storage.readItems(readRequest({ InputType: 'JSON' }))) values.push(value);
    expect(values).toEqual(['{"verdict":"true"}', '1.0']);
    store(root, 'file', '{"a": {"b": [1, 2, 3]}, "c": [4]}');
    expect(await read({ InputType: 'JSON', ItemsPointer: '/a/b', MaxItems: 2 })).toEqual([1, 2]);
    expect(await read({ InputType: 'JSON', ItemsPointer: '/a' })).toEqual([{ Key: 'b', Value: [1, 2, 3] }]);
  });

  it('is lines of JSON, or a CSV file, compressed or not', async () => {
    store(root, 'file', '{"a": 1}\n\n{"a": 2}');
    expect(await read({ InputType: 'JSONL' })).toEqual([{ a: 1 }, { a: 2 }]);
    for (const compress of [(text: string) => text, gzipSync, zstdCompressSync]) {
      store(root, 'file', compress('a;b\n1;"x\ny"\n2\n'));
      expect(await read({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', CSVDelimiter: 'SEMICOLON' })).toEqual([
        { a: '1', b: 'x\ny' },
        { a: '2', b: '' },
      ]);
    }
    store(root, 'file', 'a|b\n');
    const given = { InputType: 'CSV', CSVHeaderLocation: 'GIVEN', CSVHeaders: ['x', 'y'], CSVDelimiter: 'PIPE' };
    expect(await read(given)).toEqual([{ x: 'a', y: 'b' }]);
  });

  it('is what a manifest of Athena names', async () => {
    store(root, 'file', `s3://${BUCKET}/out/1.gz\ns3://${BUCKET}/out/2\n`);
    store(root, 'out/1.gz', gzipSync('{"n":1}\n{"n":2}\n'));
    store(root, 'out/2', '{"n":3}\n');
    expect(await read({ InputType: 'JSONL', ManifestType: 'ATHENA_DATA' })).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    store(root, 'file', 'nowhere\n');
    expect(await failureOf(() => read({ InputType: 'JSONL', ManifestType: 'ATHENA_DATA' }))).toBe(
      "States.ItemReaderFailed: The manifest S3://data/file names 'nowhere', which is no S3 URI.",
    );
  });

  it.each([{ InputType: 'MANIFEST' }, { ManifestType: 'S3_INVENTORY' }])('is an inventory, with %j', async (config) => {
    const manifest = {
      sourceBucket: 'source',
      destinationBucket: `arn:aws:s3:::${BUCKET}`,
      fileFormat: 'CSV',
      fileSchema: 'Bucket, Key, Size, LastModifiedDate',
      files: [
        { key: 'inventory/1.csv.gz', size: 1 },
        { key: 'inventory/2.csv.gz', size: 1 },
      ],
    };
    store(root, 'file', JSON.stringify(manifest));
    store(root, 'inventory/1.csv.gz', gzipSync('"source","csvDataset/","0","2022-11-16T00:27:19.000Z"\n'));
    store(
      root,
      'inventory/2.csv.gz',
      gzipSync('"source","csvDataset/titles.csv","3399671","2022-11-16T00:29:32.000Z"\n'),
    );
    expect(await read(config)).toEqual([
      { Bucket: 'source', Key: 'csvDataset/', Size: '0', LastModifiedDate: '2022-11-16T00:27:19.000Z' },
      { Bucket: 'source', Key: 'csvDataset/titles.csv', Size: '3399671', LastModifiedDate: '2022-11-16T00:29:32.000Z' },
    ]);
    store(root, 'file', JSON.stringify({ ...manifest, fileFormat: 'ORC' }));
    expect(await failureOf(() => read(config))).toContain('has the fileFormat "ORC"; only CSV can be read');
  });

  it('is empty where it holds nothing', async () => {
    expect(await read({ InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' })).toEqual([]);
    expect(await read({ InputType: 'JSONL' })).toEqual([]);
    expect(await read(null, LIST)).toEqual([]);
  });

  it('ends where enough was taken', async () => {
    store(root, 'file', 'a\n1\n2\n3\n4\n');
    const csv = { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' };
    const taken = async (MaxItems: number, skip = 0) => (await read({ ...csv, MaxItems }, { skip })).length;
    expect(
      await Promise.all([taken(0), taken(2), taken(100_000_001), taken(3, 2), taken(2, 2), taken(2, 5), taken(0, 3)]),
    ).toEqual([4, 2, 4, 1, 0, 0, 1]);
    expect(await failureOf(() => taken(-1))).toBe('States.ItemReaderFailed: field MaxItems must be positive');
    expect(await failureOf(() => taken(1.5))).toBe('States.ItemReaderFailed: field MaxItems must be an integer');
  });

  it('is refused in the words of S3', async () => {
    const missing = (parameters: JsonObject) => failureOf(() => read({ InputType: 'JSON' }, { parameters }));
    expect(await missing({ Bucket: BUCKET, Key: 'gone' })).toMatch(
      /^States\.ItemReaderFailed: The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: \w+/,
    );
    expect(await missing({ Bucket: 'gone', Key: 'gone' })).toContain(
      'The specified bucket does not exist (Service: S3',
    );
    expect(await missing({ Bucket: BUCKET, Key: 'file', ExpectedBucketOwner: '210987654321' })).toContain(
      'Access Denied',
    );
    expect(await failureOf(() => read(null, { ...LIST, parameters: { Bucket: 'gone' } }))).toContain('does not exist');
  });

  it.each<[string, JsonObject | null, JsonObject]>([
    ["The field 'Key' of the ItemReader is required.", { InputType: 'JSON' }, { Bucket: BUCKET }],
    ["The field 'Key' must be a string.", { InputType: 'JSON' }, { Bucket: BUCKET, Key: 5 }],
    ["The field 'Kee' is not supported by the ItemReader.", { InputType: 'JSON' }, { Bucket: BUCKET, Kee: 'x' }],
    ["The field 'InputType' of ReaderConfig is required.", null, { Bucket: BUCKET, Key: 'file' }],
    [
      "The field 'VersionId' is not supported with the InputType PARQUET.",
      { InputType: 'PARQUET' },
      { Bucket: BUCKET, Key: 'file', VersionId: 'v' },
    ],
    ['Attempting to map over non-iterable node.', { InputType: 'JSON' }, { Bucket: BUCKET, Key: 'object' }],
    ['The object S3://data/latin is not text in UTF-8.', { InputType: 'JSONL' }, { Bucket: BUCKET, Key: 'latin' }],
    [
      'The object S3://data/broken.gz cannot be decompressed: unexpected end of file.',
      { InputType: 'JSONL' },
      { Bucket: BUCKET, Key: 'broken.gz' },
    ],
  ])('fails with %j', async (text, config, parameters) => {
    store(root, 'object', '{"Hello": "world"}');
    store(root, 'latin', Buffer.from('"é"', 'latin1'));
    store(root, 'broken.gz', gzipSync('[1, 2, 3]').subarray(0, 20));
    expect(await failureOf(() => read(config, { parameters }))).toBe(`States.ItemReaderFailed: ${text}`);
  });

  it('fails as what ends it says', async () => {
    const controller = new AbortController();
    store(root, 'file', `[${'1,'.repeat(1_000_000)}1]`);
    const reading = async (): Promise<void> => {
      const request = readRequest({ InputType: 'JSON' }, { signal: controller.signal });
      for await (const item of storage.readItems(request))
        if (item.value === '1') controller.abort(new Error('stopped'));
    };
    await expect(reading()).rejects.toThrow('stopped');
  });
});

describe.each(['HTTP', 'folders'])('results in S3, through %s', (way) => {
  let storage: ItemStorage;
  beforeAll(() => {
    storage = createItemStorage(way === 'HTTP' ? http : folders);
  });
  const folder = `results/${MAP_RUN_ARN.split(':').at(-1)}`;

  async function write(change: Parameters<typeof exportRequest>[0], count = 3): Promise<string> {
    const results = storage.exportResults(exportRequest(change));
    for (let index = 0; index < count; index++) await results.add(child(index));
    await results.add(child(count, { status: 'TIMED_OUT', output: null, error: 'States.Timeout' }));
    await results.add(child(count + 1, { status: 'PENDING', output: null, startDate: null, stopDate: null }));
    const answer = await results.finish();
    await results.abort();
    return answer;
  }
  const parsed = (key: string): unknown => JSON.parse(stored(root, `${folder}/${key}`));

  it('are files by status, and a manifest', async () => {
    expect(JSON.parse(await write({}))).toEqual({
      MapRunArn: MAP_RUN_ARN,
      ResultWriterDetails: { Bucket: BUCKET, Key: `${folder}/manifest.json` },
    });
    const sizeOf = (key: string): object => ({
      Key: `${folder}/${key}`,
      Size: Buffer.byteLength(stored(root, `${folder}/${key}`)),
    });
    expect(parsed('manifest.json')).toEqual({
      DestinationBucket: BUCKET,
      MapRunArn: MAP_RUN_ARN,
      ResultFiles: {
        FAILED: [sizeOf('FAILED_0.json')],
        PENDING: [sizeOf('PENDING_0.json')],
        SUCCEEDED: [sizeOf('SUCCEEDED_0.json')],
      },
    });
    expect(parsed('SUCCEEDED_0.json')).toMatchObject([{ Name: 'child-0' }, { Name: 'child-1' }, { Name: 'child-2' }]);
    expect(parsed('FAILED_0.json')).toMatchObject([{ Name: 'child-3', Status: 'TIMED_OUT', Error: 'States.Timeout' }]);
    expect(parsed('PENDING_0.json')).toMatchObject([{ Name: 'child-4', Status: 'PENDING' }]);
  });

  it('are as WriterConfig wants them', async () => {
    await write({ writerConfig: { Transformation: 'COMPACT' } });
    expect(parsed('SUCCEEDED_0.json')).toEqual([0, 1, 2].map((index) => [{ index }, 'done']));
    expect(parsed('FAILED_0.json')).toMatchObject([{ Name: 'child-3' }]);
    await write({ writerConfig: { Transformation: 'FLATTEN', OutputType: 'JSONL' } }, 1);
    expect(stored(root, `${folder}/SUCCEEDED_0.jsonl`)).toBe('{"index":0}\n"done"\n');
    expect(stored(root, `${folder}/FAILED_0.jsonl`)).toMatch(/^\{"Error":.*\}\n$/);
  });

  it('go on in a further file where one would be too large', async () => {
    const request = exportRequest({ writerConfig: { Transformation: 'COMPACT' } });
    const caller = way === 'HTTP' ? http : folders;
    const files = new ResultFiles(new S3Calls(caller, null, request.signal, USUAL_PATIENCE), request, 20);
    for (const output of ['"aaaaaa"', '"bbbbbb"', '"cccccc"', `"${'d'.repeat(40)}"`, '"e"']) {
      await files.add(child(0, { output }));
    }
    await files.finish();
    expect(['0', '1', '2', '3'].map((index) => parsed(`SUCCEEDED_${index}.json`))).toEqual([
      ['aaaaaa', 'bbbbbb'],
      ['cccccc'],
      ['d'.repeat(40)],
      ['e'],
    ]);
    const { ResultFiles: told } = JSON.parse(stored(root, `${folder}/manifest.json`)) as {
      ResultFiles: { SUCCEEDED: { Size: number }[] };
    };
    expect(told.SUCCEEDED.map(({ Size }) => Size)).toEqual([19, 10, 44, 5]);
  });

  it('may be none', async () => {
    const results = storage.exportResults(exportRequest({ parameters: { Bucket: BUCKET } }));
    const key = `${MAP_RUN_ARN.split(':').at(-1)}/manifest.json`;
    expect(JSON.parse(await results.finish())).toMatchObject({ ResultWriterDetails: { Key: key } });
    expect(JSON.parse(stored(root, key))).toMatchObject({ ResultFiles: { FAILED: [], PENDING: [], SUCCEEDED: [] } });
  });

  it('go out in parts where they are large, and leave nothing where they are given up', async () => {
    const output = JSON.stringify('x'.repeat(200_000));
    const results = storage.exportResults(exportRequest({ writerConfig: { Transformation: 'COMPACT' } }));
    for (let index = 0; index < 100; index++) await results.add(child(index, { output }));
    await results.finish();
    expect(parsed('SUCCEEDED_0.json')).toEqual(Array.from({ length: 100 }, (): unknown => JSON.parse(output)));
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    const others = storage.exportResults(exportRequest({ parameters: { Bucket: BUCKET, Prefix: 'given-up' } }));
    for (let index = 0; index < 50; index++) await others.add(child(index, { output }));
    expect(readdirSync(join(root, '.uploads'))).not.toEqual([]);
    await others.abort();
    expect(readdirSync(join(root, '.uploads'))).toEqual([]);
    expect(readdirSync(join(root, BUCKET))).not.toContain('given-up');
  });

  it.each<[string, Parameters<typeof exportRequest>[0]]>([
    ["The field 'Bucket' of the ResultWriter is required.", { parameters: { Prefix: 'x' } }],
    ["The field 'Key' is not supported by the ResultWriter.", { parameters: { Bucket: BUCKET, Key: 'x' } }],
    ["The Transformation 'SOME' is none.", { writerConfig: { Transformation: 'SOME' } }],
    ["The OutputType 'XML' is none.", { writerConfig: { OutputType: 'XML' } }],
  ])('fail with %j', async (text, change) => {
    expect(await failureOf(() => write(change))).toBe(`States.ResultWriterFailed: ${text}`);
  });

  it('are refused in the words of S3', async () => {
    expect(await failureOf(() => write({ parameters: { Bucket: 'gone' } }))).toMatch(
      /^States\.ResultWriterFailed: The specified bucket does not exist \(Service: S3, Status Code: 404/,
    );
  });
});
