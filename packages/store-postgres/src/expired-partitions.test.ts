import { afterAll, beforeAll, expect, test } from 'vitest';
import { monthOf, PARTITIONED } from './partitions.ts';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { commitOf, executionIdAt, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

const DAY_MS = 86_400_000;
let database: TestDatabase;
let store: PostgresStore;
let scene: Scene;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({ connectionString: database.connectionString });
  scene = await Scene.open(store);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function makeMonth(time: number): Promise<string> {
  const { name, from, to } = monthOf(time);
  for (const table of PARTITIONED) {
    await database.admin.query(
      `create table ${table}_${name} partition of ${table} for values from ('${from}') to ('${to}')`,
    );
  }
  return name;
}

async function months(): Promise<string[]> {
  const { rows } = await database.admin.query<{ name: string }>(
    `select relname as name from pg_class where relispartition and relkind = 'r' and relname ~ '_y2020' order by 1`,
  );
  return rows.map(({ name }) => name);
}

interface Given {
  readonly startedAt: number;
  /** Open where absent. */
  readonly stopDate?: number;
  readonly reusableAt?: number;
}

async function execution({ startedAt, stopDate, reusableAt = stopDate }: Given) {
  const fresh = scene.newExecution({ executionId: executionIdAt(startedAt), startDate: startedAt });
  await store.startExecutions([fresh]);
  if (stopDate === undefined || reusableAt === undefined) return fresh;
  const [run] = await scene.claim([fresh.executionId]);
  if (run === undefined) throw new Error('not claimed');
  const failed = { kind: 'end', status: 'FAILED', output: null, error: 'E', cause: null } as const;
  const history = { firstEventId: 1, lastEventId: 1, events: '[{"id":1}]' };
  await store.commit(scene.workerId, [
    commitOf(run, { consumed: 1, history, then: { ...failed, stopDate, reusableAt } }),
  ]);
  return fresh;
}

async function count(table: string, executionId: string): Promise<number> {
  const { rows } = await database.admin.query<{ count: number }>(
    `select count(*)::int as count from ${table} where execution_id = $1`,
    [executionId],
  );
  return rows[0]?.count ?? 0;
}

test('a month goes whole when all in it is past retention, counted from its end; one open execution keeps it', async () => {
  const [january, february, march] = [0, 1, 2].map((month) => Date.UTC(2020, month, 7));
  if (january === undefined || february === undefined || march === undefined) throw new Error('no months');
  for (const time of [january, february, march]) await makeMonth(time);
  const cutoff = Date.UTC(2020, 4, 1);
  const gone = await execution({ startedAt: january, stopDate: january + DAY_MS });
  const taken = await execution({ startedAt: january, stopDate: january + DAY_MS, reusableAt: Date.now() + DAY_MS });
  // It ran for months: its end counts, not its start.
  const young = await execution({ startedAt: february, stopDate: cutoff + 1 });
  await execution({ startedAt: february, stopDate: february + DAY_MS });
  const open = await execution({ startedAt: march });
  await execution({ startedAt: march, stopDate: march + DAY_MS });

  for (const { executionId } of [gone, young]) {
    await database.admin.query('insert into redrives (execution_id, redrive_count, redrive_date) values ($1, 1, 1)', [
      executionId,
    ]);
  }
  expect(await store.dropExpiredPartitions(cutoff)).toEqual(['executions_y2020m01', 'history_y2020m01']);
  expect(await months()).toEqual([
    'executions_y2020m02',
    'executions_y2020m03',
    'history_y2020m02',
    'history_y2020m03',
  ]);
  for (const { executionId } of [gone, taken]) {
    expect(await store.findExecution(executionId)).toBeNull();
    for (const table of ['history', 'ended_runs', 'redrives']) expect(await count(table, executionId)).toBe(0);
  }
  expect(await store.findExecution(young.executionId)).not.toBeNull();
  for (const table of ['ended_runs', 'redrives']) expect(await count(table, young.executionId)).toBe(1);
  expect(await store.findExecution(open.executionId)).toMatchObject({ status: 'RUNNING' });
  // A name that may be used again is free; the other stays taken, though its execution is gone.
  expect(await store.startExecutions([{ ...gone, executionId: executionIdAt(Date.now()) }])).toEqual([
    { kind: 'started' },
  ]);
  expect(await store.startExecutions([{ ...taken, executionId: executionIdAt(Date.now()) }])).toMatchObject([
    { kind: 'conflict' },
  ]);
  expect(await store.dropExpiredPartitions(cutoff + 2)).toEqual(['executions_y2020m02', 'history_y2020m02']);
  expect(await store.dropExpiredPartitions(Date.now())).toEqual([]);
});

test('dropping waits for nobody long: who reads the table meanwhile is in the way, and it goes on afterwards', async () => {
  await makeMonth(Date.UTC(2020, 6, 1));
  const { admin } = database;
  await admin.query('begin');
  await admin.query('select 1 from executions_y2020m07 limit 1');
  const dropping = store.dropExpiredPartitions(Date.UTC(2021, 0));
  // Others are served while it waits and gives way.
  for (let turn = 0; turn < 20; turn++) {
    const before = performance.now();
    await execution({ startedAt: Date.now() });
    expect(performance.now() - before).toBeLessThan(5_000);
  }
  await admin.query('commit');
  expect(await dropping).toEqual(['executions_y2020m07', 'history_y2020m07']);
});

test('several schedulers drop at once: one does it, the others have nothing to do', async () => {
  await makeMonth(Date.UTC(2020, 8, 1));
  const dropped = await Promise.all([0, 1, 2].map(() => store.dropExpiredPartitions(Date.UTC(2021, 0))));
  expect(dropped.flat()).toEqual(['executions_y2020m09', 'history_y2020m09']);
});
