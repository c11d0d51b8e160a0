import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '@everstep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMigrationsFolder, migrate, MONTHS_AHEAD, pendingMigrations } from './migrate.ts';
import { monthOf } from './partitions.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

async function query(connectionString: string, text: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<{ name: string }>(text)).rows.map((row) => row.name);
  } finally {
    await client.end();
  }
}

test('many processes migrate at once, and each migration is applied by one of them', async () => {
  const connectionString = await server.createDatabase();
  const pending = await pendingMigrations(connectionString);
  expect(pending.length).toBeGreaterThan(0);
  const progress: string[] = [];
  const applied = await Promise.all(
    Array.from({ length: 4 }, () => migrate(connectionString, { onProgress: (tag) => progress.push(tag) })),
  );
  expect(applied.flat().sort()).toEqual(pending);
  expect(progress.sort()).toEqual(pending);
  expect(await pendingMigrations(connectionString)).toEqual([]);
  expect(await migrate(connectionString)).toEqual([]);
  const months = await query(
    connectionString,
    "select relname as name from pg_class where relispartition and relkind = 'r' and relname ~ '^history_y' order by 1",
  );
  const now = Date.now();
  expect(months).toEqual(
    Array.from({ length: MONTHS_AHEAD + 1 }, (_, offset) => `history_${monthOf(now, offset).name}`).sort(),
  );
});

test('a migration that fails leaves nothing of itself; one that was edited after it was applied is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-migrations-'));
  try {
    await cp(findMigrationsFolder(), folder, { recursive: true });
    const journalFile = join(folder, 'meta', '_journal.json');
    const journal = await readFile(journalFile, 'utf8');
    const next = journal.replace(/\}\s*\]/, '}, { "tag": "9999_next" }]');
    await writeFile(journalFile, next);
    const nextFile = join(folder, '9999_next.sql');
    await writeFile(nextFile, 'create table next (a int);\n--> statement-breakpoint\ncreate table next (b int);');
    const connectionString = await server.createDatabase();
    await expect(migrate(connectionString, { migrationsFolder: folder })).rejects.toThrow('already exists');
    expect(await pendingMigrations(connectionString, { migrationsFolder: folder })).toEqual(['9999_next']);
    await writeFile(nextFile, 'create table next (a int);');
    expect(await migrate(connectionString, { migrationsFolder: folder })).toEqual(['9999_next']);
    await writeFile(nextFile, 'create table other (a int);');
    await expect(migrate(connectionString, { migrationsFolder: folder })).rejects.toThrow('must not change');
    // Another version that knows fewer migrations is content with what is there.
    expect(await migrate(connectionString)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
