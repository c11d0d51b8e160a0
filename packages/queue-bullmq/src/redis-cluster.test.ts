import {
  describeQueueContract,
  describeWithRedisCluster,
  RecordingConsumer,
  RecordingLogger,
  startTestRedisCluster,
  type TestRedisCluster,
} from '@everstep/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBullmqQueue } from './bullmq-queue.ts';

/** One id for each of eight queues. */
const ids = Array.from({ length: 8 }, (_, lane) => `01930000-0000-7000-8000-00000000000${lane}`);

describeWithRedisCluster('queue-bullmq on a Redis Cluster', () => {
  let cluster: TestRedisCluster;
  let benches = 0;
  beforeAll(async () => {
    cluster = await startTestRedisCluster();
  });
  afterAll(() => cluster.stop());

  const open = (prefix: string, logger = new RecordingLogger()) =>
    createBullmqQueue({ redisUrl: cluster.url, logger, prefix });

  const onAll = (act: (node: number) => Promise<void>) => async (): Promise<void> => {
    await Promise.all(cluster.nodeUrls.map((_, node) => act(node)));
  };

  describeQueueContract('queue-bullmq on a Redis Cluster', {
    openBench: async (logger) => {
      benches += 1;
      const prefix = `{bench${benches}}`;
      return { open: () => open(prefix, logger) };
    },
    server: () => ({ kill: onAll((node) => cluster.kill(node)), start: onAll((node) => cluster.start(node)) }),
  });

  test('the queues are spread over the nodes, each whole on one of them', async () => {
    const queue = open('{spread}');
    queue.send(ids);
    await expect.poll(async () => (await queue.health()).depth).toBe(8);
    const keys: string[][] = [];
    for (const url of cluster.nodeUrls) {
      const client = new Redis(url);
      keys.push((await client.keys('{spread-*}:hints-*:wait')).map((key) => key.slice(0, 10)));
      client.disconnect();
    }
    expect(keys.flat().toSorted()).toEqual(ids.map((_, index) => `{spread-${index}}`.slice(0, 10)));
    expect(keys.filter((found) => found.length > 0).length).toBe(3);
    await queue.close();
  });

  test('a node dies and comes back: unhealthy meanwhile, then all goes on, and the log says which', async () => {
    const logger = new RecordingLogger();
    const queue = open('{one-dies}', logger);
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    queue.send(ids);
    await consumer.untilShared(...ids);
    await cluster.kill(1);
    try {
      await expect.poll(async () => (await queue.health()).healthy, { timeout: 20_000 }).toBe(false);
      queue.send(ids);
    } finally {
      await cluster.start(1);
    }
    await expect.poll(async () => (await queue.health()).healthy, { timeout: 20_000 }).toBe(true);
    await consumer.until(
      'every queue',
      () => ids.every((id) => consumer.shared.filter((one) => one === id).length >= 2),
      60_000,
    );
    const [, address] = cluster.nodeUrls[1]?.split('@') ?? [];
    expect(logger.problems.map(({ fields }) => Object(fields).node)).toContain(address);
    await queue.close();
  });
});
