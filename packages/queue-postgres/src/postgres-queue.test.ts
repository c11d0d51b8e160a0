import {
  describeQueueContract,
  RecordingConsumer,
  RecordingLogger,
  startTestPostgres,
  type TestPostgres,
} from '@everstep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresQueue } from './postgres-queue.ts';

let postgres: TestPostgres;
let connectionString = '';
let benches = 0;
beforeAll(async () => {
  postgres = await startTestPostgres({ own: true, fsync: false });
  connectionString = await postgres.createDatabase();
});
afterAll(() => postgres.stop());

describeQueueContract('queue-postgres', {
  openBench: async (logger) => {
    benches += 1;
    const channelPrefix = `bench_${benches}`;
    return { open: () => createPostgresQueue({ connectionString, logger, channelPrefix }) };
  },
  server: () => postgres,
});

test('a hint that a process sends to its own consumer needs no database', async () => {
  await postgres.kill();
  try {
    const queue = createPostgresQueue({ connectionString, logger: new RecordingLogger() });
    const consumer = new RecordingConsumer('worker-1');
    await queue.consume(consumer);
    await expect
      .poll(() => {
        queue.send(['e1']);
        return consumer.shared.length;
      })
      .toBeGreaterThan(0);
    await queue.close();
  } finally {
    await postgres.start();
  }
});

test('notifications of others on our channel are ignored, with a warning', async () => {
  const logger = new RecordingLogger();
  const queue = createPostgresQueue({ connectionString, logger, channelPrefix: 'foreign' });
  const consumer = new RecordingConsumer('worker-1');
  await queue.consume(consumer);
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("SELECT pg_notify('foreign', 'not JSON'), pg_notify('foreign', '{\"kind\":\"hints\"}')");
  await client.end();
  await expect
    .poll(() => logger.problems.map(({ message }) => message))
    .toContain('a notification that is not ours was ignored');
  queue.send(['e1']);
  await consumer.untilShared('e1');
  await queue.close();
});

test('hints that a closing process could not deliver go to another', async () => {
  const open = () => createPostgresQueue({ connectionString, logger: new RecordingLogger(), channelPrefix: 'closing' });
  const [leaving, staying] = [open(), open()];
  await leaving.consume(new RecordingConsumer('worker-full', 0));
  const ids = Array.from({ length: 20 }, (_, index) => `e${index}`);
  leaving.send(ids);
  await expect.poll(async () => (await leaving.health()).depth).toBe(20);
  const consumer = new RecordingConsumer('worker-free');
  await staying.consume(consumer);
  await leaving.close();
  await consumer.untilShared(...ids);
  expect(consumer.shared.length).toBe(20);
  await staying.close();
});

test('a database that is away is told once, and its return once', async () => {
  const logger = new RecordingLogger();
  const queue = createPostgresQueue({ connectionString, logger, channelPrefix: 'away' });
  await expect.poll(async () => (await queue.health()).healthy).toBe(true);
  await postgres.kill();
  await expect.poll(async () => (await queue.health()).healthy).toBe(false);
  // Long enough for several attempts to connect.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await postgres.start();
  await expect.poll(async () => (await queue.health()).healthy, { timeout: 5_000 }).toBe(true);
  expect(logger.problems.map(({ message }) => message)).toEqual(['no connection for notifications; hints are lost']);
  await queue.close();
});
