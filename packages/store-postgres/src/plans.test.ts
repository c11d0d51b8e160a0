import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPostgresStore } from './postgres-store.ts';
import { knownStatements } from './statement.ts';
import { checkPlans } from './testing/check-plans.ts';
import { findScans, planAsSessions } from './testing/plans.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

// `pnpm plans -- --executions 1000000` asks the same of as many.
const EXECUTIONS = 3_000;

let database: TestDatabase;
beforeAll(async () => {
  // Whoever works beside us holds back what is cleared away, in other databases, too.
  database = await migratedDatabase({ own: true });
});
afterAll(() => database.drop());

test('every statement finds its rows by an index, on empty tables, whose plans may live on', async () => {
  // Loads every module that defines statements; it never connects.
  await createPostgresStore({ connectionString: database.connectionString }).close();
  expect(knownStatements().length).toBeGreaterThan(40);
  await planAsSessions(database.admin);
  expect(await findScans(database.admin)).toEqual([]);
  await database.admin.query('reset all');
});

test('with thousands parked nothing is scanned, nothing reads more than it asks for, and kept runs are HOT', async () => {
  const { problems, hot } = await checkPlans({ ...database, executions: EXECUTIONS });
  expect(problems).toEqual([]);
  // A claim moves a run between indexes, and its first checkpoint grows beyond the room that the start left on its page.
  expect(hot.get('runs')).toBeGreaterThan(0.8);
  expect(hot.get('workers')).toBeGreaterThan(0.9);
});
