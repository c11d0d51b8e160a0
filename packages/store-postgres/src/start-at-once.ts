import type { NewExecution } from '@everstep/engine';
import { NOW_MS, statement } from './statement.ts';
import { executionRows, insertedFrom, insertValues } from './insert-executions.ts';
import type { Database } from './database.ts';

// The usual start in one trip: machines, names and executions in one statement. Who does not get its name, and who finds
// no machine, leaves nothing here; it is looked at again, by statements that tell why. The names are claimed in the order
// of their ARNs, which is that of the machines, too. A subplan, as a join of two lists without an index is their product.
const startStatement = statement<{ execution_id: string }>(
  'start_at_once',
  `with active as materialized (
     select state_machine_arn from state_machines
     where state_machine_arn = any($30) and status = 'ACTIVE' order by state_machine_arn for share),
   rows as materialized (${executionRows('$28', '$29')}),
   named as (
     insert into execution_names (execution_arn, execution_id, start_date, input_hash)
     select rows.execution_arn, rows.execution_id, rows.start_date, rows.input_hash
     from rows where (rows.state_machine_arn in (select state_machine_arn from active)) is true
     on conflict (execution_arn) do update set execution_id = excluded.execution_id, start_date = excluded.start_date,
       input_hash = excluded.input_hash, reusable_at = null, orphaned_until = null
     where execution_names.reusable_at <= ${NOW_MS}
     returning execution_id),
   granted as materialized (select * from rows where (rows.execution_id in (select execution_id from named)) is true),
   ${insertedFrom('granted')} returning execution_id`,
);

/** In the order of their names; answers whose they are by now. Each name at most once, and no child of a task. */
export async function startAtOnce(
  database: Database,
  starts: ReadonlyArray<{ readonly execution: NewExecution; readonly inputHash: string }>,
): Promise<Set<string>> {
  const executions = starts.map(({ execution }) => execution);
  const machines = [...new Set(executions.map(({ stateMachineArn }) => stateMachineArn))];
  const values = insertValues(
    executions,
    starts.map(({ inputHash }) => inputHash),
  );
  const rows = await database.write(startStatement, [...values, machines]);
  return new Set(rows.map((row) => row.execution_id));
}
