import type { CommitThen, RunCommit } from '@everstep/engine';
import { booleanArray, numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { type QueryRunner, statement } from './statement.ts';
import { encodeNullable } from './text.ts';

// What a commit writes into the run row itself, and what an end moves out of it.

const updateRuns = statement(
  'update_runs',
  `update runs r set checkpoint = ${slice('$1', 'u.at', 'u.length')}, format = u.format, consumed = u.consumed,
     last_event_id = coalesce(u.last_event_id, r.last_event_id), crashes = 0, died = false, claim_open = false,
     owner = case when u.parks then null else r.owner end,
     wake_at = case when u.parks then u.wake_at else r.wake_at end,
     grace_ms = case when u.parks then r.base_grace_ms else r.grace_ms end
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::boolean[], $9::bigint[])
     as u(execution_id, at, length, format, consumed, last_event_id, parks, wake_at)
   where r.execution_id = u.execution_id`,
);

/** The runs that go on, kept or parked. A checkpoint of a kept run leaves the indexed columns alone. */
export function updateOpenRuns(runner: QueryRunner, commits: readonly RunCommit[]): void {
  if (commits.length === 0) return;
  const blob = new TextBlob();
  const checkpoints = blob.column(commits.map((commit) => commit.checkpoint));
  void runner.send(updateRuns, [
    blob.buffer(),
    uuidArray(commits.map((commit) => commit.executionId)),
    ...checkpoints,
    numberArray(commits.map((commit) => commit.format)),
    numberArray(commits.map((commit) => commit.consumed)),
    numberArray(commits.map((commit) => commit.history?.lastEventId ?? null)),
    booleanArray(commits.map((commit) => commit.then.kind === 'park')),
    numberArray(commits.map((commit) => (commit.then.kind === 'park' ? commit.then.wakeAt : null))),
  ]);
}

type End = Extract<CommitThen, { kind: 'end' }>;
export type EndingCommit = RunCommit & { readonly then: End };

export function isEnding(commit: RunCommit): commit is EndingCommit {
  return commit.then.kind === 'end';
}

/** Whether something of the run is kept for a redrive: of what did not succeed, and of Map Runs. */
export function isKept({ then, mapRuns }: EndingCommit): boolean {
  return then.status !== 'SUCCEEDED' || mapRuns?.own !== undefined;
}

// A redrive resumes from here.
const keepEndedRuns = statement(
  'keep_ended_runs',
  `insert into ended_runs (execution_id, epoch, format, last_event_id, checkpoint, frame_ids, frame_data)
   select u.execution_id, r.epoch, u.format, coalesce(u.last_event_id, r.last_event_id), ${slice('$1', 'u.at', 'u.length')},
     coalesce(f.ids, '{}'), coalesce(f.data, '{}')
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[]) as u(execution_id, at, length, format, last_event_id)
   join runs r on r.execution_id = u.execution_id
   left join lateral (
     select array_agg(frame_id order by frame_id) as ids, array_agg(data order by frame_id) as data
     from frames where frames.execution_id = u.execution_id) f on true
   on conflict (execution_id) do update set epoch = excluded.epoch, format = excluded.format,
     last_event_id = excluded.last_event_id, checkpoint = excluded.checkpoint, frame_ids = excluded.frame_ids,
     frame_data = excluded.frame_data`,
);

const endRuns = statement(
  'end_runs',
  `with ended as materialized (
     select u.execution_id, u.stop_date, u.reusable_at, ${slice('$1', 'u.status_at', 'u.status_length')} as status,
       ${slice('$1', 'u.output_at', 'u.output_length')} as output, ${slice('$1', 'u.error_at', 'u.error_length')} as error,
       ${slice('$1', 'u.cause_at', 'u.cause_length')} as cause
     from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[],
       $11::int[], $12::int[]) as u(execution_id, stop_date, reusable_at, status_at, status_length, output_at,
         output_length, error_at, error_length, cause_at, cause_length)),
   listed as (
     update executions e set status = ended.status, stop_date = ended.stop_date, output = ended.output,
       error = ended.error, cause = ended.cause
     from ended where e.execution_id = ended.execution_id and e.execution_id = any($2::uuid[])
     returning e.execution_id, e.execution_arn, ended.reusable_at),
   named as (
     update execution_names n set reusable_at = listed.reusable_at
     from listed where n.execution_arn = listed.execution_arn and n.execution_id = listed.execution_id),
   frames_gone as (delete from frames where execution_id = any($2::uuid[])),
   inbox_gone as (delete from inbox where execution_id = any($2::uuid[])),
   tokens_gone as (delete from task_tokens where execution_id = any($2::uuid[]))
   delete from runs where execution_id = any($2::uuid[])`,
);

/** Behind everything else that the ending commits write. */
export function endTheRuns(runner: QueryRunner, commits: readonly EndingCommit[]): void {
  if (commits.length === 0) return;
  const kept = commits.filter(isKept);
  if (kept.length > 0) void runner.send(keepEndedRuns, keptValues(kept));
  const ends = commits.map((commit) => commit.then);
  const blob = new TextBlob();
  const texts = [
    ...blob.column(ends.map((end) => end.status)),
    ...blob.column(ends.map((end) => encodeNullable(end.output))),
    ...blob.column(ends.map((end) => encodeNullable(end.error))),
    ...blob.column(ends.map((end) => encodeNullable(end.cause))),
  ];
  void runner.send(endRuns, [
    blob.buffer(),
    uuidArray(commits.map((commit) => commit.executionId)),
    numberArray(ends.map((end) => end.stopDate)),
    numberArray(ends.map((end) => end.reusableAt)),
    ...texts,
  ]);
}

function keptValues(commits: readonly EndingCommit[]) {
  const blob = new TextBlob();
  const checkpoints = blob.column(commits.map((commit) => commit.checkpoint));
  return [
    blob.buffer(),
    uuidArray(commits.map((commit) => commit.executionId)),
    ...checkpoints,
    numberArray(commits.map((commit) => commit.format)),
    numberArray(commits.map((commit) => commit.history?.lastEventId ?? null)),
  ];
}
