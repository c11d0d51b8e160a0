import {
  describeQueueContract,
  describeWithRedis,
  RecordingConsumer,
  RecordingLogger,
  startTestRedis,
  type TestRedis,
} from '@everstep/testkit';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBullmqQueue } from './bullmq-queue.ts';

describeWithRedis('queue-bullmq', () => {
  let redis: TestRedis;
  let benches = 0;
  beforeAll(async () => {
    redis = await startTestRedis({ own: true });
  });
  afterAll(() => redis.stop());

  const open = (prefix: string, queues = 8) =>
    createBullmqQueue({ redisUrl: redis.url, logger: new RecordingLogger(), prefix, queues });

  describeQueueContract('queue-bullmq', {
    openBench: async (logger) => {
      benches += 1;
      const prefix = `{bench${benches}}`;
      return { open: () => createBullmqQueue({ redisUrl: redis.url, logger, prefix }) };
    },
    server: () => redis,
  });

  test('nothing is left in Redis of hints that were taken', async () => {
    const queue = open('{leftover}');
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    const ids = Array.from({ length: 100 }, (_, index) => `e${index}`);
    queue.send(ids);
    await consumer.untilShared(...ids);
    const client = new Redis(redis.url);
    try {
      const jobKeys = async () => (await client.keys('{leftover}:*')).filter((key) => /:(\d+|de:.*|dn:.*)$/.test(key));
      await expect.poll(jobKeys, { timeout: 5_000 }).toEqual([]);
    } finally {
      client.disconnect();
      await queue.close();
    }
  });

  test('a job carries the execution id and nothing else', async () => {
    const queue = open('{content}', 1);
    queue.send(['e1']);
    const client = new Redis(redis.url);
    try {
      await expect.poll(() => client.hget('{content}:hints-0:1', 'data')).toBe('"e1"');
    } finally {
      client.disconnect();
      await queue.close();
    }
  });

  test('a hint fetched by a process that died is offered again', async () => {
    const queue = open('{died}', 1);
    queue.send(['e1']);
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const died = new Worker('hints-0', null, {
      connection,
      prefix: '{died}',
      autorun: false,
      lockDuration: 200,
    });
    await expect.poll(async () => (await died.getNextJob('token'))?.data, { timeout: 5_000 }).toBe('e1');
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    // Swallowed by the dead process's job until that one is found to be stalled.
    queue.send(['e1']);
    await consumer.untilShared('e1');
    expect(consumer.shared).toContain('e1');
    await died.close(true);
    connection.disconnect();
    await queue.close();
  });

  test('Redis is emptied under way: what is sent afterwards arrives', async () => {
    const queue = open('{emptied}');
    const consumer = new RecordingConsumer('worker-1', 0);
    await queue.consume(consumer);
    queue.send(['lost']);
    await expect.poll(async () => (await queue.health()).depth).toBe(1);
    await redis.flush();
    consumer.free = 10;
    queue.send(['e1', 'e2']);
    await consumer.untilShared('e1', 'e2');
    expect(consumer.shared).not.toContain('lost');
    await queue.close();
  });

  test('hints of a turn wait for Redis, up to a bound, and are then delivered', async () => {
    const logger = new RecordingLogger();
    const queue = createBullmqQueue({ redisUrl: redis.url, logger, prefix: '{buffered}', maxWaiting: 1_000 });
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    await redis.kill();
    try {
      await expect.poll(async () => (await queue.health()).healthy).toBe(false);
      queue.send(Array.from({ length: 1_010 }, (_, index) => `e${index}`));
      expect(await queue.health()).toMatchObject({ healthy: false, depth: 1_000 });
      expect((await queue.health()).reason).toContain('10 messages dropped');
    } finally {
      await redis.start();
    }
    await consumer.untilShared('e0', 'e999');
    expect(consumer.shared).not.toContain('e1000');
    await queue.close();
  });
});
