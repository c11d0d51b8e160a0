import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '@everstep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, MONTHS_AHEAD, pendingMigrations, planMigrations } from './migrate.ts';
import { findMigrationsFolder, readMigrations } from './migration-files.ts';
import { locksOf } from './migration-locks.ts';
import { describePlan } from './migration-plan.ts';
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

/** The migrations of this version and more, in a folder of the test's own. */
async function withMigrations(more: Readonly<Record<string, string>>, body: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-migrations-'));
  try {
    await cp(findMigrationsFolder(), folder, { recursive: true });
    const journalFile = join(folder, 'meta', '_journal.json');
    const entries = Object.keys(more).map((tag) => `{ "tag": "${tag}" }`);
    const journal = await readFile(journalFile, 'utf8');
    await writeFile(journalFile, journal.replace(/\}\s*\]/, `}, ${entries.join(', ')}]`));
    for (const [tag, text] of Object.entries(more)) await writeFile(join(folder, `${tag}.sql`), text);
    await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

test('every migration says what it locks', async () => {
  for (const { tag, statements } of await readMigrations(findMigrationsFolder())) {
    // The first one makes all tables, so there is nobody yet who could wait.
    if (tag === '0000_schema') continue;
    for (const statement of statements) expect(locksOf(statement), `${tag}: ${statement}`).not.toBeNull();
  }
});

test('the plan tells what will be locked, who waits and how much there is; it changes nothing', async () => {
  const connectionString = await server.createDatabase();
  const fresh = await planMigrations(connectionString);
  expect(describePlan(fresh)).toContain('0000_schema: locks no table that is in use');
  expect(await pendingMigrations(connectionString)).toEqual(fresh.map(({ tag }) => tag));
  await migrate(connectionString);
  const more = {
    '9998_column':
      'ALTER TABLE "runs" ADD COLUMN "more" text;\n--> statement-breakpoint\nCREATE INDEX "i" ON "made" ("a");',
    '9999_index':
      'CREATE TABLE "made" ("a" int);\n--> statement-breakpoint\nCREATE INDEX CONCURRENTLY "j" ON "runs" ("epoch");',
  };
  await withMigrations(more, async (migrationsFolder) => {
    const plan = await planMigrations(connectionString, { migrationsFolder });
    expect(describePlan(plan)).toEqual([
      '9998_column',
      expect.stringMatching(
        /^ {2}locks runs \(about 0 rows, 1 MB\): ACCESS EXCLUSIVE, everybody who uses it waits, for a/,
      ),
      '9999_index',
      expect.stringMatching(
        /^ {2}locks runs \(.*\): SHARE UPDATE EXCLUSIVE, nobody waits, for as long as its rows take$/,
      ),
    ]);
    expect(await pendingMigrations(connectionString, { migrationsFolder })).toEqual(Object.keys(more));
  });
});

test('under load: a lock that is not to be had is asked for again, and nobody waits for the one who waits', async () => {
  const connectionString = await server.createDatabase();
  await migrate(connectionString);
  const reader = await connect(connectionString);
  const user = await connect(connectionString);
  const more = { '9999_column': 'ALTER TABLE "runs" ADD COLUMN "more" text;' };
  try {
    await withMigrations(more, async (migrationsFolder) => {
      await reader.query('begin; select 1 from runs');
      let waits = 0;
      const migrating = migrate(connectionString, { migrationsFolder, onWait: () => waits++ });
      let slowest = 0;
      while (waits < 3) {
        const before = performance.now();
        await user.query('select 1 from runs limit 1');
        slowest = Math.max(slowest, performance.now() - before);
      }
      // Behind a lock that is waited for without a limit, this would have lasted until the reader had ended.
      expect(slowest).toBeLessThan(3_000);
      await reader.query('commit');
      expect(await migrating).toEqual(['9999_column']);
      await user.query('select more from runs');
    });
  } finally {
    await reader.end();
    await user.end();
  }
});

test('under load: an index is built while rows are written, and built anew where a try was cut short', async () => {
  const connectionString = await server.createDatabase();
  await migrate(connectionString);
  const admin = await connect(connectionString);
  const writer = await connect(connectionString);
  const more = { '9999_index': 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "i" ON "activities" ("name");' };
  const insert = (arn: string, name: string): Promise<unknown> =>
    writer.query('insert into activities (activity_arn, name, created_at) values ($1, $2, 0)', [arn, name]);
  try {
    await insert('1', 'same');
    await insert('2', 'same');
    await withMigrations(more, async (migrationsFolder) => {
      // It fails half-way and leaves an invalid index behind, as a crash would.
      await expect(migrate(connectionString, { migrationsFolder })).rejects.toThrow('could not create unique index');
      await writer.query("delete from activities where activity_arn = '2'");
      await writer.query('begin');
      await insert('3', 'other');
      // Two processes at once: the one that waits is not waited for.
      const migrating = Promise.all([0, 1].map(() => migrate(connectionString, { migrationsFolder })));
      // The rest of the first try is removed, or the index is built: both wait for the writer's transaction alone.
      const waiting =
        "select 1 from pg_stat_activity where query ~* 'index concurrently' and wait_event = 'virtualxid'";
      await expect.poll(async () => (await admin.query(waiting)).rows.length).toBe(1);
      await insert('4', 'written meanwhile');
      await writer.query('commit');
      expect((await migrating).flat()).toEqual(['9999_index']);
    });
    const { rows } = await admin.query("select indisvalid from pg_index where indexrelid = 'i'::regclass");
    expect(rows).toEqual([{ indisvalid: true }]);
  } finally {
    await admin.end();
    await writer.end();
  }
});
