import type { Json } from '@everstep/language';
import {
  contractRequest,
  describeWithRedisCluster,
  startTestRedisCluster,
  type TestRedisCluster,
} from '@everstep/testkit';
import { Queue, Worker } from 'bullmq';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBullmqAddJobIntegration } from '../bullmq/add-job.ts';
import { createRedisXaddIntegration } from './xadd.ts';

const TIMEOUT_MS = 10_000;

describeWithRedisCluster('tasks on a Redis Cluster', () => {
  let server: TestRedisCluster;
  let client: Cluster;
  let xadd: ReturnType<typeof createRedisXaddIntegration>;
  let addJob: ReturnType<typeof createBullmqAddJobIntegration>;

  beforeAll(async () => {
    server = await startTestRedisCluster();
    const base = { accounts: null, timeoutMs: TIMEOUT_MS, url: server.url };
    const stranger = { ...base, url: server.url.replace(/:[^:@]+@/, ':wrong@') };
    xadd = createRedisXaddIntegration(
      new Map([
        ['events', base],
        ['stranger', stranger],
        ['nowhere', { ...base, url: 'redis+cluster://127.0.0.1:1' }],
      ]),
    );
    addJob = createBullmqAddJobIntegration(
      new Map([
        ['tagged', { ...base, prefix: '{jobs}' }],
        ['plain', { ...base, prefix: null }],
      ]),
    );
    const { password, host } = new URL(server.nodeUrls[0] ?? '');
    const [hostname = '', port = ''] = host.split(':');
    client = new Cluster([{ host: hostname, port: Number(port) }], {
      redisOptions: { password, maxRetriesPerRequest: null },
    });
  });
  afterAll(async () => {
    await xadd.close?.();
    await addJob.close?.();
    client.disconnect();
    await server.stop();
  });

  const append = (parameters: object, attemptId = 'e-3') =>
    xadd.perform(
      contractRequest('everstep:redis:xadd', { Target: 'events', Fields: { a: 1 }, ...parameters }, { attemptId }),
    );
  const add = (parameters: Record<string, Json>) =>
    addJob.perform(contractRequest('everstep:bullmq:addJob', { Name: 'n', Data: {}, ...parameters }));

  it('appends to streams in every slot, once for an attempt', async () => {
    for (let stream = 0; stream < 12; stream += 1) {
      const Stream = stream % 2 === 0 ? `s${stream}` : `a{s${stream}}`;
      expect(await append({ Stream })).toMatchObject({ output: { Stream, Duplicate: false } });
      expect(await append({ Stream })).toMatchObject({ output: { Stream, Duplicate: true } });
      expect(await client.xlen(Stream)).toBe(1);
    }
  });

  it('adds jobs that a worker takes; without a hash tag that is refused, and says why', async () => {
    const output = { Queue: 'images', JobId: 'e-3' };
    expect(await add({ Target: 'tagged', Queue: 'images' })).toEqual({ type: 'succeeded', output });
    expect(await add({ Target: 'plain', Queue: '{images}' })).toMatchObject({ type: 'succeeded' });
    expect(await add({ Target: 'plain', Queue: 'images' })).toMatchObject({
      ...{ type: 'failed', error: 'States.Runtime', cause: expect.stringContaining('in one slot') },
    });
    const worker = new Worker('images', async () => undefined, { connection: client, prefix: '{jobs}' });
    const queue = new Queue('images', { connection: client, prefix: '{jobs}' });
    await expect.poll(async () => (await queue.getJob('e-3'))?.getState(), { timeout: TIMEOUT_MS }).toBe('completed');
    await worker.close();
    await queue.close();
  });

  it('says what is wrong: a password, no node at all', async () => {
    expect(await append({ Target: 'stranger', Stream: 's' })).toMatchObject({ error: 'Redis.AuthenticationFailed' });
    expect(await append({ Target: 'nowhere', Stream: 's' })).toMatchObject({
      ...{ error: 'Redis.ConnectionFailed', cause: 'No node of the cluster can be reached.' },
    });
  });

  it('fails while a node is away, whichever way, and works once it is back', async () => {
    await server.kill(2);
    try {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, index) => append({ Stream: `s${index}` }, `away-${index}`)),
      );
      const failures = outcomes.flatMap((outcome) => (outcome.type === 'failed' ? [outcome.error] : []));
      expect(failures.length).toBeGreaterThan(0);
      expect(new Set(failures).difference(new Set(['Redis.ConnectionFailed', 'States.Timeout']))).toEqual(new Set());
    } finally {
      await server.start(2);
    }
    for (let index = 0; index < 12; index += 1) {
      expect(await append({ Stream: `s${index}` }, `back-${index}`)).toMatchObject({ type: 'succeeded' });
    }
  });
});
