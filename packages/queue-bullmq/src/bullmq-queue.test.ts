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

  test('hints of one turn share jobs, and are handed over only as there is room', async () => {
    const queue = open('{several}', 1);
    const ids = Array.from({ length: 40 }, (_, index) => `e${index}`);
    queue.send(ids);
    const client = new Redis(redis.url);
    const consumer = new RecordingConsumer('worker-1', 5);
    let release = (): void => undefined;
    consumer.gate = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await expect.poll(async () => (await queue.health()).depth).toBe(40);
      expect(await client.llen('{several}:hints-0:wait')).toBe(3);
      await queue.consume(consumer);
      await consumer.until('the first share', () => consumer.shared.length > 0);
      expect(consumer.shared.length).toBeLessThanOrEqual(5);
      release();
      await consumer.untilShared(...ids);
      expect(consumer.shared.toSorted()).toEqual(ids.toSorted());
    } finally {
      client.disconnect();
      await queue.close();
    }
  });

  test('what a closing consumer had fetched and not handed over goes to another', async () => {
    const queue = open('{handed-back}', 1);
    const first = new RecordingConsumer('worker-1', 2);
    const subscription = await queue.consume(first);
    const ids = Array.from({ length: 16 }, (_, index) => `e${index}`);
    first.onHints = async (executionIds) => {
      first.shared.push(...executionIds);
      first.free = 0;
    };
    queue.send(ids);
    await expect.poll(() => first.shared.length).toBe(2);
    await subscription.close();
    const second = new RecordingConsumer('worker-2');
    await queue.consume(second);
    await second.untilShared(...ids.slice(2));
    await queue.close();
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
