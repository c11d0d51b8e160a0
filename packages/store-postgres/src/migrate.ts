import pg from 'pg';
import { findMigrationsFolder, type Migration, readMigrations } from './migration-files.ts';
import { concurrentIndex, runsAlone } from './migration-locks.ts';
import { type PlannedMigration, planOf } from './migration-plan.ts';
import { ensurePartitions } from './partitions.ts';
import { LOCK_TIMEOUT_MS, withShortLocks } from './short-locks.ts';

export interface MigrationSource {
  /** Where drizzle-kit wrote the SQL and its journal; found from this file's place where absent. */
  readonly migrationsFolder?: string;
}

export interface MigrateOptions extends MigrationSource {
  /** Told before each migration is applied. */
  readonly onProgress?: (migration: string) => void;
  /** Told each time a lock was not to be had, before it is asked for again. */
  readonly onWait?: (migration: string, attempt: number) => void;
}

/** Months made ahead of time. The scheduler makes the next ones long before they are needed. */
export const MONTHS_AHEAD = 3;
const ADVISORY_LOCK = "hashtext('everstep'), hashtext('migrations')";
const OTHERS_POLL_MS = 100;

/**
 * Brings the database to this version's schema while it is in use; answers the migrations that were applied. Any number
 * of processes may call it at once. A database that is ahead (another version migrated it) is left as it is.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.migrationsFolder ?? findMigrationsFolder());
  return withClient(connectionString, async (client) => {
    await lockOthersOut(client);
    await client.query(
      `create table if not exists schema_migrations (
         tag text primary key, hash text not null, applied_at timestamptz not null default clock_timestamp())`,
    );
    const applied: string[] = [];
    for (const migration of await unapplied(client, migrations)) {
      options.onProgress?.(migration.tag);
      const onWait = (attempt: number): void => options.onWait?.(migration.tag, attempt);
      if (migration.statements.some(runsAlone)) await applyStepwise(client, migration, onWait);
      else await withShortLocks(() => applyAtOnce(client, migration), { onWait });
      applied.push(migration.tag);
    }
    await ensurePartitions(client, MONTHS_AHEAD);
    return applied;
  });
}

/** The migrations that `migrate` would apply. */
export async function pendingMigrations(connectionString: string, source: MigrationSource = {}): Promise<string[]> {
  const plan = await planMigrations(connectionString, source);
  return plan.map(({ tag }) => tag);
}

/** The migrations that `migrate` would apply, and what each will lock. Changes nothing. */
export async function planMigrations(
  connectionString: string,
  { migrationsFolder = findMigrationsFolder() }: MigrationSource = {},
): Promise<PlannedMigration[]> {
  const migrations = await readMigrations(migrationsFolder);
  return withClient(connectionString, async (client) => {
    const table = await client.query("select 1 from pg_class where oid = to_regclass('schema_migrations')");
    // Nobody uses a database without a schema.
    if (table.rows.length === 0) return migrations.map(({ tag }) => ({ tag, locks: [] }));
    return planOf(client, await unapplied(client, migrations));
  });
}

async function unapplied(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ tag: string; hash: string }>('select tag, hash from schema_migrations');
  const applied = new Map(rows.map(({ tag, hash }) => [tag, hash]));
  return migrations.filter(({ tag, hash }) => {
    const known = applied.get(tag);
    if (known !== undefined && known !== hash) {
      throw new Error(`migration ${tag} was applied with another content: applied migrations must not change`);
    }
    return known === undefined;
  });
}

/**
 * A lock of the session. Who waits for it asks again and again, outside of any transaction: an index that is built
 * concurrently waits for every transaction that is under way, this one's included.
 */
async function lockOthersOut(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${ADVISORY_LOCK}) as mine`);
    if (rows[0]?.mine === true) return;
    await new Promise((resolve) => setTimeout(resolve, OTHERS_POLL_MS));
  }
}

/** All of it or nothing. */
async function applyAtOnce(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    for (const statement of migration.statements) await client.query(statement);
    await record(client, migration);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Where a statement runs in no transaction, each is made by itself: cut short, all are made again, so all must bear it. */
async function applyStepwise(
  client: pg.Client,
  migration: Migration,
  onWait: (attempt: number) => void,
): Promise<void> {
  for (const statement of migration.statements) {
    const index = concurrentIndex(statement);
    // What an earlier try left half-built is of no use, and `if not exists` would take it for the index.
    if (index !== null && (await isInvalid(client, index))) await client.query(`drop index concurrently ${index}`);
    const attempt = async (): Promise<void> => {
      // Building waits for everybody else's transactions, which costs them nothing.
      await client.query(`set lock_timeout = ${index === null ? LOCK_TIMEOUT_MS : 0}`);
      await client.query(statement);
    };
    await withShortLocks(attempt, { onWait });
  }
  await client.query('reset lock_timeout');
  await record(client, migration);
}

async function isInvalid(client: pg.Client, index: string): Promise<boolean> {
  const { rows } = await client.query('select 1 from pg_index where indexrelid = to_regclass($1) and not indisvalid', [
    index,
  ]);
  return rows.length > 0;
}

async function record(client: pg.Client, { tag, hash }: Migration): Promise<void> {
  await client.query('insert into schema_migrations (tag, hash) values ($1, $2)', [tag, hash]);
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
