import { uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { NOW_MS, statement } from './statement.ts';

const lockEnded = statement<{ execution_id: string }>(
  'lock_ended',
  `select execution_id from executions where stop_date is not null and stop_date < $1 order by stop_date limit $2
   for update skip locked`,
);

// A name that may not be used again yet stays taken: its row remains until then, without an execution.
const deleteExecutions = statement<{ state_machine_arn: string }>(
  'delete_executions',
  `with gone as (
     delete from executions where execution_id = any($1::uuid[]) returning execution_id, execution_arn, state_machine_arn),
   names_gone as (
     delete from execution_names n using gone
     where n.execution_arn = gone.execution_arn and n.execution_id = gone.execution_id and n.reusable_at <= ${NOW_MS}),
   names_kept as (
     update execution_names n set orphaned_until = n.reusable_at from gone
     where n.execution_arn = gone.execution_arn and n.execution_id = gone.execution_id and n.reusable_at > ${NOW_MS}),
   history_gone as (delete from history where execution_id = any($1::uuid[])),
   ended_gone as (delete from ended_runs where execution_id = any($1::uuid[])),
   redrives_gone as (delete from redrives where execution_id = any($1::uuid[])),
   approvals_gone as (delete from approvals where execution_id = any($1::uuid[])),
   map_runs_gone as (delete from map_runs where execution_id = any($1::uuid[]) returning map_run_id),
   outcomes_gone as (delete from map_run_outcomes o using map_runs_gone m where o.map_run_id = m.map_run_id),
   ended_maps_gone as (delete from ended_runs r using map_runs_gone m where r.execution_id = m.map_run_id)
   select distinct state_machine_arn from gone`,
);

const deleteOrphanedNames = statement(
  'delete_orphaned_names',
  `delete from execution_names where execution_arn = any(array(
     select execution_arn from execution_names where orphaned_until is not null and orphaned_until <= (select ${NOW_MS})
     order by orphaned_until limit $1 for update skip locked))`,
);

// Revisions outlive their purged machine only as long as an execution is there that may name them.
const deleteOrphanedRevisions = statement(
  'delete_orphaned_revisions',
  `delete from state_machine_revisions r where r.state_machine_arn = any($1)
     and not exists (select 1 from state_machines m where m.state_machine_arn = r.state_machine_arn)
     and not exists (select 1 from executions e where e.state_machine_arn = r.state_machine_arn)`,
);

export async function deleteEndedBefore(database: Database, stopDate: number, limit: number): Promise<number> {
  await database.write(deleteOrphanedNames, [limit]);
  return database.transaction(async (transaction) => {
    const ended = await transaction.send(lockEnded, [stopDate, limit]);
    if (ended.length === 0) {
      await transaction.rollback();
      return 0;
    }
    const machines = await transaction.send(deleteExecutions, [uuidArray(ended.map((row) => row.execution_id))]);
    void transaction.send(deleteOrphanedRevisions, [machines.map((row) => row.state_machine_arn)]);
    await transaction.commit();
    return ended.length;
  });
}
