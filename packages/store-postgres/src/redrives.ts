import type { NewRedrive, RedriveOutcome, RedriveStore } from '@everstep/engine';
import type { Database } from './database.ts';
import { lockMachines } from './start-executions.ts';
import { NOW_MS, statement } from './statement.ts';

const findMachineOf = statement<{ state_machine_arn: string }>(
  'find_machine_of_execution',
  'select state_machine_arn from executions where execution_id = $1::uuid',
);

// The epoch never restarts: whoever held the run before its end is fenced.
const redriveEnded = statement<{ execution_id: string }>(
  'redrive_ended',
  `with redriven as (
     update executions e set status = 'RUNNING', stop_date = null, output = null, error = null, cause = null,
       redrive_count = $2::int, redrive_date = $3::bigint
     where e.execution_id = $1::uuid and e.status in ('FAILED', 'TIMED_OUT', 'ABORTED') and e.redrive_count = $2::int - 1
       and exists (select 1 from ended_runs r where r.execution_id = $1::uuid)
       and exists (select 1 from execution_names n
         where n.execution_arn = e.execution_arn and n.execution_id = e.execution_id)
     returning e.execution_id, e.execution_arn),
   named as (
     update execution_names n set reusable_at = null, orphaned_until = null
     from redriven where n.execution_arn = redriven.execution_arn),
   ended as (
     delete from ended_runs r using redriven where r.execution_id = redriven.execution_id
     returning r.execution_id, r.epoch, r.format, r.last_event_id, r.checkpoint, r.frame_ids, r.frame_data),
   opened as (
     insert into runs (execution_id, epoch, wake_at, grace_ms, base_grace_ms, signals, format, last_event_id, checkpoint)
     select execution_id, epoch + 1, ${NOW_MS} + $6::int, $6::int, $6::int, 1, format, last_event_id, checkpoint from ended),
   framed as (
     insert into frames (execution_id, frame_id, data)
     select ended.execution_id, f.id, f.data from ended, unnest(ended.frame_ids, ended.frame_data) as f(id, data)),
   told as (insert into inbox (execution_id, number, activation) select execution_id, 1, $5 from ended),
   noted as (
     insert into redrives (execution_id, redrive_count, redrive_date, client_token)
     select execution_id, $2::int, $3::bigint, $4 from ended)
   select execution_id from ended`,
);

const latestRedrives = statement<{ redrive_date: number; client_token: string | null }>(
  'latest_redrives',
  `select redrive_date, client_token from redrives where execution_id = $1::uuid and redrive_date > $2
   order by redrive_count desc limit $3`,
);

const findEnded = statement<{ last_event_id: number }>(
  'find_ended_run',
  'select last_event_id from ended_runs where execution_id = $1::uuid',
);

export function redriveVerbs(database: Database): RedriveStore {
  return {
    async redriveExecution(redrive) {
      return redriveExecution(database, redrive);
    },
    async findRedrive({ executionId, clientToken, after, latest }) {
      const rows = await database.read(latestRedrives, [executionId, after, latest]);
      return rows.find((row) => row.client_token === clientToken)?.redrive_date ?? null;
    },
    async findEndedRun(executionId) {
      const [ended] = await database.read(findEnded, [executionId]);
      return ended === undefined ? null : { lastEventId: ended.last_event_id };
    },
  };
}

async function redriveExecution(database: Database, redrive: NewRedrive): Promise<RedriveOutcome> {
  const { executionId, redriveCount, redriveDate, clientToken, activation, graceMs } = redrive;
  return database.transaction(async (transaction): Promise<RedriveOutcome> => {
    const [found] = await transaction.send(findMachineOf, [executionId]);
    // As a start does: the machine cannot be marked as deleting before our commit.
    const active = found === undefined ? [] : await transaction.send(lockMachines, [[found.state_machine_arn]]);
    if (active.length === 0) {
      await transaction.rollback();
      return { kind: found === undefined ? 'refused' : 'no-machine' };
    }
    const values = [executionId, redriveCount, redriveDate, clientToken, activation, graceMs];
    const redriven = await transaction.send(redriveEnded, values);
    if (redriven.length === 0) {
      await transaction.rollback();
      return { kind: 'refused' };
    }
    await transaction.commit();
    return { kind: 'redriven' };
  });
}
