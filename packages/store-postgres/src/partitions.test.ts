import { afterAll, beforeAll, expect, test } from 'vitest';
import { monthOf } from './partitions.ts';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { executionIdAt, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({ connectionString: database.connectionString });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

async function partitionOf(executionId: string): Promise<string | undefined> {
  const { rows } = await database.admin.query<{ name: string }>(
    'select tableoid::regclass::text as name from executions where execution_id = $1',
    [executionId],
  );
  return rows[0]?.name;
}

test('a month is the range of the ids that begin with its time', () => {
  const december = monthOf(Date.UTC(2026, 10, 24), 1);
  expect(december.name).toBe('y2026m12');
  expect(executionIdAt(Date.UTC(2026, 11, 1)) >= december.from).toBe(true);
  expect(executionIdAt(Date.UTC(2026, 11, 31, 23, 59, 59, 999)) < december.to).toBe(true);
  expect(executionIdAt(Date.UTC(2026, 10, 30, 23, 59, 59, 999)) < december.from).toBe(true);
  expect(december.to).toBe(monthOf(Date.UTC(2026, 11, 5), 1).from);
});

test('an execution that starts before its month is made waits in the default partition and is moved', async () => {
  const scene = await Scene.open(store);
  const start = new Date(Date.now());
  const far = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 5, 10);
  const execution = scene.newExecution({ executionId: executionIdAt(far) });
  await store.startExecutions([execution]);
  expect(await partitionOf(execution.executionId)).toBe('executions_default');
  const made = await store.ensurePartitions(5);
  expect(made).toContain(`executions_${monthOf(far).name}`);
  expect(await partitionOf(execution.executionId)).toBe(`executions_${monthOf(far).name}`);
  expect(await store.findExecution(execution.executionId)).toMatchObject({ name: execution.name });
  expect(await store.ensurePartitions(5)).toEqual([]);
});

test('several processes make the same partitions at once', async () => {
  const made = await Promise.all([store.ensurePartitions(8), store.ensurePartitions(8), store.ensurePartitions(8)]);
  const names = made.flat();
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(0);
});
