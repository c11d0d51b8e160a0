import { createStoreClock, startExecution } from '@everstep/engine';
import { createPostgresStore, migrate } from '@everstep/store-postgres';
import {
  describeWithRedisCluster,
  RecordingLogger,
  startTestPostgres,
  startTestRedisCluster,
  type TestRedisCluster,
  World,
} from '@everstep/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createQueue } from './adapters.ts';
import { readConfig } from './config.ts';

const PATIENCE_MS = 120_000;
/** As many lanes as it takes to reach the queues of every node. */
const MACHINES = 12;

describeWithRedisCluster('everstep on a Redis Cluster', () => {
  const closing: Array<() => Promise<unknown>> = [];
  let cluster: TestRedisCluster;
  let databaseUrl = '';
  let starter: World;
  let arns: string[];

  beforeAll(async () => {
    const postgres = await startTestPostgres();
    closing.push(() => postgres.stop());
    databaseUrl = await postgres.createDatabase();
    await migrate(databaseUrl);
    cluster = await startTestRedisCluster();
    closing.push(() => cluster.stop());
    starter = await openWorld();
    await starter.startScheduler();
    for (let workers = 0; workers < 2; workers += 1) await (await openWorld()).startWorker();
    const task = { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:echo' };
    const definition = {
      StartAt: 'First',
      States: {
        First: { ...task, Next: 'Wait' },
        Wait: { Type: 'Wait', Seconds: 1, Next: 'Second' },
        Second: { ...task, End: true },
      },
    };
    arns = await Promise.all(Array.from({ length: MACHINES }, () => starter.createMachine(definition)));
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const close of closing.toReversed()) await close();
  }, PATIENCE_MS);

  /** What one process has: connections of its own to Postgres, and to Redis as its settings say. */
  async function openWorld(): Promise<World> {
    const logger = new RecordingLogger();
    const config = readConfig({ DATABASE_URL: databaseUrl, REDIS_URL: cluster.url });
    const store = createPostgresStore({ connectionString: databaseUrl, poolSize: 3 });
    const clock = await createStoreClock(store);
    const hints = await createQueue(config, databaseUrl, true, logger);
    const tasks = { echo: () => ({ type: 'succeeded', output: '"done"' }) as const };
    const world = new World({ store, clock, hints, logger, tasks });
    closing.push(
      () => store.close(),
      async () => clock.close(),
      () => hints.close(),
      () => world.stop(),
    );
    return world;
  }

  async function startOfEach(): Promise<string[]> {
    const started = await Promise.all(
      arns.map((stateMachineArn) => startExecution(starter.context, { stateMachineArn })),
    );
    return started.map(({ executionArn }) => executionArn);
  }

  async function untilSucceeded(executionArns: readonly string[]): Promise<void> {
    const open = async () => {
      const statuses = await Promise.all(executionArns.map((executionArn) => starter.status(executionArn)));
      return statuses.filter((status) => status !== 'SUCCEEDED');
    };
    await expect.poll(open, { timeout: PATIENCE_MS, interval: 100 }).toEqual([]);
    for (const executionArn of executionArns) await starter.history(executionArn);
  }

  it(
    'executions end: with all nodes, while one is away, and after it has come back',
    async () => {
      await untilSucceeded(await startOfEach());
      const underWay = await startOfEach();
      await cluster.kill(0);
      const meanwhile = await startOfEach();
      await untilSucceeded([...underWay, ...meanwhile]);
      await cluster.start(0);
      const isHealthy = async () => (await starter.context.hints.health()).healthy;
      await expect.poll(isHealthy, { timeout: PATIENCE_MS }).toBe(true);
      await untilSucceeded(await startOfEach());
    },
    PATIENCE_MS * 2,
  );
});
