import type { RunCommit } from '@everstep/engine';
import { booleanArray, numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { type EndingCommit, isEnding, isKept } from './commit-runs.ts';
import { databaseError, LOCK_NOT_AVAILABLE } from './errors.ts';
import { type QueryRunner, statement } from './statement.ts';
import { encodeNullable } from './text.ts';
import type { Transaction } from './transaction.ts';

// The usual commit in one trip: nothing must be read before it is decided but its own run row, so the database decides
// while it writes. What `refusal` asks of a locked row stands here in the conditions, and whatever else a commit writes
// hangs on the rows that met them. A row that had to be waited for is looked at again as it is then.

interface AcceptedRow {
  readonly execution_id: string;
}

const advanceRuns = statement<AcceptedRow>(
  'advance_runs',
  `with accepted as (
     update runs r set checkpoint = ${slice('$1', 'u.at', 'u.length')}, format = u.format, consumed = u.consumed,
       last_event_id = coalesce(u.last_event_id, r.last_event_id), crashes = 0, died = false, claim_open = false,
       owner = case when u.parks then null else r.owner end,
       wake_at = case when u.parks then u.wake_at else r.wake_at end,
       grace_ms = case when u.parks then r.base_grace_ms else r.grace_ms end
     from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $10::boolean[],
       $11::bigint[], $12::int[], $13::int[])
       as u(execution_id, epoch, at, length, format, consumed, first_event_id, last_event_id, parks, wake_at, events_at,
         events_length)
     where r.execution_id = u.execution_id and r.epoch = u.epoch
       and r.consumed <= u.consumed and u.consumed <= r.signals and (not u.parks or u.consumed = r.signals)
       and (u.first_event_id is null or (u.first_event_id = r.last_event_id + 1 and u.last_event_id >= u.first_event_id))
     returning u.execution_id, u.first_event_id, u.last_event_id, u.events_at, u.events_length),
   written as (
     insert into history (execution_id, first_event_id, last_event_id, events)
     select execution_id, first_event_id, last_event_id, ${slice('$1', 'events_at', 'events_length')}
     from accepted where first_event_id is not null)
   select execution_id from accepted`,
);

// Whoever owns the run now: what its row counts as consumed is in its checkpoint.
const forgetConsumed = statement(
  'forget_consumed',
  `delete from inbox i using unnest($1::uuid[]) as u(execution_id) join runs r on r.execution_id = u.execution_id
   where i.execution_id = u.execution_id and i.number <= r.consumed`,
);

const finishRuns = statement<AcceptedRow>(
  'finish_runs',
  `with accepted as (
     delete from runs r
     using unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bigint[], $10::bigint[],
       $11::int[], $12::int[])
       as u(execution_id, epoch, consumed, first_event_id, last_event_id, events_at, events_length, stop_date, reusable_at,
         output_at, output_length)
     where r.execution_id = u.execution_id and r.epoch = u.epoch and r.consumed <= u.consumed and u.consumed = r.signals
       and u.first_event_id = r.last_event_id + 1 and u.last_event_id >= u.first_event_id
     returning u.execution_id, u.first_event_id, u.last_event_id, u.stop_date, u.reusable_at,
       ${slice('$1', 'u.events_at', 'u.events_length')} as events, ${slice('$1', 'u.output_at', 'u.output_length')} as output),
   written as (
     insert into history (execution_id, first_event_id, last_event_id, events)
     select execution_id, first_event_id, last_event_id, events from accepted),
   listed as (
     update executions e set status = 'SUCCEEDED', stop_date = accepted.stop_date, output = accepted.output,
       error = null, cause = null
     from accepted where e.execution_id = accepted.execution_id and e.execution_id = any($2::uuid[])
     returning e.execution_id, e.execution_arn, accepted.reusable_at),
   named as (
     update execution_names n set reusable_at = listed.reusable_at
     from listed where n.execution_arn = listed.execution_arn and n.execution_id = listed.execution_id),
   frames_gone as (delete from frames f using accepted a where f.execution_id = a.execution_id),
   inbox_gone as (delete from inbox i using accepted a where i.execution_id = a.execution_id),
   tokens_gone as (delete from task_tokens t using accepted a where t.execution_id = a.execution_id)
   select execution_id from accepted`,
);

/**
 * How long a statement of a mixed batch waits for a row. Others hold one for a commit's time; who holds it for longer may
 * wait for one of ours.
 */
const LOCK_MS = 50;

type OfTheRunAlone = 'executionId' | 'epoch' | 'consumed' | 'consumedBefore' | 'checkpoint' | 'format' | 'then';

/** For the compiler: what a commit learns to write besides must be thought of here. */
function isOfTheRunAlone(_own: Required<Pick<RunCommit, Exclude<OfTheRunAlone, 'consumedBefore'>>> & Absent): void {}

type Absent = Partial<Record<Exclude<keyof RunCommit, OfTheRunAlone>, never>>;

/** Whether a commit touches nothing but its own run: no tokens, permits, frames or Map Runs, nobody else's inbox. */
export function isPlain(commit: RunCommit): boolean {
  const { frames, tokens, limits, arrivals, mapRuns, jobStops, history, ...own } = commit;
  isOfTheRunAlone(own);
  if (isEnding(commit) && (isKept(commit) || history === null)) return false;
  if (tokens.opened.length + tokens.closed.length + arrivals.length > 0) return false;
  if (limits !== undefined || mapRuns !== undefined || jobStops !== undefined) return false;
  return frames.written.length + frames.deleted.length === 0;
}

/**
 * Commits what is accepted of plain commits in one trip and answers whose they are; of the others nothing is written.
 * Who is left out is sent again, decided under its lock, and told why.
 *
 * Runs that end are locked before those that go on, each of them by id: somebody who tells both of a pair something, while
 * the one ends, can meet us crosswise. So a batch that holds both gives up after a short wait: nothing of it is written, and
 * all of it is decided under locks in the order of their ids.
 */
export async function commitAtOnce(
  transaction: Transaction,
  batch: readonly RunCommit[],
): Promise<ReadonlySet<string>> {
  try {
    return await commitAccepted(transaction, batch);
  } catch (error) {
    // The COMMIT behind the statement that gave up has rolled back.
    if (databaseError(error)?.code === LOCK_NOT_AVAILABLE) return new Set();
    throw error;
  }
}

async function commitAccepted(transaction: Transaction, batch: readonly RunCommit[]): Promise<ReadonlySet<string>> {
  const ordered = batch.toSorted((left, right) => (left.executionId < right.executionId ? -1 : 1));
  const ending = ordered.filter(isEnding);
  const open = ordered.filter((commit) => !isEnding(commit));
  if (ending.length > 0 && open.length > 0) transaction.limitLockWaits(LOCK_MS);
  const finished = ending.length === 0 ? [] : finish(transaction, ending);
  const advanced = open.length === 0 ? [] : advance(transaction, open);
  const consuming = open.filter((commit) => commit.consumed !== commit.consumedBefore);
  if (consuming.length > 0) {
    void transaction.send(forgetConsumed, [uuidArray(consuming.map((commit) => commit.executionId))]);
  }
  await transaction.commit();
  return new Set([...(await finished), ...(await advanced)].map((row) => row.execution_id));
}

function advance(runner: QueryRunner, commits: readonly RunCommit[]): Promise<AcceptedRow[]> {
  const blob = new TextBlob();
  const checkpoints = blob.column(commits.map((commit) => commit.checkpoint));
  const events = blob.column(commits.map((commit) => commit.history?.events ?? null));
  return runner.send(advanceRuns, [
    blob.buffer(),
    uuidArray(commits.map((commit) => commit.executionId)),
    numberArray(commits.map((commit) => commit.epoch)),
    ...checkpoints,
    numberArray(commits.map((commit) => commit.format)),
    numberArray(commits.map((commit) => commit.consumed)),
    numberArray(commits.map((commit) => commit.history?.firstEventId ?? null)),
    numberArray(commits.map((commit) => commit.history?.lastEventId ?? null)),
    booleanArray(commits.map((commit) => commit.then.kind === 'park')),
    numberArray(commits.map((commit) => (commit.then.kind === 'park' ? commit.then.wakeAt : null))),
    ...events,
  ]);
}

function finish(runner: QueryRunner, commits: readonly EndingCommit[]): Promise<AcceptedRow[]> {
  const blob = new TextBlob();
  const events = blob.column(commits.map((commit) => commit.history?.events ?? null));
  const outputs = blob.column(commits.map((commit) => encodeNullable(commit.then.output)));
  return runner.send(finishRuns, [
    blob.buffer(),
    uuidArray(commits.map((commit) => commit.executionId)),
    numberArray(commits.map((commit) => commit.epoch)),
    numberArray(commits.map((commit) => commit.consumed)),
    numberArray(commits.map((commit) => commit.history?.firstEventId ?? null)),
    numberArray(commits.map((commit) => commit.history?.lastEventId ?? null)),
    ...events,
    numberArray(commits.map((commit) => commit.then.stopDate)),
    numberArray(commits.map((commit) => commit.then.reusableAt)),
    ...outputs,
  ]);
}
