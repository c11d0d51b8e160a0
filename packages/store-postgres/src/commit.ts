import type { CloseToken, CommitOutcome, RunCommit, Told } from '@everstep/engine';
import { OutcomeUnknownError, StoreUnavailableError } from '@everstep/engine';
import { numberArray, uuidArray } from './columns.ts';
import { consumeInbox, type ToldRow, writeArrivals, writeFrames, writeHistory, writeTokens } from './commit-rows.ts';
import { endTheRuns, isEnding, updateOpenRuns } from './commit-runs.ts';
import type { Database } from './database.ts';
import { errorKind } from './errors.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

interface LockedRun {
  readonly execution_id: string;
  readonly epoch: number;
  readonly signals: number;
  readonly consumed: number;
  readonly last_event_id: number;
}

const lockRuns = statement<LockedRun>(
  'lock_runs',
  `select execution_id, epoch, signals, consumed, last_event_id from runs where execution_id = any($1::uuid[])
   order by execution_id for update`,
);

interface LockedToken {
  readonly execution_id: string;
  readonly task_id: number;
  readonly status: 'open' | 'accepted';
  readonly accepted_number: number | null;
  readonly passed: boolean;
}

const lockTokens = statement<LockedToken>(
  'lock_tokens',
  `select t.execution_id, t.task_id, t.status, t.accepted_number,
     coalesce(least(t.timeout_at, t.heartbeat_at) <= ${NOW_MS}, false) as passed
   from unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   join task_tokens t on t.execution_id = u.execution_id and t.task_id = u.task_id
   order by t.execution_id, t.task_id for update of t`,
);

/**
 * One transaction for the batch, unless one of its commits holds data the database refuses: then the batch is halved
 * until the culprit stands alone, and everybody else's commit is made.
 */
export async function commit(database: Database, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  if (batch.length === 0) return [];
  if (new Set(batch.map((one) => one.executionId)).size < batch.length) {
    throw new Error('store-postgres: a batch holds two commits of the same execution');
  }
  return commitOrHalve(database, batch);
}

async function commitOrHalve(database: Database, batch: readonly RunCommit[]): Promise<CommitOutcome[]> {
  try {
    return await database.transaction(async (transaction) => {
      const written = await writeCommits(transaction, batch);
      await transaction.commit();
      return written.outcomes();
    });
  } catch (error) {
    if (errorKind(error) !== 'data') throw error;
    if (batch.length === 1) {
      return [{ kind: 'unstorable', message: error instanceof Error ? error.message : String(error) }];
    }
    const middle = batch.length >> 1;
    const first = await commitOrHalve(database, batch.slice(0, middle));
    return [...first, ...(await afterOthers(() => commitOrHalve(database, batch.slice(middle))))];
  }
}

/** Part of the batch is committed: that nothing happened is no longer true. */
async function afterOthers<Result>(rest: () => Promise<Result>): Promise<Result> {
  try {
    return await rest();
  } catch (error) {
    throw error instanceof StoreUnavailableError ? new OutcomeUnknownError({ cause: error }) : error;
  }
}

export interface WrittenCommits {
  /** In the order of the batch; null: its rows are sent. */
  readonly refusals: ReadonlyArray<Exclude<CommitOutcome, { kind: 'committed' }> | null>;
  /** To be asked once the transaction is committed. */
  outcomes(): Promise<CommitOutcome[]>;
}

/**
 * Locks, decides, and sends all that the survivors write; the outcomes can be had once the transaction is committed.
 * Locks go from run rows to token rows, and by id, as everywhere.
 */
export async function writeCommits(runner: QueryRunner, batch: readonly RunCommit[]): Promise<WrittenCommits> {
  const [runs, tokens] = await lock(runner, batch);
  const refusals = batch.map((one) => refusal(one, runs.get(one.executionId), tokens));
  const survivors = batch.filter((_, index) => refusals[index] === null);
  const told = write(runner, survivors, runs);
  const outcomes = async (): Promise<CommitOutcome[]> => {
    const owners = new Map((await told).map((row) => [row.execution_id, row.owner]));
    return batch.map((one, index) => refusals[index] ?? { kind: 'committed', told: toldBy(one, owners) });
  };
  return { refusals, outcomes };
}

async function lock(
  runner: QueryRunner,
  batch: readonly RunCommit[],
): Promise<[Map<string, LockedRun>, Map<string, LockedToken>]> {
  const ids = new Set(batch.flatMap((one) => [one.executionId, ...one.arrivals.map((arrival) => arrival.executionId)]));
  const closed = batch.flatMap(({ executionId, tokens }) =>
    tokens.closed.map(({ taskId }) => ({ executionId, taskId })),
  );
  const [runs, tokens] = await Promise.all([
    runner.send(lockRuns, [uuidArray([...ids])]),
    closed.length === 0
      ? []
      : runner.send(lockTokens, [
          uuidArray(closed.map((row) => row.executionId)),
          numberArray(closed.map((row) => row.taskId)),
        ]),
  ]);
  return [
    new Map(runs.map((run) => [run.execution_id, run])),
    new Map(tokens.map((token) => [`${token.execution_id}:${token.task_id}`, token])),
  ];
}

/** What speaks against a commit, decided before anything is written; null: nothing does. */
function refusal(
  one: RunCommit,
  run: LockedRun | undefined,
  tokens: ReadonlyMap<string, LockedToken>,
): WrittenCommits['refusals'][number] {
  if (run === undefined || run.epoch !== one.epoch) return { kind: 'fenced' };
  for (const closing of one.tokens.closed) {
    if (!mayClose(closing, tokens.get(`${one.executionId}:${closing.taskId}`), one.consumed)) return { kind: 'token' };
  }
  if (one.then.kind !== 'keep' && run.signals !== one.consumed) return { kind: 'signals' };
  const message = contradiction(one, run);
  return message === null ? null : { kind: 'unstorable', message };
}

/** The token row decides. Without one nobody can have been promised anything, but only a result needs no row. */
function mayClose({ reason }: CloseToken, token: LockedToken | undefined, consumed: number): boolean {
  if (token === undefined) return reason === 'completed';
  if (reason === 'timed-out') return token.status === 'open' && token.passed;
  return token.status === 'open' || (token.accepted_number !== null && token.accepted_number <= consumed);
}

/** What could never be right, however often it is tried. */
function contradiction(one: RunCommit, run: LockedRun): string | null {
  if (one.consumed < run.consumed || one.consumed > run.signals) {
    return `consumed is ${one.consumed}, but the inbox holds rows ${run.consumed + 1} to ${run.signals}`;
  }
  if (one.history === null) return null;
  const { firstEventId, lastEventId } = one.history;
  if (firstEventId === run.last_event_id + 1 && lastEventId >= firstEventId) return null;
  return `events ${firstEventId} to ${lastEventId} do not continue a history that ends with ${run.last_event_id}`;
}

/** Sends everything at once; answers the owners of the runs that got arrivals. */
function write(
  runner: QueryRunner,
  survivors: readonly RunCommit[],
  runs: ReadonlyMap<string, LockedRun>,
): Promise<ToldRow[]> {
  const ending = survivors.filter(isEnding);
  const open = survivors.filter((one) => one.then.kind !== 'end');
  writeHistory(runner, survivors);
  // Frames, inbox and tokens of an ended run are deleted as a whole; only a redrive still wants the frames.
  writeFrames(runner, [...open, ...ending.filter((one) => one.then.status !== 'SUCCEEDED')]);
  consumeInbox(
    runner,
    open.filter((one) => one.consumed !== runs.get(one.executionId)?.consumed),
  );
  writeTokens(runner, open);
  updateOpenRuns(runner, open);
  endTheRuns(runner, ending);
  return writeArrivals(
    runner,
    survivors.flatMap((one) => one.arrivals),
  );
}

function toldBy(one: RunCommit, owners: ReadonlyMap<string, string | null>): Told[] {
  return [...new Set(one.arrivals.map((arrival) => arrival.executionId))].flatMap((executionId) => {
    const owner = owners.get(executionId);
    return owner === undefined ? [] : [{ executionId, owner }];
  });
}
