import { numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

/** A run row as it is locked by whoever commits to it or puts something into its inbox. */
export interface LockedRun {
  readonly execution_id: string;
  readonly epoch: number;
  readonly owner: string | null;
  readonly signals: number;
  readonly consumed: number;
  readonly last_event_id: number;
}

/** By id, so that two that lock several do not wait for each other crosswise; always before any token row. */
const lockRunRows = statement<LockedRun>(
  'lock_runs',
  `select execution_id, epoch, owner, signals, consumed, last_event_id from runs where execution_id = any($1::uuid[])
   order by execution_id for update`,
);

export async function lockRuns(runner: QueryRunner, executionIds: Iterable<string>): Promise<Map<string, LockedRun>> {
  const rows = await runner.send(lockRunRows, [uuidArray([...new Set(executionIds)])]);
  return new Map(rows.map((row) => [row.execution_id, row]));
}

const countArrivals = statement(
  'count_arrivals',
  `update runs r set signals = r.signals + u.count, grace_ms = coalesce(u.grace_ms, r.base_grace_ms),
     wake_at = case when r.owner is null
       then least(r.wake_at, ${NOW_MS} + coalesce(u.grace_ms, r.base_grace_ms)) else r.wake_at end
   from unnest($1::uuid[], $2::int[], $3::int[]) as u(execution_id, count, grace_ms)
   where r.execution_id = u.execution_id`,
);

const insertInbox = statement(
  'insert_inbox',
  `insert into inbox (execution_id, number, activation)
   select u.execution_id, u.number, ${slice('$1', 'u.at', 'u.length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[]) as u(execution_id, number, at, length)`,
);

export interface NewArrival {
  readonly executionId: string;
  readonly activation: string;
  /** null: the run's own. */
  readonly graceMs: number | null;
}

/**
 * Counts arrivals on their runs, whose rows must be locked, and puts them into the inbox under the numbers that gives
 * them; answers the numbers. Sent behind what the runs' own commits write.
 */
export function writeArrivals(
  runner: QueryRunner,
  arrivals: readonly NewArrival[],
  runs: ReadonlyMap<string, LockedRun>,
): number[] {
  if (arrivals.length === 0) return [];
  const counted = new Map<string, { count: number; graceMs: number | null }>();
  const numbers = arrivals.map(({ executionId, graceMs }) => {
    const run = runs.get(executionId);
    if (run === undefined)
      throw new Error(`store-postgres: an arrival for execution ${executionId}, which is not locked`);
    const count = (counted.get(executionId)?.count ?? 0) + 1;
    counted.set(executionId, { count, graceMs });
    return run.signals + count;
  });
  const counts = [...counted.values()];
  void runner.send(countArrivals, [
    uuidArray([...counted.keys()]),
    numberArray(counts.map((one) => one.count)),
    numberArray(counts.map((one) => one.graceMs)),
  ]);
  const blob = new TextBlob();
  const activations = blob.column(arrivals.map((arrival) => arrival.activation));
  void runner.send(insertInbox, [
    blob.buffer(),
    uuidArray(arrivals.map((arrival) => arrival.executionId)),
    numberArray(numbers),
    ...activations,
  ]);
  return numbers;
}
