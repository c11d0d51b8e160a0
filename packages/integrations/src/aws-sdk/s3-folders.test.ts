import type { Json } from '@everstep/language';
import { contractRequest } from '@everstep/testkit';
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsSdkIntegration } from './aws-sdk.ts';
import { SdkCaller } from './sdk-caller.ts';

const root = mkdtempSync(join(tmpdir(), 'everstep-buckets-'));
const caller = new SdkCaller({
  region: 'us-east-1',
  environment: {},
  bucketFolders: { root, accountId: '123456789012' },
});

beforeAll(() => mkdirSync(join(root, 'orders')));
afterAll(async () => {
  await caller.close();
  rmSync(root, { recursive: true, force: true });
});

function perform(action: string, parameters: Json) {
  return createAwsSdkIntegration(caller).perform(contractRequest(`aws-sdk:s3:${action}`, parameters));
}

describe('aws-sdk:s3:… on folders', () => {
  it('writes, lists, reads and deletes', async () => {
    const put = await perform('putObject', { Bucket: 'orders', Key: 'new/1.json', Body: { id: 1 } });
    expect(put).toMatchObject({ type: 'succeeded', output: { ETag: expect.any(String) } });
    expect(readFileSync(join(root, 'orders/new/1.json'), 'utf8')).toBe('{"id":1}');
    await perform('copyObject', { Bucket: 'orders', Key: 'new/2.json', CopySource: 'orders/new/1.json' });
    const list = await perform('listObjectsV2', { Bucket: 'orders', Prefix: 'new/' });
    expect(list).toMatchObject({
      output: { KeyCount: 2, Contents: [{ Key: 'new/1.json', Size: 8 }, { Key: 'new/2.json' }] },
    });
    const get = await perform('getObject', { Bucket: 'orders', Key: 'new/2.json' });
    expect(get).toMatchObject({ type: 'succeeded', output: { Body: '{"id":1}', ContentLength: 8 } });
    expect(await perform('headObject', { Bucket: 'orders', Key: 'new/2.json' })).toMatchObject({ type: 'succeeded' });
    expect(await perform('deleteObject', { Bucket: 'orders', Key: 'new/2.json' })).toMatchObject({ type: 'succeeded' });
  });

  it('fails in the words of S3', async () => {
    const failed = await perform('getObject', { Bucket: 'orders', Key: 'gone' });
    expect(failed).toEqual({
      type: 'failed',
      error: 'S3.NoSuchKeyException',
      cause: expect.stringMatching(
        /^The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: [0-9A-F]{16}, Extended Request ID: \S+\)$/,
      ),
    });
    const bucket = await perform('listObjectsV2', { Bucket: 'missing' });
    expect(bucket).toMatchObject({ type: 'failed', error: 'S3.NoSuchBucketException' });
  });
});
