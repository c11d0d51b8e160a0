import type { TokenStore, WaitingTask, WaitingTasksQuery } from '@everstep/engine';
import { ACCEPTABLE, completeTasks, type CompleteRequest } from './complete-task.ts';
import type { Database } from './database.ts';
import { Gatherer } from './gatherer.ts';
import { NOW_MS, statement } from './statement.ts';
import { decodeNullable, decodeText, encodeNullable } from './text.ts';

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

interface WaitingRow {
  readonly execution_id: string;
  readonly task_id: number;
  readonly execution_arn: string;
  readonly state_machine_arn: string;
  readonly state_name: string;
  readonly opened_at: number;
  readonly deadline: number | null;
  readonly is_approval: boolean;
}

// In the order of the primary key, so that a page costs what it shows and what lies between.
const listWaiting = statement<WaitingRow>(
  'list_waiting_tasks',
  `select t.execution_id, t.task_id, e.execution_arn, e.state_machine_arn, t.state_name, t.opened_at,
     least(t.timeout_at, t.heartbeat_at) as deadline,
     exists (select 1 from approvals a where a.execution_id = t.execution_id and a.task_id = t.task_id offset 0) as is_approval
   from task_tokens t join executions e on e.execution_id = t.execution_id
   where t.kind = 'callback' and ${ACCEPTABLE} and (t.execution_id, t.task_id) > ($1::uuid, $2::int)
     and split_part(e.execution_arn, ':', 5) = $3 and ($4::text is null or e.state_machine_arn = $4)
   order by t.execution_id, t.task_id limit $5`,
);

/** Before all others. */
const FIRST_EXECUTION = '00000000-0000-0000-0000-000000000000';

const UNTAKEN = `t.kind = 'activity' and t.status = 'open' and t.taken_at is null
     and coalesce(t.timeout_at > ${NOW_MS}, true)`;

const findUntaken = statement<{ found: number }>(
  'find_untaken_task',
  `select 1 as found from task_tokens t where t.activity_arn = $1 and ${UNTAKEN} limit 1`,
);

interface CandidateRow {
  readonly execution_id: string;
  readonly task_id: number;
  readonly owner: string | null;
}

const lockCandidate = (name: string, wait: string) =>
  statement<CandidateRow>(
    name,
    `with candidates as materialized (
       select t.execution_id, t.task_id, t.opened_at from task_tokens t where t.activity_arn = $1 and ${UNTAKEN}
       order by t.opened_at, t.execution_id, t.task_id limit $2)
     select c.execution_id, c.task_id, r.owner from candidates c join runs r on r.execution_id = c.execution_id
     order by c.opened_at, c.execution_id, c.task_id limit 1 for update of r ${wait}`,
  );
const lockFreeCandidate = lockCandidate('lock_free_candidate', 'skip locked');
const lockFirstCandidate = lockCandidate('lock_first_candidate', '');

// The row by its key first: on an empty table the planner would go through all that is untaken instead.
const lockUntaken = statement<{ now: number; input: string | null }>(
  'lock_untaken',
  `select ${NOW_MS} as now, t.input
   from (select * from task_tokens where execution_id = $1::uuid and task_id = $2 offset 0 for update) as t
   where ${UNTAKEN}`,
);

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

/** Tasks a poller considers at a time, and how often it looks again after others were faster. */
const CANDIDATES = 50;
const ROUNDS = 20;

/** Callbacks in one statement, and statements of them at once. */
const CALLBACK_BATCH = 200;
const CALLBACKS_IN_FLIGHT = 4;
/** A result is 256 KiB at most. */
const CALLBACKS_WAITING = 2_000;

export function tokenVerbs(database: Database): TokenStore {
  const callbacks = new Gatherer({
    run: (batch: readonly CompleteRequest[]) => completeTasks(database, batch),
    maxBatch: CALLBACK_BATCH,
    maxInFlight: CALLBACKS_IN_FLIGHT,
    maxWaiting: CALLBACKS_WAITING,
  });
  return {
    listWaitingTasks: (query) => listWaitingTasks(database, query),
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
      for (let round = 0; round < ROUNDS; round++) {
        // Without a transaction: most polls find nothing.
        if ((await database.read(findUntaken, [request.activityArn])).length === 0) return null;
        const taken = await takeOne(database, request, lockFreeCandidate);
        if (taken !== null) return taken;
        // All are being worked on: wait for the oldest.
        const oldest = await takeOne(database, request, lockFirstCandidate);
        if (oldest !== null) return oldest;
      }
      return null;
    },
  };
}

async function listWaitingTasks(database: Database, query: WaitingTasksQuery): Promise<WaitingTask[]> {
  const { accountId, stateMachineArn, after, limit } = query;
  const { executionId, taskId } = after ?? { executionId: FIRST_EXECUTION, taskId: 0 };
  const rows = await database.read(listWaiting, [executionId, taskId, accountId, stateMachineArn ?? null, limit]);
  return rows.map((row) => ({
    executionId: row.execution_id,
    taskId: row.task_id,
    executionArn: row.execution_arn,
    stateMachineArn: row.state_machine_arn,
    stateName: decodeText(row.state_name),
    openedAt: row.opened_at,
    deadline: row.deadline,
    isApproval: row.is_approval,
  }));
}

type TakeRequest = Parameters<TokenStore['takeActivityTask']>[0];
type TakenTask = Awaited<ReturnType<TokenStore['takeActivityTask']>>;

/** The run row first, then the token row, as everywhere; null: somebody else was faster. */
async function takeOne(database: Database, request: TakeRequest, lock: typeof lockFreeCandidate): Promise<TakenTask> {
  return database.transaction(async (transaction): Promise<TakenTask> => {
    const [candidate] = await transaction.send(lock, [request.activityArn, CANDIDATES]);
    if (candidate === undefined) {
      await transaction.rollback();
      return null;
    }
    const { execution_id: executionId, task_id: taskId, owner } = candidate;
    const [row] = await transaction.send(lockUntaken, [executionId, taskId]);
    if (row === undefined) {
      await transaction.rollback();
      return null;
    }
    const activation = request.activation(taskId, row.now);
    const workerName = encodeNullable(request.workerName);
    void transaction.send(takeTask, [executionId, taskId, activation, request.graceMs, workerName, row.now]);
    await transaction.commit();
    return { executionId, taskId, input: decodeNullable(row.input) ?? 'null', owner };
  });
}
