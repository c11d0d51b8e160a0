import {
  type BucketChange,
  type Candidate,
  type Decision,
  type GrantedTask,
  type Grants,
  type LimiterStore,
  type Need,
  PermitRoom,
} from '@everstep/engine';
import { type LockedRun, lockRuns, writeArrivals } from './arrivals.ts';
import { numberArray, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { lockPermitTables } from './permit-lock.ts';
import { PermitQueues, nameOf } from './permit-queues.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

const WORK_AT_ONCE = 2_000;

interface LookRow {
  readonly now: number;
  readonly more: boolean;
  readonly look_at: number | null;
}

const whatIsLeft = statement<LookRow>(
  'permit_work_left',
  `select ${NOW_MS} as now, exists (select 1 from limiter_wakes order by wake_id limit 1) as more,
     least((select look_at from limiters where look_at is not null order by look_at limit 1),
       (select look_at from limiter_buckets where look_at is not null order by look_at limit 1)) as look_at`,
);

const takeWakes = statement<{ limiter_arn: string; key: string }>(
  'take_limiter_wakes',
  `with taken as materialized (select wake_id from limiter_wakes order by wake_id limit $1)
   delete from limiter_wakes w using taken where w.wake_id = taken.wake_id returning w.limiter_arn, w.key`,
);

const dueLooks = statement<{ limiter_arn: string; key: string }>(
  'due_limiter_looks',
  `with clock as materialized (select ${NOW_MS} as now)
   (select limiter_arn, '' as key from limiters where look_at is not null and look_at <= (select now from clock)
    order by look_at limit $1)
   union all
   (select limiter_arn, key from limiter_buckets where look_at is not null and look_at <= (select now from clock)
    order by look_at limit $1)`,
);

const dropFull = statement(
  'drop_full_buckets',
  `with full_ones as materialized (
     select limiter_arn, key from limiter_buckets where full_at <= (select ${NOW_MS}) and look_at is null
     order by full_at limit $1)
   delete from limiter_buckets b using full_ones f where b.limiter_arn = f.limiter_arn and b.key = f.key`,
);

const grantTasks = statement<{ execution_id: string; task_id: number; since: number }>(
  'grant_limiter_tasks',
  `update limiter_tasks t set status = 'granted', granted_at = $3::bigint
   from unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   where t.execution_id = u.execution_id and t.task_id = u.task_id returning t.execution_id, t.task_id, t.since`,
);

const moveTasks = statement(
  'move_limiter_tasks',
  `update limiter_tasks t set status = case when t.limiter_arn = u.limiter_arn then u.status else 'idle' end
   from unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) as u(execution_id, task_id, limiter_arn, status)
   where t.execution_id = u.execution_id and t.task_id = u.task_id`,
);

const wake = statement(
  'wake_limiters',
  'insert into limiter_wakes (limiter_arn, key) select * from unnest($1::text[], $2::text[])',
);

const keepLimiters = statement(
  'keep_limiter_turns',
  `update limiters l set cursor = u.cursor, tokens = u.tokens, tokens_at = u.tokens_at,
     look_at = u.look_at
   from unnest($1::text[], $2::text[], $3::float8[], $4::bigint[], $5::bigint[])
     as u(limiter_arn, cursor, tokens, tokens_at, look_at)
   where l.limiter_arn = u.limiter_arn`,
);

const keepBuckets = statement(
  'keep_limiter_buckets',
  `insert into limiter_buckets (limiter_arn, key, tokens, tokens_at, look_at, full_at)
   select * from unnest($1::text[], $2::text[], $3::float8[], $4::bigint[], $5::bigint[], $6::bigint[])
   on conflict (limiter_arn, key) do update set tokens = excluded.tokens, tokens_at = excluded.tokens_at,
     look_at = excluded.look_at, full_at = excluded.full_at`,
);

type GrantRequest = Parameters<LimiterStore['grantPermits']>[0];

/**
 * Looks at what commits have left to be looked at, and at rates whose time has come. Locks go from the permits' own to run
 * rows, by id, and from there to the tasks' rows; whoever closes a task holds its run row, so a task that is there under
 * that lock gets its permits, and one that is gone costs nobody any.
 */
export async function grantPermits(database: Database, request: GrantRequest): Promise<Grants> {
  const [before] = await database.read(whatIsLeft, []);
  if (before === undefined || (!before.more && (before.look_at ?? before.now + 1) > before.now)) {
    return { granted: [], more: false, lookAt: before?.look_at ?? null };
  }
  return database.transaction(async (transaction) => {
    lockPermitTables(transaction);
    const [wakes, due, [clock]] = await Promise.all([
      transaction.send(takeWakes, [WORK_AT_ONCE]),
      transaction.send(dueLooks, [WORK_AT_ONCE]),
      transaction.send(whatIsLeft, []),
      transaction.send(dropFull, [WORK_AT_ONCE]),
    ]);
    const rows = [...wakes, ...due].map(({ limiter_arn: limiterArn, key }) => ({ limiterArn, key }));
    const needs = [...new Map(rows.map((need) => [nameOf(need), need])).values()];
    const granted = needs.length === 0 ? [] : await give(transaction, needs, request, clock?.now ?? before.now);
    const [after] = await Promise.all([transaction.send(whatIsLeft, []), transaction.commit()]);
    const [left] = after;
    return { granted, more: left?.more ?? false, lookAt: left?.look_at ?? null };
  });
}

async function give(
  runner: QueryRunner,
  needs: readonly Need[],
  request: GrantRequest,
  now: number,
): Promise<GrantedTask[]> {
  const room = new PermitRoom(now);
  const queues = new PermitQueues(runner, room);
  await queues.read(needs);
  const candidates = await queues.candidates(needs, request.limit);
  await queues.read(candidates.flatMap((candidate) => candidate.needs));
  const decision = room.decide(candidates);
  const { granted, moved } = decision;
  const changed = [...granted, ...moved.map(({ candidate }) => candidate)];
  const [runs, rows] = await Promise.all([
    changed.length === 0
      ? new Map<string, LockedRun>()
      : lockRuns(
          runner,
          changed.map((task) => task.executionId),
        ),
    granted.length === 0 ? [] : runner.send(grantTasks, [...idsOf(granted), now]),
  ]);
  const waits = new Map(rows.map((row) => [`${row.execution_id}:${row.task_id}`, now - row.since]));
  const there = granted.filter((task) => runs.has(task.executionId) && waits.has(`${task.executionId}:${task.taskId}`));
  const arrivals = there.map(({ executionId, taskId }) => {
    return { executionId, activation: request.activation(taskId, now), graceMs: null };
  });
  writeArrivals(runner, arrivals, runs);
  // Who was closed while we waited for its run row had been given room that is free after all: others may wait for it.
  const vanished = granted.filter((task) => !there.includes(task)).flatMap((task) => task.needs);
  // Where not all had a turn that might have had one, the others are looked at next.
  const again = [...decision.again, ...vanished, ...(candidates.length < request.limit ? [] : needs)];
  keepDecision(runner, decision, again);
  keepLimits(runner, room, queues, decision);
  return there.map(({ executionId, taskId }) => ({
    ...{ executionId, taskId, owner: runs.get(executionId)?.owner ?? null },
    waitedMs: waits.get(`${executionId}:${taskId}`) ?? 0,
  }));
}

function idsOf(tasks: readonly Candidate[]): [string, string] {
  return [uuidArray(tasks.map((task) => task.executionId)), numberArray(tasks.map((task) => task.taskId))];
}

function keepDecision(runner: QueryRunner, { moved }: Decision, again: readonly Need[]): void {
  if (moved.length > 0) {
    void runner.send(moveTasks, [
      ...idsOf(moved.map(({ candidate }) => candidate)),
      moved.map(({ to }) => to.limiterArn),
      moved.map(({ to }) => (to.queue === 'shared' ? 'queued' : 'keyed')),
    ]);
  }
  if (again.length === 0) return;
  void runner.send(wake, [again.map((need) => need.limiterArn), again.map((need) => need.key)]);
}

function keepLimits(runner: QueryRunner, room: PermitRoom, queues: PermitQueues, { cursors }: Decision): void {
  const limiters = queues.limiterArns
    .filter((arn) => cursors.has(arn) || room.bucketOf(arn) !== null)
    .map((arn) => ({ arn, cursor: cursors.get(arn) ?? queues.cursorOf(arn), bucket: room.bucketOf(arn) }));
  if (limiters.length > 0) {
    void runner.send(keepLimiters, [
      limiters.map(({ arn }) => arn),
      limiters.map(({ cursor }) => cursor),
      numberArray(limiters.map(({ bucket }) => bucket?.tokens ?? null)),
      numberArray(limiters.map(({ bucket }) => bucket?.at ?? null)),
      numberArray(limiters.map(({ bucket }) => bucket?.lookAt ?? null)),
    ]);
  }
  const buckets = queues.needs.flatMap((need): Array<{ need: Need; bucket: BucketChange }> => {
    const bucket = room.keyBucketOf(need);
    return bucket === null ? [] : [{ need, bucket }];
  });
  if (buckets.length === 0) return;
  void runner.send(keepBuckets, [
    buckets.map(({ need }) => need.limiterArn),
    buckets.map(({ need }) => need.key),
    numberArray(buckets.map(({ bucket }) => bucket.tokens)),
    numberArray(buckets.map(({ bucket }) => bucket.at)),
    numberArray(buckets.map(({ bucket }) => bucket.lookAt)),
    numberArray(buckets.map(({ bucket }) => bucket.fullAt)),
  ]);
}
