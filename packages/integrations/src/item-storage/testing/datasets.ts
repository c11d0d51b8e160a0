import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type ChildResult,
  type ItemReadRequest,
  type ItemStorage,
  ItemStorageError,
  type ResultExportRequest,
} from '@everstep/engine';
import type { JsonObject } from '@everstep/language';

export const MAP_RUN_ARN =
  'arn:aws:states:us-east-1:123456789012:mapRun:orders/Map:1d1d2f0c-5a1e-4c0e-9a0e-3f6d2b1c0a9b';
export const BUCKET = 'data';

/** A file in the bucket of the tests. */
export function store(root: string, key: string, content: string | Uint8Array): void {
  const path = join(root, BUCKET, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

export function stored(root: string, key: string): string {
  return readFileSync(join(root, BUCKET, key), 'utf8');
}

export function readRequest(readerConfig: JsonObject | null, change: Partial<ItemReadRequest> = {}): ItemReadRequest {
  return {
    resource: 'arn:aws:states:::s3:getObject',
    parameters: { Bucket: BUCKET, Key: 'file' },
    readerConfig,
    roleArn: null,
    mapRunArn: MAP_RUN_ARN,
    skip: 0,
    signal: new AbortController().signal,
    ...change,
  };
}

export async function readAll(storage: ItemStorage, request: ItemReadRequest): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const { value } of storage.readItems(request)) items.push(JSON.parse(value));
  return items;
}

/** Error and cause of what fails. */
export async function failureOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof ItemStorageError) return `${error.error}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing failed');
}

export function exportRequest(change: Partial<ResultExportRequest> = {}): ResultExportRequest {
  return {
    resource: 'arn:aws:states:::s3:putObject',
    parameters: { Bucket: BUCKET, Prefix: 'results' },
    writerConfig: null,
    roleArn: null,
    mapRunArn: MAP_RUN_ARN,
    signal: new AbortController().signal,
    ...change,
  };
}

export function child(index: number, change: Partial<ChildResult> = {}): ChildResult {
  const name = `child-${index}`;
  return {
    status: 'SUCCEEDED',
    executionArn: `arn:aws:states:us-east-1:123456789012:execution:orders/Map:${name}`,
    name,
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:orders/Map',
    input: JSON.stringify({ index }),
    output: JSON.stringify([{ index }, 'done']),
    error: null,
    cause: null,
    startDate: 0,
    stopDate: 1,
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: null,
    ...change,
  };
}
