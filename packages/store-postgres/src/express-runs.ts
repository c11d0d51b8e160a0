import type { ClaimedRun, ExecutionRecord, NewExpressRun } from '@everstep/engine';
import { numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import type { RunParts, RunRow } from './run-rows.ts';
import { lockMachines } from './start-executions.ts';
import { NOW_MS, statement } from './statement.ts';

// Asynchronous Express executions: a row in `runs` from the start to the end, and nothing else.

/** A claimed Express run as the driver gives it. */
export interface ExpressRow extends Pick<RunRow, 'epoch' | 'consumed' | 'checkpoint' | 'format' | 'crashes'> {
  readonly execution_id: string;
  /** JSON text of an ExecutionRecord. */
  readonly express: string;
}

const insertExpress = statement(
  'insert_express',
  `insert into runs (execution_id, wake_at, grace_ms, base_grace_ms, signals, format, checkpoint, express)
   select n.execution_id, ${NOW_MS} + n.grace_ms, n.grace_ms, n.grace_ms, 0, n.format, '',
     ${slice('$1', 'n.at', 'n.length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[]) as n(execution_id, grace_ms, format, at, length)
   on conflict (execution_id) do nothing`,
);

const deleteExpress = statement(
  'delete_express',
  `with ended as materialized (
     select r.execution_id from runs r join unnest($1::uuid[], $2::int[]) as u(execution_id, epoch)
       on r.execution_id = u.execution_id and r.epoch = u.epoch
     where r.express is not null order by r.execution_id for update of r)
   delete from runs r using ended where r.execution_id = ended.execution_id`,
);

export async function startExpress(database: Database, batch: readonly NewExpressRun[]): Promise<boolean[]> {
  if (batch.length === 0) return [];
  const machines = new Set(batch.map(({ execution }) => execution.stateMachineArn));
  return database.transaction(async (transaction) => {
    const rows = await transaction.send(lockMachines, [[...machines]]);
    const active = new Set(rows.map((row) => row.state_machine_arn));
    const starting = batch.filter(({ execution }) => active.has(execution.stateMachineArn));
    if (starting.length > 0) void transaction.send(insertExpress, insertValues(starting));
    await transaction.commit();
    return batch.map(({ execution }) => active.has(execution.stateMachineArn));
  });
}

export async function endExpress(
  database: Database,
  runs: ReadonlyArray<{ executionId: string; epoch: number }>,
): Promise<void> {
  if (runs.length === 0) return;
  const ids = uuidArray(runs.map(({ executionId }) => executionId));
  await database.write(deleteExpress, [ids, numberArray(runs.map(({ epoch }) => epoch))]);
}

/** An Express execution, or a Map Run: neither has an execution in the list. */
export function claimedExpress(row: ExpressRow, parts: RunParts): ClaimedRun {
  const execution: ExecutionRecord = JSON.parse(row.express);
  const { epoch, consumed, checkpoint, format, crashes } = row;
  const mapRun = execution.executionArn.split(':', 6)[5] === 'mapRun';
  return { execution, epoch, consumed, checkpoint, format, crashes, express: !mapRun, mapRun, ...parts };
}

function insertValues(batch: readonly NewExpressRun[]) {
  const blob = new TextBlob();
  // JSON text escapes what a text column refuses.
  const texts = blob.column(batch.map(({ execution }) => JSON.stringify(execution)));
  return [
    blob.buffer(),
    uuidArray(batch.map(({ execution }) => execution.executionId)),
    numberArray(batch.map(({ graceMs }) => graceMs)),
    numberArray(batch.map(({ format }) => format)),
    ...texts,
  ];
}
