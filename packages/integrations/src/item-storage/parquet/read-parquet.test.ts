import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ItemStorage } from '@everstep/engine';
import type { SdkCaller } from '../../aws-sdk/sdk-caller.ts';
import { createItemStorage } from '../item-storage.ts';
import { failureOf, readAll, readRequest, store } from '../testing/datasets.ts';
import { S3Server } from '../testing/s3-server.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

const server = new S3Server();
const { root } = server;
let caller: SdkCaller;
let storage: ItemStorage;

beforeAll(async () => {
  await server.start();
  caller = server.caller();
  storage = createItemStorage(caller, { attempts: 3, timeoutMs: 60_000, pauseMs: 1, longestPauseMs: 1 });
});
afterAll(async () => {
  await caller.close();
  await server.close();
});
beforeEach(() => {
  server.fault = () => null;
  server.seen.length = 0;
});

function write(columnData: ColumnSource[], options: object = {}): void {
  store(root, 'file', new Uint8Array(parquetWriteBuffer({ columnData, ...options })));
}

const read = (change: Parameters<typeof readRequest>[1] = {}, config = {}): Promise<unknown[]> =>
  readAll(storage, readRequest({ InputType: 'PARQUET', ...config }, change));

async function texts(): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of storage.readItems(readRequest({ InputType: 'PARQUET' }))) values.push(value);
  return values;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a Parquet file', () => {
  it('gives a row an item, with all that its types can hold', async () => {
    write([
      { name: 'text', data: ['a', 'ü"', ''], type: 'STRING' },
      { name: 'whole', data: [1, -2, 3], type: 'INT32' },
      { name: 'long', data: [9_007_199_254_740_993n, -1n, 0n], type: 'INT64' },
      { name: 'real', data: [1.5, Number.NaN, -0.25], type: 'DOUBLE' },
      { name: 'yes', data: [true, false, true], type: 'BOOLEAN' },
      { name: 'maybe', data: ['x', null, undefined], type: 'STRING', nullable: true },
      { name: 'bytes', data: [Uint8Array.of(0xff, 0x00), Uint8Array.of(0x41), Uint8Array.of()], type: 'BYTE_ARRAY' },
      { name: 'nested', data: [{ a: [1, { b: 'c' }] }, {}, null], type: 'JSON', nullable: true },
    ]);
    expect(await texts()).toEqual([
      '{"text":"a","whole":1,"long":9007199254740993,"real":1.5,"yes":true,"maybe":"x","bytes":"/wA=","nested":{"a":[1,{"b":"c"}]}}',
      '{"text":"ü\\"","whole":-2,"long":-1,"real":null,"yes":false,"maybe":null,"bytes":"A","nested":{}}',
      '{"text":"","whole":3,"long":0,"real":-0.25,"yes":true,"maybe":null,"bytes":"","nested":null}',
    ]);
  });

  it('has dates and times with all their digits', async () => {
    const time = (unit: string): object => ({
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit },
      repetition_type: 'REQUIRED',
    });
    write(
      [
        { name: 'ms', data: [1_700_000_000_123n, -1n] },
        { name: 'us', data: [1_700_000_000_123_456n, -1n] },
        { name: 'day', data: [19_675, -1] },
      ],
      {
        schema: [
          { name: 'root', num_children: 3 },
          { name: 'ms', ...time('MILLIS') },
          { name: 'us', ...time('MICROS') },
          { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
        ],
      },
    );
    expect(await read()).toEqual([
      { ms: '2023-11-14T22:13:20.123Z', us: '2023-11-14T22:13:20.123456Z', day: '2023-11-14' },
      { ms: '1969-12-31T23:59:59.999Z', us: '1969-12-31T23:59:59.999999Z', day: '1969-12-31' },
    ]);
  });

  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD'])('is read compressed by %s', async (codec) => {
    const compressors = {
      GZIP: (bytes: Uint8Array) => gzipSync(bytes),
      ZSTD: (bytes: Uint8Array) => zstdCompressSync(bytes),
    };
    write([{ name: 'n', data: numbers(5_000), type: 'INT32' }], { codec, compressors });
    expect(await read()).toEqual(numbers(5_000).map((n) => ({ n })));
  });

  it('is fetched row group by row group, in the order of its rows', async () => {
    const data = numbers(30_000).map((n) => `${n} ${'x'.repeat(80)}`);
    write([{ name: 'text', data, type: 'STRING' }], { rowGroupSize: 10_000, codec: 'UNCOMPRESSED' });
    const rows = await read();
    expect(rows).toEqual(data.map((text) => ({ text })));
    server.seen.length = 0;
    expect(await read({ skip: 2 }, { MaxItems: 5 })).toEqual(data.slice(2, 5).map((text) => ({ text })));
    const bytes = server.seen.reduce((sum, { range }) => {
      const [, from, to] = /(\d+)-(\d+)/.exec(range ?? '') ?? [];
      return sum + Number(to) - Number(from);
    }, 0);
    expect(bytes).toBeLessThan(1_500_000);
  });

  it('is read nevertheless where S3 fails for a moment, and under a changed name not at all', async () => {
    write([{ name: 'n', data: numbers(100), type: 'INT32' }]);
    server.fault = (_request, index) =>
      index % 2 === 0 ? { type: 'answer', status: 500, code: 'InternalError' } : null;
    expect(await read()).toHaveLength(100);
    server.fault = () => ({ type: 'answer', status: 500, code: 'InternalError' });
    expect(await failureOf(read)).toContain('InternalError it is (Service: S3, Status Code: 500');
    server.seen.length = 0;
    server.fault = (_request, index) => {
      if (index === 2) store(root, 'file', 'something else, as long as it takes, or longer, or whatever it may be');
      return null;
    };
    expect(await failureOf(read)).toMatch(/^States\.ItemReaderFailed: /);
  });

  it.each<[string, string | Uint8Array]>([
    ['The Parquet file S3://data/file is empty.', ''],
    ['The Parquet file S3://data/file is none.', 'a,b\n1,2\n3,4\n5,6\n7,8\n'],
    ['The Parquet file S3://data/file does not end as one.', `PAR1${'x'.repeat(100)}`],
    [
      'The Parquet file S3://data/file has a footer larger than itself.',
      `PAR1${'x'.repeat(20)}\u0040\u0000\u0000\u0000PAR1`,
    ],
    [
      'The Parquet file S3://data/file has a footer of 6291456 bytes, more than 5242880.',
      `PAR1${'x'.repeat(20)}\u0000\u0000\u0060\u0000PAR1`,
    ],
  ])('fails with %j', async (text, content) => {
    store(root, 'file', content);
    expect(await failureOf(read)).toBe(`States.ItemReaderFailed: ${text}`);
  });

  it('fails where it is damaged', async () => {
    const whole = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'n', data: numbers(1_000), type: 'INT32' }] }));
    store(root, 'file', Buffer.concat([whole.subarray(0, 4), Buffer.alloc(200, 0xee), whole.subarray(204)]));
    expect(await failureOf(read)).toMatch(
      /^States\.ItemReaderFailed: The Parquet file S3:\/\/data\/file cannot be read: /,
    );
    const footer = Buffer.from(whole);
    footer.fill(0xee, footer.length - 60, footer.length - 8);
    store(root, 'file', footer);
    expect(await failureOf(read)).toMatch(
      /^States\.ItemReaderFailed: The Parquet file S3:\/\/data\/file cannot be read: /,
    );
  });

  it('is read where a server knows no ranges', async () => {
    write([{ name: 'n', data: numbers(1_000), type: 'INT32' }], { rowGroupSize: 300 });
    server.fault = () => ({ type: 'whole' });
    expect(await read()).toEqual(numbers(1_000).map((n) => ({ n })));
  });

  it('is left alone once it is no longer wanted', async () => {
    write([{ name: 'n', data: numbers(100_000), type: 'INT32' }]);
    const controller = new AbortController();
    server.fault = (_request, index) => {
      if (index < 2) return null;
      setImmediate(() => controller.abort(new Error('no longer wanted')));
      return { type: 'hang', afterBytes: null };
    };
    await expect(read({ signal: controller.signal })).rejects.toThrow('no longer wanted');
  });
});
