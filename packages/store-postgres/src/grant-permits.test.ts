import { NO_LIMIT } from '@everstep/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { blockedBackends, commitOf, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let database: TestDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await migratedDatabase();
  store = createPostgresStore(database);
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

test('room that was given to a task which is closed at that moment goes to the next', async () => {
  const limiterArn = 'arn:aws:states:us-east-1:123456789012:limiter:one';
  const none = { description: null, resource: null, stateMachine: null, key: null, priority: 0 };
  const settings = { ...none, limit: { concurrency: 1, rate: null }, limitPerKey: NO_LIMIT };
  await store.putLimiter({ limiterArn, name: 'one', settings: JSON.stringify(settings) });
  const scene = await Scene.open(store);
  const [first, second] = await scene.owned(2);
  if (first === undefined || second === undefined) throw new Error('two runs were asked for');
  for (const [run, priority] of [
    [first, 1],
    [second, 0],
  ] as const) {
    const task = { taskId: 5, stateName: 'Work', limits: [{ limiterArn, key: '', priority }] };
    await store.commit(scene.workerId, [commitOf(run, { limits: { opened: [task], closed: [] } })]);
  }
  const grant = async () => {
    const { granted, more } = await store.grantPermits({ limit: 10, activation: () => '{}' });
    return { granted: granted.map(({ executionId }) => executionId), more };
  };
  // What a commit does that closes the first one's task while permits are given.
  const { admin } = database;
  await admin.query('begin');
  await admin.query('select 1 from runs where execution_id = $1 for update', [first.execution.executionId]);
  const given = grant();
  await blockedBackends(admin, 1);
  await admin.query('delete from limiter_tasks where execution_id = $1', [first.execution.executionId]);
  await admin.query('commit');
  expect(await given).toEqual({ granted: [], more: true });
  expect(await grant()).toEqual({ granted: [second.execution.executionId], more: false });
});
