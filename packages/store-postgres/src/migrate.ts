import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { ensurePartitions } from './partitions.ts';

export interface MigrateOptions {
  /** Where drizzle-kit wrote the SQL and its journal; found from this file's place where absent. */
  readonly migrationsFolder?: string;
  /** Told before each migration is applied. */
  readonly onProgress?: (migration: string) => void;
}

interface Migration {
  readonly tag: string;
  readonly statements: readonly string[];
  /** SHA-256 of the file, in hex: an applied migration must not be edited afterwards. */
  readonly hash: string;
}

/** Months made ahead of time. The scheduler makes the next ones long before they are needed. */
export const MONTHS_AHEAD = 3;
const BREAKPOINT = '--> statement-breakpoint';
const ADVISORY_LOCK = "hashtext('everstep'), hashtext('migrations')";

/**
 * Brings the database to this version's schema; answers the migrations that were applied. Any number of processes may
 * call it at once. A database that is ahead (another version migrated it) is left as it is.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.migrationsFolder ?? findMigrationsFolder());
  return withClient(connectionString, async (client) => {
    const applied: string[] = [];
    for (const migration of migrations) {
      if (await apply(client, migration, options.onProgress)) applied.push(migration.tag);
    }
    await ensurePartitions(client, MONTHS_AHEAD);
    return applied;
  });
}

/** The migrations that `migrate` would apply. */
export async function pendingMigrations(
  connectionString: string,
  options: Pick<MigrateOptions, 'migrationsFolder'> = {},
): Promise<string[]> {
  const migrations = await readMigrations(options.migrationsFolder ?? findMigrationsFolder());
  return withClient(connectionString, async (client) => {
    const table = await client.query("select 1 from pg_class where oid = to_regclass('schema_migrations')");
    if (table.rows.length === 0) return migrations.map((migration) => migration.tag);
    const rows = await client.query<{ tag: string }>('select tag from schema_migrations');
    const applied = new Set(rows.rows.map((row) => row.tag));
    return migrations.filter((migration) => !applied.has(migration.tag)).map((migration) => migration.tag);
  });
}

/** Each migration is a transaction of its own, under a lock that all migrating processes take. */
async function apply(
  client: pg.Client,
  migration: Migration,
  onProgress: MigrateOptions['onProgress'],
): Promise<boolean> {
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await client.query(
      `create table if not exists schema_migrations (
         tag text primary key, hash text not null, applied_at timestamptz not null default clock_timestamp())`,
    );
    const known = await client.query<{ hash: string }>('select hash from schema_migrations where tag = $1', [
      migration.tag,
    ]);
    const hash = known.rows[0]?.hash;
    if (hash !== undefined && hash !== migration.hash) {
      throw new Error(
        `migration ${migration.tag} was applied with another content: applied migrations must not change`,
      );
    }
    if (hash === undefined) {
      onProgress?.(migration.tag);
      for (const statement of migration.statements) await client.query(statement);
      await client.query('insert into schema_migrations (tag, hash) values ($1, $2)', [migration.tag, migration.hash]);
    }
    await client.query('commit');
    return hash === undefined;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function withClient<Result>(
  connectionString: string,
  body: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({
    connectionString,
    application_name: 'everstep migrate',
    connectionTimeoutMillis: 10_000,
  });
  let broken: unknown;
  // A connection that breaks between two statements says so here; without a listener it would end the process.
  client.on('error', (error) => (broken = error));
  await client.connect();
  try {
    return await body(client);
  } catch (error) {
    throw broken === undefined ? error : new Error('the connection broke while migrating', { cause: broken });
  } finally {
    await client.end();
  }
}

/** The folder `migrations` lies above this file, be it a source, a build, or part of an installed package. */
export function findMigrationsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'migrations');
    if (existsSync(join(candidate, 'meta', '_journal.json'))) return candidate;
    if (dirname(folder) === folder) throw new Error('the folder with the migrations was not found');
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const journal: unknown = JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8'));
  return Promise.all(
    tagsOf(journal).map(async (tag) => {
      const text = await readFile(join(folder, `${tag}.sql`), 'utf8');
      const hash = createHash('sha256').update(text).digest('hex');
      return { tag, hash, statements: text.split(BREAKPOINT) };
    }),
  );
}

/** The order of drizzle-kit's journal. */
function tagsOf(journal: unknown): string[] {
  if (typeof journal !== 'object' || journal === null || !('entries' in journal) || !Array.isArray(journal.entries)) {
    throw new Error('the journal of the migrations has no entries');
  }
  return journal.entries.map((entry: unknown) => {
    if (typeof entry === 'object' && entry !== null && 'tag' in entry && typeof entry.tag === 'string')
      return entry.tag;
    throw new Error('an entry in the journal of the migrations has no tag');
  });
}
