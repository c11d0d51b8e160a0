import type { JobStopStore, NewJobStop, RunCommit } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { NOW_MS, type QueryRunner, type Value, statement } from './statement.ts';
import { decodeText, encodeText } from './text.ts';

const insertJobStops = statement(
  'insert_job_stops',
  `insert into job_stops (execution_id, task_id, request, due_at)
   select u.execution_id, u.task_id, u.request, ${NOW_MS} + u.due_in_ms
   from unnest($1::uuid[], $2::int[], $3::text[], $4::int[]) as u(execution_id, task_id, request, due_in_ms)
   on conflict (execution_id, task_id) do nothing`,
);

const takeJobStops = statement<{ execution_id: string; task_id: number; request: string; tries: number }>(
  'take_job_stops',
  `with due as materialized (
     select execution_id, task_id from job_stops where due_at <= (select ${NOW_MS}) order by due_at limit $1
     for update skip locked)
   update job_stops s set tries = s.tries + 1,
     due_at = ${NOW_MS} + least($2::float8 * power(2, least(s.tries, 30)), $3::float8)::bigint
   from due where s.execution_id = due.execution_id and s.task_id = due.task_id
   returning s.execution_id, s.task_id, s.request, s.tries`,
);

const deleteJobStop = statement(
  'delete_job_stop',
  'delete from job_stops where execution_id = $1::uuid and task_id = $2::int',
);

function rowsOf(stops: ReadonlyArray<NewJobStop & { readonly executionId: string }>): Value[] {
  return [
    uuidArray(stops.map(({ executionId }) => executionId)),
    numberArray(stops.map(({ taskId }) => taskId)),
    stops.map(({ request }) => encodeText(request)),
    numberArray(stops.map(({ dueInMs }) => dueInMs)),
  ];
}

/** The jobs that nobody waits for once the commits are made. */
export function writeJobStops(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const stops = commits.flatMap(({ executionId, jobStops = [] }) => jobStops.map((stop) => ({ ...stop, executionId })));
  if (stops.length > 0) void runner.send(insertJobStops, rowsOf(stops));
}

export function jobStopVerbs(database: Database): JobStopStore {
  return {
    async addJobStop(stop) {
      await database.write(insertJobStops, rowsOf([stop]));
    },
    async takeJobStops({ limit, waitMs, mostMs }) {
      const rows = await database.write(takeJobStops, [limit, waitMs, mostMs]);
      return rows.map(({ execution_id: executionId, task_id: taskId, request, tries }) => ({
        ...{ executionId, taskId, request: decodeText(request), tries },
      }));
    },
    async deleteJobStop({ executionId, taskId }) {
      await database.write(deleteJobStop, [executionId, taskId]);
    },
  };
}
