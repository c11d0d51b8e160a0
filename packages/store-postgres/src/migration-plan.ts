import type pg from 'pg';
import { locksOf, madeTable, type TableLock, WHO_WAITS } from './migration-locks.ts';
import type { Migration } from './migration-files.ts';

/** What a migration will do to tables that others use. */
export interface PlannedMigration {
  readonly tag: string;
  /** On tables that exist before all pending migrations; the strictest of each table. */
  readonly locks: readonly PlannedLock[];
}

export interface PlannedLock extends TableLock {
  /** The table's rows as Postgres estimates them, and its bytes with indexes; null where it is not one table. */
  readonly rows: number | null;
  readonly bytes: number | null;
}

const STRICTNESS = ['ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE', 'SHARE', 'ACCESS EXCLUSIVE'];

/** Looks at the texts of the migrations, and at how large the tables are that they lock. */
export async function planOf(client: pg.ClientBase, migrations: readonly Migration[]): Promise<PlannedMigration[]> {
  const made = new Set(
    migrations.flatMap(({ statements }) => statements.flatMap((statement) => madeTable(statement) ?? [])),
  );
  const planned: PlannedMigration[] = [];
  for (const { tag, statements } of migrations) {
    const strictest = new Map<string, TableLock>();
    for (const lock of statements.flatMap((statement) => locksOf(statement) ?? [UNKNOWN])) {
      if (made.has(lock.table)) continue;
      const known = strictest.get(lock.table);
      if (known === undefined || isStricter(lock, known)) strictest.set(lock.table, lock);
    }
    const locks: PlannedLock[] = [];
    for (const lock of strictest.values()) locks.push({ ...lock, ...(await sizeOf(client, lock.table)) });
    planned.push({ tag, locks });
  }
  return planned;
}

/** A statement whose locks cannot be told. A test sees to it that there is none. */
const UNKNOWN: TableLock = { table: 'tables that its text does not tell', mode: 'ACCESS EXCLUSIVE', long: true };

function isStricter(lock: TableLock, than: TableLock): boolean {
  const difference = STRICTNESS.indexOf(lock.mode) - STRICTNESS.indexOf(than.mode);
  return difference > 0 || (difference === 0 && lock.long && !than.long);
}

async function sizeOf(client: pg.ClientBase, table: string): Promise<{ rows: number | null; bytes: number | null }> {
  // A name that is no table's answers nothing: to_regclass takes any text that could be a name.
  if (!/^[a-z_][a-z0-9_]*$/.test(table)) return { rows: null, bytes: null };
  const { rows } = await client.query<{ rows: string; bytes: string }>(
    `select sum(greatest(c.reltuples, 0))::bigint as rows, sum(pg_total_relation_size(c.oid))::bigint as bytes
     from pg_class c where to_regclass($1) is not null and c.oid in (
       select to_regclass($1)::oid union all select inhrelid from pg_inherits where inhparent = to_regclass($1))
     having count(*) > 0`,
    [table],
  );
  const [size] = rows;
  return size === undefined ? { rows: null, bytes: null } : { rows: Number(size.rows), bytes: Number(size.bytes) };
}

/** The plan as lines for people. */
export function describePlan(plan: readonly PlannedMigration[]): string[] {
  return plan.flatMap(({ tag, locks }) => [
    `${tag}${locks.length === 0 ? ': locks no table that is in use' : ''}`,
    ...locks.map((lock) => `  locks ${lock.table}${describeSize(lock)}: ${lock.mode}, ${describeWait(lock)}`),
  ]);
}

function describeWait({ mode, long }: TableLock): string {
  return `${WHO_WAITS[mode]}, ${long ? 'for as long as its rows take' : 'for a moment'}`;
}

function describeSize({ rows, bytes }: PlannedLock): string {
  if (rows === null || bytes === null) return '';
  return ` (about ${rows.toLocaleString('en')} rows, ${Math.ceil(bytes / 1_048_576).toLocaleString('en')} MB)`;
}
