import type { TokenStore } from '@everstep/engine';
import { ACCEPTABLE, completeTasks, type CompleteRequest } from './complete-task.ts';
import type { Database } from './database.ts';
import { Gatherer } from './gatherer.ts';
import { NOW_MS, statement } from './statement.ts';
import { decodeNullable, encodeNullable } from './text.ts';

// A heartbeat locks and moves the token's row, and nothing else.
const moveHeartbeat = statement<{ acceptable: boolean; owner: string | null }>(
  'move_heartbeat',
  `with token as materialized (
     select ${ACCEPTABLE} as acceptable from task_tokens t
     where t.execution_id = $1::uuid and t.task_id = $2 for update),
   moved as (
     update task_tokens t set heartbeat_at = ${NOW_MS} + round(t.heartbeat_seconds * 1000)::bigint
     where t.execution_id = $1::uuid and t.task_id = $2 and exists (select 1 from token where acceptable))
   select token.acceptable, r.owner from token left join runs r on r.execution_id = $1::uuid`,
);

interface TakenRow {
  readonly signals: number;
  readonly owner: string | null;
  readonly now: number;
  readonly input: string | null;
}

const findUntaken = statement<{ execution_id: string; task_id: number }>(
  'find_untaken_tasks',
  `select t.execution_id, t.task_id from task_tokens t
   where t.activity_arn = $1 and t.kind = 'activity' and t.status = 'open' and t.taken_at is null
     and coalesce(t.timeout_at > ${NOW_MS}, true)
   order by t.opened_at, t.execution_id, t.task_id limit $2`,
);

const lockUntaken = (name: string, wait: string) =>
  statement<TakenRow>(
    name,
    `with run as materialized (select signals, owner from runs where execution_id = $1::uuid for update ${wait})
     select run.signals, run.owner, ${NOW_MS} as now, t.input from task_tokens t, run
     where t.execution_id = $1::uuid and t.task_id = $2 and t.status = 'open' and t.taken_at is null
       and coalesce(t.timeout_at > ${NOW_MS}, true)
     for update of t`,
  );
const lockUntakenIfFree = lockUntaken('lock_untaken_if_free', 'skip locked');
const lockUntakenWaiting = lockUntaken('lock_untaken_waiting', '');

const takeTask = statement(
  'take_task',
  `with counted as (
     update runs r set signals = r.signals + 1, grace_ms = $4::int,
       wake_at = case when r.owner is null then least(r.wake_at, $6::bigint + $4::int) else r.wake_at end
     where r.execution_id = $1::uuid returning r.signals),
   taken as (
     update task_tokens t set taken_at = $6::bigint, worker_name = $5,
       timeout_at = coalesce($6::bigint + round(t.timeout_seconds * 1000)::bigint, t.timeout_at),
       heartbeat_at = $6::bigint + round(t.heartbeat_seconds * 1000)::bigint
     where t.execution_id = $1::uuid and t.task_id = $2)
   insert into inbox (execution_id, number, activation) select $1::uuid, counted.signals, $3 from counted`,
);

/** Candidates a poller looks at before it waits for one. */
const CANDIDATES = 20;

/** Callbacks in one statement, and statements of them at once. */
const CALLBACK_BATCH = 200;
const CALLBACKS_IN_FLIGHT = 4;

export function tokenVerbs(database: Database): TokenStore {
  const callbacks = new Gatherer({
    run: (batch: readonly CompleteRequest[]) => completeTasks(database, batch),
    maxBatch: CALLBACK_BATCH,
    maxInFlight: CALLBACKS_IN_FLIGHT,
  });
  return {
    async completeTask(request) {
      const outcome = await callbacks.ask(request);
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    },
    async heartbeatTask({ executionId, taskId }) {
      const [row] = await database.write(moveHeartbeat, [executionId, taskId]);
      if (row === undefined) return { kind: 'gone' };
      return row.acceptable ? { kind: 'accepted', owner: row.owner } : { kind: 'closed' };
    },
    async takeActivityTask(request) {
      for (;;) {
        // Without a lock: most polls find nothing, and several pollers see the same oldest task.
        const candidates = await database.read(findUntaken, [request.activityArn, CANDIDATES]);
        if (candidates.length === 0) return null;
        for (const wait of [false, true]) {
          for (const candidate of wait ? candidates.slice(0, 1) : candidates) {
            const taken = await takeCandidate(database, request, candidate, wait);
            if (taken !== null) return taken;
          }
        }
      }
    },
  };
}

type TakeRequest = Parameters<TokenStore['takeActivityTask']>[0];
type TakenTask = Awaited<ReturnType<TokenStore['takeActivityTask']>>;

/** The run row first, then the token row, as everywhere; null: somebody else was faster, or (not waiting) holds it. */
async function takeCandidate(
  database: Database,
  request: TakeRequest,
  candidate: { readonly execution_id: string; readonly task_id: number },
  wait: boolean,
): Promise<TakenTask> {
  const { execution_id: executionId, task_id: taskId } = candidate;
  return database.transaction(async (transaction): Promise<TakenTask> => {
    const lock = wait ? lockUntakenWaiting : lockUntakenIfFree;
    const [row] = await transaction.send(lock, [executionId, taskId]);
    if (row === undefined) {
      await transaction.rollback();
      return null;
    }
    const activation = request.activation(taskId, row.now);
    const workerName = encodeNullable(request.workerName);
    void transaction.send(takeTask, [executionId, taskId, activation, request.graceMs, workerName, row.now]);
    await transaction.commit();
    return { executionId, taskId, input: decodeNullable(row.input) ?? 'null', owner: row.owner };
  });
}
