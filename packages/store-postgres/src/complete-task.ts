import type { CallbackOutcome, TokenStore } from '@everstep/engine';
import { numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { errorKind } from './errors.ts';
import { NOW_MS, statement } from './statement.ts';

/** SQL: whether token `t` takes callbacks: open, in time, and not an activity's that nobody has taken. */
export const ACCEPTABLE = `(t.status = 'open' and coalesce(least(t.timeout_at, t.heartbeat_at) > ${NOW_MS}, true)
  and (t.kind = 'callback' or t.taken_at is not null))`;

export type CompleteRequest = Parameters<TokenStore['completeTask']>[0];

export interface CallbackRow {
  readonly acceptable: boolean;
  readonly owner: string | null;
}

// One statement is one round trip and one transaction, for as many callbacks as came together. Its parts run in this
// order: all run rows are locked, then the token rows, each in its newest version, and only then is anything written,
// and only for tokens that take a callback. (The snapshot may be older than the locks, but nobody can have a token
// before the commit that opened it.) Of several results for one task the first wins.
const completeTokens = statement<CallbackRow & { readonly position: number }>(
  'complete_tokens',
  `with asked as materialized (
     select u.execution_id, u.task_id, u.grace_ms, u.position, ${slice('$1', 'u.at', 'u.length')} as activation,
       row_number() over (partition by u.execution_id, u.task_id order by u.position) as turn
     from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[]) with ordinality
       as u(execution_id, task_id, grace_ms, at, length, position)),
   run as materialized (
     select r.execution_id from runs r where r.execution_id = any($2::uuid[]) order by r.execution_id for update),
   token as materialized (
     select t.execution_id, t.task_id, ${ACCEPTABLE} as acceptable
     from asked a join task_tokens t on t.execution_id = a.execution_id and t.task_id = a.task_id
     where a.turn = 1 and (select count(*) from run) > 0
     order by t.execution_id, t.task_id for update of t),
   winner as materialized (
     select a.*, row_number() over (partition by a.execution_id order by a.position)::int as place
     from asked a join token k on k.execution_id = a.execution_id and k.task_id = a.task_id
     where a.turn = 1 and k.acceptable),
   counted as (
     update runs r set signals = r.signals + w.count, grace_ms = w.grace_ms,
       wake_at = case when r.owner is null then least(r.wake_at, ${NOW_MS} + w.grace_ms) else r.wake_at end
     from (select execution_id, max(place) as count, min(grace_ms) as grace_ms from winner group by execution_id) w
     where r.execution_id = w.execution_id
     returning r.execution_id, r.owner, r.signals - w.count as before),
   accepted as (
     update task_tokens t set status = 'accepted', accepted_number = c.before + w.place
     from winner w join counted c on c.execution_id = w.execution_id
     where t.execution_id = w.execution_id and t.task_id = w.task_id),
   written as (
     insert into inbox (execution_id, number, activation)
     select w.execution_id, c.before + w.place, w.activation from winner w join counted c on c.execution_id = w.execution_id)
   select a.position, k.acceptable and a.turn = 1 as acceptable, c.owner
   from asked a join token k on k.execution_id = a.execution_id and k.task_id = a.task_id
   left join counted c on c.execution_id = a.execution_id`,
);

export async function completeTasks(
  database: Database,
  batch: readonly CompleteRequest[],
): Promise<Array<PromiseSettledResult<CallbackOutcome>>> {
  try {
    const outcomes = await completeTogether(database, batch);
    return outcomes.map((value) => ({ status: 'fulfilled', value }));
  } catch (error) {
    if (batch.length === 1) return [{ status: 'rejected', reason: error }];
    // Nothing of it was written. Whose data it was shows when each is alone.
    if (errorKind(error) !== 'data') throw error;
    return Promise.allSettled(
      batch.map(async (request) => {
        const [outcome] = await completeTogether(database, [request]);
        if (outcome === undefined) throw new Error('store-postgres: a callback got no outcome');
        return outcome;
      }),
    );
  }
}

async function completeTogether(database: Database, batch: readonly CompleteRequest[]): Promise<CallbackOutcome[]> {
  const blob = new TextBlob();
  const activations = blob.column(batch.map((request) => request.activation));
  const rows = await database.write(completeTokens, [
    blob.buffer(),
    uuidArray(batch.map((request) => request.executionId)),
    numberArray(batch.map((request) => request.taskId)),
    numberArray(batch.map((request) => request.graceMs)),
    ...activations,
  ]);
  const answers = new Map(rows.map((row) => [row.position, row]));
  return batch.map((_, index) => callbackOutcome(answers.get(index + 1)));
}

export function callbackOutcome(row: CallbackRow | undefined): CallbackOutcome {
  if (row === undefined) return { kind: 'gone' };
  return row.acceptable ? { kind: 'accepted', owner: row.owner } : { kind: 'closed' };
}
