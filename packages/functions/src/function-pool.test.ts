import { silentLogger } from '@everstep/engine';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FunctionPool, type PoolResult } from './function-pool.ts';

let folder = '';
let pool: FunctionPool;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-pool-'));
  const module = join(folder, 'index.mjs');
  await writeFile(module, 'export const handler = () => "done";');
  const limits = { timeoutSeconds: 10, memoryMb: 64, concurrency: 1 };
  pool = new FunctionPool({ name: 'f', folder, module, ...limits, environment: {} }, 'eu-west-1', silentLogger);
});

afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

function invoke(signal = new AbortController().signal): Promise<PoolResult> {
  const invocation = {
    functionName: 'f',
    payload: '{}',
    invocationType: 'RequestResponse' as const,
    clientContext: {},
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
    signal,
  };
  return pool.invoke({ invocation, requestId: 'r', functionArn: 'arn:aws:lambda:eu-west-1:000000000001:function:f' });
}

it('a process that is cancelled while its answer is on the way serves nobody else', async () => {
  const done = { ok: true, payload: '"done"' };
  expect(await invoke()).toMatchObject(done);
  const controller = new AbortController();
  const cancelled = invoke(controller.signal);
  // Lets the request out, and then keeps the answer waiting in the pipe.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  controller.abort();
  await cancelled;
  expect(await invoke()).toMatchObject(done);
});
