import type { Logger } from '@everstep/engine';
import type pg from 'pg';
import { databaseError } from './errors.ts';

// executions and history are partitioned by execution id. The ids are UUIDv7, which begin with the time of start, so
// a month is a range of ids. What no month covers lands in the default partition and is moved when its month is made.

const TABLES = ['executions', 'history'] as const;
/** Making or dropping a partition waits for the table's users, and they for it: not for long. */
const LOCK_TIMEOUT = '3s';
const LOCK_NOT_AVAILABLE = '55P03';
const ATTEMPTS = 5;
/** Advisory locks are numbers; these two, spelled out, say whose they are. */
const ADVISORY_LOCK = "hashtext('everstep'), hashtext('partitions')";

export interface Month {
  readonly name: string;
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
  return { name: `y${first.getUTCFullYear()}m${digits}`, from: firstId(begin), to: firstId(end) };
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
    for (const table of TABLES) {
      const month = monthOf(now, offset);
      const isNew = await patiently(() => inTransaction(client, () => makePartition(client, table, month)));
      if (isNew) made.push(`${table}_${month.name}`);
    }
  }
  return made;
}

/** Tries again where a long transaction was in the way; the last try's error is the caller's. */
async function patiently<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      if (count === ATTEMPTS || databaseError(error)?.code !== LOCK_NOT_AVAILABLE) throw error;
    }
  }
}

async function makePartition(client: pg.ClientBase, table: (typeof TABLES)[number], month: Month): Promise<boolean> {
  const partition = `${table}_${month.name}`;
  const known = await client.query('select 1 from pg_class where oid = to_regclass($1)', [partition]);
  if (known.rows.length > 0) return false;
  await client.query(`create table ${partition} (like ${table} including all)`);
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

/** Drops the months that are over and hold no row any more; answers their names. A month in use is left for next time. */
export async function dropEmptyPartitions(client: pg.ClientBase, logger: Logger): Promise<string[]> {
  const clock = await client.query<{ now: string }>('select extract(epoch from clock_timestamp()) * 1000 as now');
  const current = monthOf(Number(clock.rows[0]?.now)).name;
  const dropped: string[] = [];
  for (const table of TABLES) {
    const months = await client.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = to_regclass($1) and c.relname ~ ('^' || $1 || '_y[0-9]{4,}m[0-9]{2}$') order by 1`,
      [table],
    );
    for (const { name } of months.rows) {
      if (name >= `${table}_${current}`) continue;
      try {
        if (await inTransaction(client, () => dropIfEmpty(client, name))) dropped.push(name);
      } catch (error) {
        logger.info({ error, partition: name }, 'an old partition could not be dropped now');
      }
    }
  }
  return dropped;
}

async function dropIfEmpty(client: pg.ClientBase, partition: string): Promise<boolean> {
  const some = await client.query(`select 1 from ${partition} limit 1`);
  if (some.rows.length > 0) return false;
  await client.query(`lock table ${partition} in access exclusive mode`);
  const since = await client.query(`select 1 from ${partition} limit 1`);
  if (since.rows.length > 0) return false;
  await client.query(`drop table ${partition}`);
  return true;
}

async function inTransaction<Result>(client: pg.ClientBase, body: () => Promise<Result>): Promise<Result> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    const result = await body();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
