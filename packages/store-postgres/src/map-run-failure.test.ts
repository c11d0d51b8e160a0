import { redriveExecution, silentLogger, startExecution, StoreClock } from '@everstep/engine';
import { createLocalQueue } from '@everstep/queue-local';
import { World } from '@everstep/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({ connectionString: database.connectionString, poolSize: 6 });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const DEFINITION = {
  StartAt: 'Map',
  States: {
    Map: {
      Type: 'Map',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'Work',
        States: { Work: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:1:function:work', End: true } },
      },
      End: true,
    },
  },
};

test('a Map Run that cannot be read stops its children, fails, and comes to its end by a redrive', async () => {
  const clock = await StoreClock.create(store, silentLogger);
  const hints = createLocalQueue({ logger: silentLogger });
  const begun = Promise.withResolvers<void>();
  const claim = store.claim.bind(store);
  let isUnreadable = false;
  const owned: string[] = [];
  store.claim = async (request) =>
    (await claim(request)).map((run) => {
      if (!run.mapRun) return run;
      owned.push(run.execution.executionId);
      return isUnreadable ? { ...run, unreadable: 'its key is disabled.' } : run;
    });
  let running = 0;
  const tasks = {
    work: async ({ parameters, signal }: { parameters: unknown; signal: AbortSignal }) => {
      if (!isUnreadable && running < 3) {
        running += 1;
        if (running === 3) begun.resolve();
        await clock.sleep(600_000, signal);
      }
      return { type: 'succeeded' as const, output: Number(parameters) };
    },
  };
  const world = new World({ store, hints, clock, tasks });
  const worker = await world.startWorker();
  await world.startScheduler();
  try {
    const stateMachineArn = await world.createMachine(DEFINITION);
    const { executionArn } = await startExecution(world.context, { stateMachineArn, input: '[1,2,3]' });
    await begun.promise;
    isUnreadable = true;
    // Somebody else has had it: its owner, once it is fenced, claims it anew.
    const [mapRunId = ''] = owned;
    const [{ epoch } = { epoch: 0 }] = await claim({
      ...{ workerId: worker.status().workerId, executionIds: [mapRunId], formats: [2] },
    });
    await store.release([{ executionId: mapRunId, epoch }]);
    hints.send([mapRunId]);
    const { executionId } = (await store.findExecutionByArn(executionArn)) ?? { executionId: '' };
    await expect.poll(() => world.status(executionArn), { timeout: 30_000 }).toBe('FAILED');
    const [record] = await store.listMapRuns({ executionId, limit: 1 });
    expect(record?.status).toBe('FAILED');
    const children = await store.listChildren({ parentId: mapRunId, order: 'items', limit: 9 });
    expect(children.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
    isUnreadable = false;
    await redriveExecution(world.context, { executionArn });
    await expect.poll(() => world.status(executionArn), { timeout: 30_000 }).toBe('SUCCEEDED');
    expect(await world.output(executionArn)).toEqual([1, 2, 3]);
  } finally {
    await world.stop();
    await hints.close();
    clock.close();
  }
}, 90_000);
