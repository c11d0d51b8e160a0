import { silentLogger } from '@everstep/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Database } from './database.ts';
import { statement } from './statement.ts';
import { migratedDatabase, type TestDatabase } from './testing/test-database.ts';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await migratedDatabase();
  database = new Database({
    connectionString: server.connectionString,
    poolSize: 1,
    applicationName: 'test',
    logger: silentLogger,
    onNotice: () => undefined,
  });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

const settings = statement<{ name: string; setting: string }>(
  'test_settings',
  `select name, setting from pg_settings where name in
     ('statement_timeout', 'idle_in_transaction_session_timeout', 'plan_cache_mode', 'enable_seqscan') order by name`,
);
const divide = statement('test_divide', 'select 1 / $1::int');
const addActivity = statement('test_add', "insert into activities values ($1, 'name', 1)");
const countActivities = statement<{ count: number }>('test_count', 'select count(*) from activities');

test('a frozen client and an endless statement are ended by the server, and plans are pinned', async () => {
  expect(await database.read(settings)).toEqual([
    { name: 'enable_seqscan', setting: 'off' },
    { name: 'idle_in_transaction_session_timeout', setting: '10000' },
    { name: 'plan_cache_mode', setting: 'force_generic_plan' },
    { name: 'statement_timeout', setting: '30000' },
  ]);
});

test('a statement that fails behind others takes the whole transaction with it, though COMMIT was sent already', async () => {
  const transaction = database.transaction(async (open) => {
    void open.send(addActivity, ['a']);
    void open.send(divide, [0]);
    void open.send(addActivity, ['b']);
    await open.commit();
  });
  await expect(transaction).rejects.toThrow('division by zero');
  expect(await database.read(countActivities)).toEqual([{ count: 0 }]);
});

test('a body that throws leaves nothing, and its connection serves on', async () => {
  const transaction = database.transaction(async (open) => {
    await open.send(addActivity, ['a']);
    throw new Error('changed my mind');
  });
  await expect(transaction).rejects.toThrow('changed my mind');
  expect(await database.read(countActivities)).toEqual([{ count: 0 }]);
});

test('a body that forgets to end its transaction is told so', async () => {
  const transaction = database.transaction((open) => open.send(addActivity, ['a']));
  await expect(transaction).rejects.toThrow('neither committed nor rolled back');
  expect(await database.read(countActivities)).toEqual([{ count: 0 }]);
});

test('the name of a statement is given once', () => {
  expect(() => statement('test_divide', 'select 2')).toThrow('two statements');
});
