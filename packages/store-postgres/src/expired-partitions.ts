import type { Logger } from '@everstep/engine';
import type pg from 'pg';
import { inTransaction, type Month, monthOf } from './partitions.ts';
import { withShortLocks } from './short-locks.ts';
import { NOW_MS } from './statement.ts';

// A month of executions and history is dropped whole when everything in it is past its retention, counted from its end:
// removing the same rows one by one costs as much as writing them did. One open or younger execution keeps its month.

/** Executions whose names and kept checkpoints go in one transaction. */
const BATCH = 2_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';
/** Nobody waits for whoever drops already. */
const ADVISORY_LOCK = "hashtext('everstep'), hashtext('expired partitions')";

/** Drops the months that ended before `cutoff` and hold nothing younger; answers the names of their partitions. */
export async function dropExpiredPartitions(client: pg.ClientBase, cutoff: number, logger: Logger): Promise<string[]> {
  const lock = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${ADVISORY_LOCK}) as mine`);
  if (lock.rows[0]?.mine !== true) return [];
  try {
    const dropped: string[] = [];
    for (const month of await monthsBefore(client, cutoff)) {
      if (await isInUse(client, month, cutoff)) continue;
      await forgetNames(client, month);
      try {
        const gone = await withShortLocks(() => inTransaction(client, () => dropMonth(client, month, cutoff)));
        if (gone) dropped.push(`executions_${month.name}`, `history_${month.name}`);
      } catch (err) {
        logger.warn({ err, month: month.name }, 'an expired month could not be dropped now; it is tried again');
      }
    }
    if (dropped.length > 0) await client.query(DELETE_REVISIONS);
    return dropped;
  } finally {
    await client.query(`select pg_advisory_unlock(${ADVISORY_LOCK})`);
  }
}

/** The months that have both partitions, the oldest first. */
async function monthsBefore(client: pg.ClientBase, cutoff: number): Promise<Month[]> {
  const { rows } = await client.query<{ year: number; month: number }>(
    `select substring(c.relname from '_y([0-9]+)m')::int as year, substring(c.relname from 'm([0-9]{2})$')::int as month
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = to_regclass('executions') and c.relname ~ '^executions_y[0-9]{4,}m[0-9]{2}$' order by 1, 2`,
  );
  return rows.map(({ year, month }) => monthOf(Date.UTC(year, month - 1))).filter(({ end }) => end <= cutoff);
}

/** Whether an execution of the month is open or ended after the cutoff; by indexes, whatever the month holds. */
async function isInUse(client: pg.ClientBase, month: Month, cutoff: number): Promise<boolean> {
  const partition = `executions_${month.name}`;
  const { rows } = await client.query<{ used: boolean }>(
    `with recursive machines as (
       (select state_machine_arn as arn from ${partition} order by 1 limit 1)
       union all
       select (select e.state_machine_arn from ${partition} e where e.state_machine_arn > m.arn order by 1 limit 1)
       from machines m where m.arn is not null)
     select exists (select 1 from runs where execution_id >= $1 and execution_id < $2)
       or exists (select 1 from ${partition} where stop_date >= $3)
       or exists (select 1 from machines m join ${partition} e on e.state_machine_arn = m.arn
         and e.status in ('RUNNING', 'PENDING_REDRIVE') where m.arn is not null) as used`,
    [month.from, month.to, cutoff],
  );
  return rows[0]?.used !== false;
}

/**
 * What stands outside the month's partitions: names that may be used again are free, the others stay taken until then;
 * the kept checkpoints go. May be cut short anywhere and begun anew.
 */
async function forgetNames(client: pg.ClientBase, month: Month): Promise<void> {
  for (let after = NO_ID; ; ) {
    const { rows } = await client.query<{ execution_id: string }>(
      `with batch as materialized (
         select execution_id, execution_arn from executions_${month.name} where execution_id > $1
         order by execution_id limit ${BATCH}),
       names_gone as (
         delete from execution_names n using batch
         where n.execution_arn = batch.execution_arn and n.execution_id = batch.execution_id and n.reusable_at <= ${NOW_MS}),
       names_kept as (
         update execution_names n set orphaned_until = n.reusable_at from batch
         where n.execution_arn = batch.execution_arn and n.execution_id = batch.execution_id
           and n.reusable_at > ${NOW_MS} and n.orphaned_until is null),
       ended_gone as (delete from ended_runs r using batch where r.execution_id = batch.execution_id),
       redrives_gone as (delete from redrives r using batch where r.execution_id = batch.execution_id),
       approvals_gone as (delete from approvals a using batch where a.execution_id = batch.execution_id),
       map_runs_gone as (
         delete from map_runs m using batch where m.execution_id = batch.execution_id returning m.map_run_id),
       outcomes_gone as (delete from map_run_outcomes o using map_runs_gone m where o.map_run_id = m.map_run_id),
       ended_maps_gone as (delete from ended_runs r using map_runs_gone m where r.execution_id = m.map_run_id)
       select execution_id from batch order by execution_id desc limit 1`,
      [after],
    );
    const last = rows[0]?.execution_id;
    if (last === undefined) return;
    after = last;
  }
}

async function dropMonth(client: pg.ClientBase, month: Month, cutoff: number): Promise<boolean> {
  await client.query(`lock table executions_${month.name} in access exclusive mode`);
  // Looked at again now that nothing can change any more.
  if (await isInUse(client, month, cutoff)) return false;
  await client.query(`drop table executions_${month.name}`);
  await client.query(`drop table if exists history_${month.name}`);
  return true;
}

/** Revisions outlive their purged machine only as long as an execution is there that may name them. */
const DELETE_REVISIONS = `
  delete from state_machine_revisions r
  where not exists (select 1 from state_machines m where m.state_machine_arn = r.state_machine_arn)
    and not exists (select 1 from executions e where e.state_machine_arn = r.state_machine_arn)`;
