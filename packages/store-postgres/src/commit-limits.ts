import type { RunCommit } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';
import { encodeNullable } from './text.ts';

// What a commit says about permits: rows come and go with their tasks, and what that may change for others is written
// down to be looked at. No limiter's own row is touched, so commits do not wait for one another here.

const closeTasks = statement(
  'close_limiter_tasks',
  `with gone as (
     delete from limiter_tasks t using unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
     where t.execution_id = u.execution_id and t.task_id = u.task_id returning t.limiter_arn, t.key, t.status)
   insert into limiter_wakes (limiter_arn, key) select distinct limiter_arn, key from gone where status = 'granted'`,
);

const closeAll = statement(
  'close_all_limiter_tasks',
  `with gone as (
     delete from limiter_tasks t where t.execution_id = any($1::uuid[]) returning t.limiter_arn, t.key, t.status)
   insert into limiter_wakes (limiter_arn, key) select distinct limiter_arn, key from gone where status = 'granted'`,
);

// A task waits for its first limiter until that one has room.
const openTasks = statement(
  'open_limiter_tasks',
  `with opened as (
     insert into limiter_tasks (execution_id, task_id, limiter_arn, key, rank, since, status, state_name)
     select u.execution_id, u.task_id, u.limiter_arn, u.key, u.rank, clock.now, u.status, nullif(u.state_name, '')
     from (select ${NOW_MS} as now offset 0) as clock, unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::int[],
       $6::text[], $7::text[]) as u(execution_id, task_id, limiter_arn, key, rank, status, state_name)
     returning limiter_arn, key, status)
   insert into limiter_wakes (limiter_arn, key) select distinct limiter_arn, key from opened where status = 'queued'`,
);

export function writeLimits(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const changes = commits.flatMap(({ executionId, limits }) =>
    limits === undefined ? [] : [{ executionId, ...limits }],
  );
  if (changes.length === 0) return;
  const all = changes.flatMap(({ executionId, closed }) => (closed === 'all' ? [executionId] : []));
  if (all.length > 0) void runner.send(closeAll, [uuidArray(all)]);
  const closed = changes.flatMap((change) =>
    change.closed === 'all' ? [] : change.closed.map((taskId) => ({ executionId: change.executionId, taskId })),
  );
  if (closed.length > 0) {
    void runner.send(closeTasks, [
      uuidArray(closed.map((row) => row.executionId)),
      numberArray(closed.map((row) => row.taskId)),
    ]);
  }
  const opened = changes.flatMap(({ executionId, opened: tasks }) =>
    tasks.flatMap(({ taskId, stateName, limits }) =>
      limits.map((limit, index) => ({
        executionId,
        taskId,
        stateName,
        limit,
        status: index === 0 ? 'queued' : 'idle',
      })),
    ),
  );
  if (opened.length === 0) return;
  void runner.send(openTasks, [
    uuidArray(opened.map((row) => row.executionId)),
    numberArray(opened.map((row) => row.taskId)),
    opened.map((row) => row.limit.limiterArn),
    opened.map((row) => row.limit.key),
    numberArray(opened.map((row) => -row.limit.priority)),
    opened.map((row) => row.status),
    opened.map((row) => encodeNullable(row.stateName) ?? ''),
  ]);
}
