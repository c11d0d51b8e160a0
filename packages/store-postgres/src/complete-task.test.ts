import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore, type PostgresStore } from './postgres-store.ts';
import { callbackToken, Scene } from './testing/scene.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

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

const complete = (executionId: string, taskId: number, activation = `"${taskId}"`) =>
  store.completeTask({ executionId, taskId, activation, graceMs: 10 });

test('callbacks that come together are each decided, counted and numbered on their own', async () => {
  const runs = await scene.owned(3, [callbackToken(5), callbackToken(6)]);
  const [first, second, third] = runs.map((run) => run.execution.executionId);
  if (first === undefined || second === undefined || third === undefined) throw new Error('no runs');
  const outcomes = await Promise.all([
    complete(second, 6),
    complete(first, 5),
    complete(first, 5, '"again"'),
    complete(third, 9),
    complete(second, 5),
    complete(scene.newExecution().executionId, 5),
  ]);
  const accepted = { kind: 'accepted', owner: scene.workerId };
  expect(outcomes).toEqual([accepted, accepted, { kind: 'closed' }, { kind: 'gone' }, accepted, { kind: 'gone' }]);
  const read = await store.reread(runs.map((run) => ({ ...run, executionId: run.execution.executionId, consumed: 1 })));
  expect(read.map((run) => run.inbox)).toEqual([
    [{ number: 2, activation: '"5"' }],
    [
      { number: 2, activation: '"6"' },
      { number: 3, activation: '"5"' },
    ],
    [],
  ]);
});

test('data that the database refuses harms nobody else', async () => {
  const runs = await scene.owned(2, [callbackToken(5)]);
  const [first, second] = runs.map((run) => run.execution.executionId);
  if (first === undefined || second === undefined) throw new Error('no runs');
  const outcomes = await Promise.allSettled([complete(first, 5, '"\0"'), complete(second, 5)]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
  expect(await complete(first, 5)).toEqual({ kind: 'accepted', owner: scene.workerId });
});
