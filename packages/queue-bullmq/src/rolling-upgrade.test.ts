import {
  describeWithRedis,
  RecordingConsumer,
  RecordingListener,
  RecordingLogger,
  startTestRedis,
  type TestRedis,
} from '@everstep/testkit';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createBullmqQueue } from './bullmq-queue.ts';

// Processes of two releases run beside each other while an installation is upgraded. What is pinned here may be added to,
// and never changed: whoever needs another shape reads it one release before anybody writes it.

const ids = Array.from({ length: 16 }, (_, index) => `01930000-0000-7000-8000-0000000000${index + 10}`);
const [first = '', second = ''] = ids;

describeWithRedis('queue-bullmq beside another release', () => {
  let redis: TestRedis;
  let client: Redis;
  const closing: Array<() => unknown> = [];
  beforeAll(async () => {
    redis = await startTestRedis({ own: true });
    client = new Redis(redis.url);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  const open = (prefix: string, logger = new RecordingLogger()) => {
    const queue = createBullmqQueue({ redisUrl: redis.url, logger, prefix, queues: 1 });
    closing.push(() => queue.close());
    return queue;
  };

  /** A job as it lies in Redis once the queue has written it. */
  const written = async (prefix: string): Promise<Record<string, string>> => {
    await expect.poll(() => client.llen(`${prefix}:hints-0:wait`)).toBe(1);
    const [jobId = ''] = await client.lrange(`${prefix}:hints-0:wait`, 0, -1);
    return { jobId, ...(await client.hgetall(`${prefix}:hints-0:${jobId}`)) };
  };

  /** Puts a job into Redis as its bytes are; `data`: text. */
  const put = (prefix: string, jobId: string, data: string, opts = '{"attempts":1}', name = 'hint') =>
    client
      .multi()
      .hset(`${prefix}:hints-0:${jobId}`, { name, data, opts, timestamp: '1', delay: '0', priority: '0' })
      .lpush(`${prefix}:hints-0:wait`, jobId)
      .zadd(`${prefix}:hints-0:marker`, 0, '0')
      .exec();

  const left = async (prefix: string) =>
    (await client.keys(`${prefix}:hints-0:*`)).filter((key) => !/:(meta|events|id|stalled-check|marker)$/.test(key));

  test('golden: a job of one id', async () => {
    open('{one}').send([first]);
    const { jobId, name, data, opts = '' } = await written('{one}');
    expect({ jobId, name, data }).toEqual({ jobId: '1', name: 'hint', data: `"${first}"` });
    expect(JSON.parse(opts)).toMatchObject({
      ...{ attempts: 1, removeOnComplete: true, removeOnFail: true },
      de: { id: first, keepLastIfActive: true },
    });
  });

  test('golden: a job of several ids', async () => {
    open('{several}').send(ids);
    const { jobId, name, data, opts = '' } = await written('{several}');
    expect(jobId).toMatch(/^[0-9a-f]{16}-\d+x16$/);
    expect({ name, data }).toEqual({ name: 'hints', data: JSON.stringify(ids) });
    expect(JSON.parse(opts)).toMatchObject({ attempts: 1, removeOnComplete: true, removeOnFail: true });
  });

  test('golden: a message to one worker, and an announcement', async () => {
    const heard: string[][] = [];
    const listener = new Redis(redis.url);
    closing.push(() => listener.disconnect());
    listener.on('message', (channel: string, message: string) => heard.push([channel, message]));
    await listener.subscribe('{channels}:worker:w1', '{channels}:topic:wake');
    const queue = open('{channels}');
    // A message finds Redis away until the client is connected, and is lost then.
    await expect.poll(async () => (await queue.health()).healthy).toBe(true);
    queue.sendToWorker('w1', [first, second]);
    queue.announce('wake', '1750000000000');
    await expect.poll(() => heard.length).toBe(2);
    const of = (channel: string) => heard.find(([name]) => name === channel)?.[1] ?? '';
    expect(of('{channels}:worker:w1')).toMatch(/^[0-9a-f]{16}\["[^"]+","[^"]+"\]$/);
    expect(of('{channels}:worker:w1').slice(16)).toBe(JSON.stringify([first, second]));
    expect(of('{channels}:topic:wake').slice(16)).toBe('1750000000000');
  });

  test('what another release wrote is read: texts, and lists of other lengths and names', async () => {
    const queue = open('{read}');
    await put('{read}', '1', `"${ids[0]}"`, '{"attempts":1,"removeOnComplete":true}');
    await put('{read}', 'abc-1x2', JSON.stringify(ids.slice(1, 3)), '{"attempts":1}', 'hints');
    await put('{read}', 'later-5', JSON.stringify(ids.slice(3)), '{"attempts":1}', 'hints of a later release');
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    await consumer.untilShared(...ids);
    expect(consumer.shared.toSorted()).toEqual(ids);
    await expect.poll(() => left('{read}'), { timeout: 10_000 }).toEqual([]);
  });

  test('what nobody can read is ignored with a line in the log, completed, and holds up nothing', async () => {
    const logger = new RecordingLogger();
    const queue = open('{garbage}', logger);
    const garbage = ['7', 'null', '{"ids":["e1"]}', '"an id with spaces"', '[]', '[[1]]', '{broken', `["${first}",7]`];
    for (const [index, data] of garbage.entries()) await put('{garbage}', `garbage-${index}`, data);
    const consumer = new RecordingConsumer('worker-1', 5);
    await queue.consume(consumer);
    queue.send([second]);
    await consumer.untilShared(first, second);
    await expect.poll(() => left('{garbage}'), { timeout: 10_000 }).toEqual([]);
    expect(consumer.shared.toSorted()).toEqual([first, second]);
    const told = logger.problems.filter(({ message }) => message.includes('is no execution id'));
    // Seven such jobs (an empty list is none): told of the first, the second and the fourth.
    expect(told.map(({ fields }) => fields)).toMatchObject([{ jobsSoFar: 1 }, { jobsSoFar: 2 }, { jobsSoFar: 4 }]);
    expect(told[0]).toMatchObject({ level: 'warn', fields: { queue: 'hints-0' } });
    expect(logger.problems.filter((problem) => !told.includes(problem))).toEqual([]);
  });

  test('messages that nobody can read are told of, and those behind them arrive', async () => {
    const logger = new RecordingLogger();
    const queue = open('{noise}', logger);
    const consumer = new RecordingConsumer('w1');
    const listener = new RecordingListener();
    await queue.consume(consumer);
    await queue.listen('wake', listener.listener);
    const origin = '0123456789abcdef';
    for (const text of ['', 'x', `${origin}{broken`, `${origin}{"ids":[]}`, `${origin}["${first}",7]`]) {
      await client.publish('{noise}:worker:w1', text);
    }
    await client.publish('{noise}:worker:w1', `${origin}["${second}"]`);
    await client.publish('{noise}:topic:wake', `${origin}soon`);
    await consumer.untilOwn(first, second);
    await listener.until('soon');
    expect(consumer.own).toEqual([first, second]);
    expect(logger.problems.length).toBe(5);
  });

  test('a reader that knows single ids only takes lists away: the hints are lost, and nothing hangs', async () => {
    const queue = open('{older}');
    const older: string[] = [];
    let jobs = 0;
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const worker = new Worker<unknown>(
      'hints-0',
      async ({ data }) => {
        jobs += 1;
        if (typeof data === 'string') older.push(data);
      },
      { connection, prefix: '{older}' },
    );
    closing.push(async () => {
      await worker.close(true);
      connection.disconnect();
    });
    queue.send(ids);
    await expect.poll(() => jobs, { timeout: 10_000 }).toBe(1);
    await expect.poll(() => left('{older}')).toEqual([]);
    expect(older, 'the scheduler hints them again, once their grace is over').toEqual([]);
    queue.send([first]);
    await expect.poll(() => older).toEqual([first]);
  });
});
