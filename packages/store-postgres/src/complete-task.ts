import type { CallbackOutcome, TokenStore } from '@everstep/engine';
import { type LockedRun, lockRuns, writeArrivals } from './arrivals.ts';
import { numberArray, uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { errorKind } from './errors.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

/** SQL: whether token `t` takes callbacks: open, in time, and not an activity's that nobody has taken. */
export const ACCEPTABLE = `(t.status = 'open' and coalesce(least(t.timeout_at, t.heartbeat_at) > ${NOW_MS}, true)
  and (t.kind = 'callback' or t.taken_at is not null))`;

export type CompleteRequest = Parameters<TokenStore['completeTask']>[0];

interface CallbackToken {
  readonly execution_id: string;
  readonly task_id: number;
  readonly acceptable: boolean;
}

const lockCallbacks = statement<CallbackToken>(
  'lock_callbacks',
  `select t.execution_id, t.task_id, ${ACCEPTABLE} as acceptable
   from unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   join task_tokens t on t.execution_id = u.execution_id and t.task_id = u.task_id
   order by t.execution_id, t.task_id for update of t`,
);

const acceptTokens = statement(
  'accept_tokens',
  `update task_tokens t set status = 'accepted', accepted_number = u.number
   from unnest($1::uuid[], $2::int[], $3::int[]) as u(execution_id, task_id, number)
   where t.execution_id = u.execution_id and t.task_id = u.task_id`,
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

/**
 * The run rows are locked first, then the token rows, as commits do; the token rows decide. Of several results for one
 * task the first wins.
 */
async function completeTogether(database: Database, batch: readonly CompleteRequest[]): Promise<CallbackOutcome[]> {
  return database.transaction(async (transaction) => {
    const { runs, acceptable } = await lockTasks(transaction, batch);
    const accepted: CompleteRequest[] = [];
    const outcomes = batch.map((request): CallbackOutcome => {
      const key = `${request.executionId}:${request.taskId}`;
      const run = runs.get(request.executionId);
      const accepts = acceptable.get(key);
      if (run === undefined || accepts === undefined) return { kind: 'gone' };
      if (!accepts) return { kind: 'closed' };
      acceptable.set(key, false);
      accepted.push(request);
      return { kind: 'accepted', owner: run.owner };
    });
    if (accepted.length === 0) {
      await transaction.rollback();
      return outcomes;
    }
    writeResults(transaction, accepted, runs);
    await transaction.commit();
    return outcomes;
  });
}

interface LockedTasks {
  readonly runs: Map<string, LockedRun>;
  /** Whether a token takes a result, by `execution:task`; absent: there is no token. */
  readonly acceptable: Map<string, boolean>;
}

async function lockTasks(
  runner: QueryRunner,
  tasks: ReadonlyArray<{ readonly executionId: string; readonly taskId: number }>,
): Promise<LockedTasks> {
  const executionIds = tasks.map(({ executionId }) => executionId);
  const [runs, tokens] = await Promise.all([
    lockRuns(runner, executionIds),
    runner.send(lockCallbacks, [uuidArray(executionIds), numberArray(tasks.map(({ taskId }) => taskId))]),
  ]);
  const acceptable = tokens.map((token) => [`${token.execution_id}:${token.task_id}`, token.acceptable] as const);
  return { runs, acceptable: new Map(acceptable) };
}

/** Results of tasks that take them, whose rows are locked. */
function writeResults(
  runner: QueryRunner,
  accepted: readonly CompleteRequest[],
  runs: ReadonlyMap<string, LockedRun>,
): void {
  const numbers = writeArrivals(runner, accepted, runs);
  void runner.send(acceptTokens, [
    uuidArray(accepted.map((request) => request.executionId)),
    numberArray(accepted.map((request) => request.taskId)),
    numberArray(numbers),
  ]);
}

/** Completes a task and writes something besides, both or neither. `write` answers false: what it would change is gone. */
export async function completeWith(
  database: Database,
  request: CompleteRequest,
  write: (runner: QueryRunner) => Promise<boolean>,
): Promise<CallbackOutcome | { kind: 'conflict' }> {
  return database.transaction(async (transaction) => {
    const { runs, acceptable } = await lockTasks(transaction, [request]);
    const run = runs.get(request.executionId);
    const accepts = acceptable.get(`${request.executionId}:${request.taskId}`);
    const isWritten = run !== undefined && accepts === true && (await write(transaction));
    if (!isWritten) {
      await transaction.rollback();
      if (run === undefined || accepts === undefined) return { kind: 'gone' };
      return { kind: accepts ? 'conflict' : 'closed' };
    }
    writeResults(transaction, [request], runs);
    await transaction.commit();
    return { kind: 'accepted', owner: run.owner };
  });
}
