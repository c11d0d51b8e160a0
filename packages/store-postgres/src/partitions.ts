import type pg from 'pg';
import { LOCK_TIMEOUT_MS, withShortLocks } from './short-locks.ts';

// executions and history are partitioned by execution id. The ids are UUIDv7, which begin with the time of start, so
// a month is a range of ids. What no month covers lands in the default partition and is moved when its month is made.

export const PARTITIONED = ['executions', 'history'] as const;
export type Partitioned = (typeof PARTITIONED)[number];
/** An end is an update that moves index entries, so the dead ones are fetched early; history is only ever appended to. */
const STORAGE: Readonly<Record<Partitioned, string>> = {
  executions: 'with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)',
  history: '',
};
/** Advisory locks are numbers; these two, spelled out, say whose they are. */
const ADVISORY_LOCK = "hashtext('everstep'), hashtext('partitions')";

export interface Month {
  readonly name: string;
  /** When the next one begins, in milliseconds since the epoch. */
  readonly end: number;
  /** The first id of the month and the first one after it. */
  readonly from: string;
  readonly to: string;
}

export function monthOf(time: number, offset = 0): Month {
  const date = new Date(time);
  const begin = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
  const first = new Date(begin);
  const end = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
  const digits = String(first.getUTCMonth() + 1).padStart(2, '0');
  return { name: `y${first.getUTCFullYear()}m${digits}`, end, from: firstId(begin), to: firstId(end) };
}

/** The smallest UUID that begins with a time. */
function firstId(time: number): string {
  const hex = time.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** Makes the partitions of this month and of the next ones; answers the names of those that were missing. */
export async function ensurePartitions(client: pg.ClientBase, months: number): Promise<string[]> {
  const clock = await client.query<{ now: string }>('select extract(epoch from clock_timestamp()) * 1000 as now');
  const now = Number(clock.rows[0]?.now);
  const made: string[] = [];
  for (let offset = 0; offset <= months; offset++) {
    for (const table of PARTITIONED) {
      const month = monthOf(now, offset);
      const isNew = await withShortLocks(() => inTransaction(client, () => makePartition(client, table, month)));
      if (isNew) made.push(`${table}_${month.name}`);
    }
  }
  return made;
}

async function makePartition(client: pg.ClientBase, table: Partitioned, month: Month): Promise<boolean> {
  const partition = `${table}_${month.name}`;
  const known = await client.query('select 1 from pg_class where oid = to_regclass($1)', [partition]);
  if (known.rows.length > 0) return false;
  await client.query(`create table ${partition} (like ${table} including all) ${STORAGE[table]}`);
  // Rows that came before their month was made. Attaching checks the default partition under a lock: nobody is in between.
  const range = `execution_id >= '${month.from}' and execution_id < '${month.to}'`;
  const early = await client.query(`select 1 from ${table}_default where ${range} limit 1`);
  if (early.rows.length > 0) {
    await client.query(`lock table ${table}_default in access exclusive mode`);
    await client.query(
      `with moved as (delete from ${table}_default where ${range} returning *) insert into ${partition} select * from moved`,
    );
  }
  await client.query(
    `alter table ${table} attach partition ${partition} for values from ('${month.from}') to ('${month.to}')`,
  );
  return true;
}

/** Alone among the processes that make or drop partitions, and never long in anybody's way. */
export async function inTransaction<Result>(client: pg.ClientBase, body: () => Promise<Result>): Promise<Result> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    const result = await body();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
