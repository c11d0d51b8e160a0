import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from './test-postgres.ts';

async function ask(connectionString: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

let shared: TestPostgres;
beforeAll(async () => {
  shared = await startTestPostgres();
});
afterAll(() => shared.stop());

test('databases are apart, and gone after stop', async () => {
  const handle = await startTestPostgres();
  const first = await handle.createDatabase();
  const second = await handle.createDatabase();
  await ask(first, 'CREATE TABLE only_here (id int)');
  await expect(ask(second, 'SELECT * FROM only_here')).rejects.toThrow('does not exist');
  const copy = await handle.createDatabase({ template: new URL(first).pathname.slice(1) });
  expect(await ask(copy, 'SELECT * FROM only_here')).toEqual([]);
  await handle.stop();
  await expect(ask(first, 'SELECT 1')).rejects.toThrow('does not exist');
});

test('fsync stays on, unless it is turned off', async () => {
  expect(await ask(shared.connectionString(), 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
});

test('a shared server is not killed', async () => {
  await expect(shared.restart()).rejects.toThrow('own: true');
});

test('an own server keeps its address and data over a restart', async () => {
  const own = await startTestPostgres({ own: true, fsync: false });
  try {
    const database = await own.createDatabase();
    await ask(database, 'CREATE TABLE kept AS SELECT 1 AS id');
    await own.kill();
    await expect(ask(database, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await own.start();
    expect(await ask(database, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    expect(await ask(database, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
  } finally {
    await own.stop();
  }
});
