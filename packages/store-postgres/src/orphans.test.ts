import { silentLogger } from '@everstep/engine';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { callbackToken, commitOf, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

const lines: object[] = [];
let database: TestDatabase;
let store: PostgresStore;
let scene: Scene;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore({
    connectionString: database.connectionString,
    logger: { ...silentLogger, error: (fields) => void lines.push(fields) },
  });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(async () => {
  await database.empty();
  lines.length = 0;
  scene = await Scene.open(store);
});

const history = { firstEventId: 1, lastEventId: 3, events: '[{"id":1},{"id":2},{"id":3}]' };

/** A run with a row in every table, and one beside it that must stay as it is. */
async function twoRuns() {
  const [run, other] = await scene.owned(2, [callbackToken(3)]);
  if (run === undefined || other === undefined) throw new Error('no runs');
  const frames = { written: [{ id: '0.1', data: '{}' }], deleted: [] };
  await store.commit(
    scene.workerId,
    [run, other].map((one) => commitOf(one, { history, frames })),
  );
  return { run, other, executionId: run.execution.executionId };
}

async function count(table: string, executionId: string): Promise<number> {
  const { rows } = await database.admin.query<{ count: number }>(
    `select count(*)::int as count from ${table} where execution_id = $1`,
    [executionId],
  );
  return rows[0]?.count ?? 0;
}

async function sweepAll(): Promise<object> {
  const found: Record<string, number> = {};
  // Pages of one row: the walk goes on where the last turn left it, and begins anew after its end.
  for (let turn = 0; turn < 8; turn++) {
    for (const [kind, number] of Object.entries(await store.sweepOrphans(1))) found[kind] = (found[kind] ?? 0) + number;
  }
  return found;
}

test('where all belongs together nothing is found, and nothing is told', async () => {
  await twoRuns();
  expect(await sweepAll()).toEqual({});
  expect(lines).toEqual([]);
});

test('a run whose execution is gone goes with all that belongs to it; its name becomes free', async () => {
  const { run, other, executionId } = await twoRuns();
  await store.completeTask({ executionId, taskId: 3, activation: '1', graceMs: 1 });
  await database.admin.query('delete from executions where execution_id = $1', [executionId]);
  expect(await sweepAll()).toEqual({ runs: 1, history: 1, execution_names: 1 });
  for (const table of ['runs', 'frames', 'inbox', 'task_tokens', 'history']) {
    expect(await count(table, executionId), table).toBe(0);
    // The other one has nothing in its inbox.
    expect(await count(table, other.execution.executionId), table).toBe(table === 'inbox' ? 0 : 1);
  }
  expect(lines).toHaveLength(3);
  await store.deleteEndedBefore(0, 10);
  const again = { ...scene.newExecution(), name: run.execution.name, executionArn: run.execution.executionArn };
  expect(await store.startExecutions([again])).toEqual([{ kind: 'started' }]);
});

test.each(['frames', 'inbox', 'task_tokens'])('%s without a run go; those of an open run stay', async (table) => {
  const { other, executionId } = await twoRuns();
  for (const id of [executionId, other.execution.executionId]) {
    await store.completeTask({ executionId: id, taskId: 3, activation: '1', graceMs: 1 });
  }
  for (const each of ['frames', 'inbox', 'task_tokens', 'runs', 'history']) {
    if (each !== table) await database.admin.query(`delete from ${each} where execution_id = $1`, [executionId]);
  }
  await database.admin.query(`update executions set stop_date = 1 where execution_id = $1`, [executionId]);
  expect(await sweepAll()).toEqual({ [table]: 1 });
  expect(await count(table, executionId)).toBe(0);
  expect(await count(table, other.execution.executionId)).toBe(1);
});

test('a kept checkpoint without an execution goes', async () => {
  const { run, executionId } = await twoRuns();
  const failed = { kind: 'end', status: 'FAILED', output: null, error: 'E', cause: null } as const;
  const then = { ...failed, stopDate: Date.now(), reusableAt: Date.now() };
  await store.commit(scene.workerId, [commitOf(run, { then })]);
  expect(await sweepAll()).toEqual({});
  await database.admin.query('delete from executions where execution_id = $1', [executionId]);
  await database.admin.query('delete from history where execution_id = $1', [executionId]);
  await database.admin.query('insert into redrives (execution_id, redrive_count, redrive_date) values ($1, 1, 1)', [
    executionId,
  ]);
  expect(await sweepAll()).toEqual({ ended_runs: 1, redrives: 1, execution_names: 1 });
  expect(await count('redrives', executionId)).toBe(0);
  expect(await count('ended_runs', executionId)).toBe(0);
});

test('a run with unseen arrivals that nobody would look at is due at once', async () => {
  const { executionId } = await twoRuns();
  await database.admin.query('update runs set owner = null, wake_at = null, signals = 9 where execution_id = $1', [
    executionId,
  ]);
  expect(await store.listDue(10)).toEqual([]);
  expect(await sweepAll()).toEqual({ unwoken: 1 });
  expect(await store.listDue(10)).toEqual([executionId]);
});

test('an open execution whose run is gone can be claimed again, to be failed: nobody waits for it in vain', async () => {
  const { run, executionId } = await twoRuns();
  await database.admin.query('delete from runs where execution_id = $1', [executionId]);
  expect(await sweepAll()).toEqual({ executions: 1 });
  expect(await store.listDue(10)).toEqual([executionId]);
  const [claimed] = await scene.claim([executionId]);
  expect(JSON.parse(claimed?.checkpoint ?? '')).toMatchObject({ lastEventId: 3 });
  expect(claimed?.epoch).toBeGreaterThan(run.epoch + 1_000);
  // Whoever held it before stays fenced.
  expect(await store.commit(scene.workerId, [commitOf(run)])).toEqual([{ kind: 'fenced' }]);
});
