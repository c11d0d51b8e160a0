import type { OpenToken, RunCommit } from '@everstep/engine';
import { booleanArray, numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';
import { encodeNullable, encodeText } from './text.ts';

// What a commit writes into the tables around the run row. The rows of all commits of a batch go into one statement
// per table; a table without rows gets none.

const insertHistory = statement(
  'insert_history',
  `insert into history (execution_id, first_event_id, last_event_id, events)
   select u.execution_id, u.first_event_id, u.last_event_id, ${slice('$1', 'u.at', 'u.length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[])
     as u(execution_id, first_event_id, last_event_id, at, length)`,
);

export function writeHistory(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const rows = commits.flatMap(({ executionId, history }) => (history === null ? [] : [{ executionId, ...history }]));
  if (rows.length === 0) return;
  const blob = new TextBlob();
  const events = blob.column(rows.map((row) => row.events));
  void runner.send(insertHistory, [
    blob.buffer(),
    uuidArray(rows.map((row) => row.executionId)),
    numberArray(rows.map((row) => row.firstEventId)),
    numberArray(rows.map((row) => row.lastEventId)),
    ...events,
  ]);
}

const deleteFrames = statement(
  'delete_frames',
  `delete from frames f using (
     select u.execution_id, ${slice('$1', 'u.at', 'u.length')} as frame_id
     from unnest($2::uuid[], $3::int[], $4::int[]) as u(execution_id, at, length)) as gone
   where f.execution_id = gone.execution_id and f.frame_id = gone.frame_id`,
);

const upsertFrames = statement(
  'upsert_frames',
  `insert into frames (execution_id, frame_id, data)
   select u.execution_id, ${slice('$1', 'u.id_at', 'u.id_length')}, ${slice('$1', 'u.at', 'u.length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[]) as u(execution_id, id_at, id_length, at, length)
   on conflict (execution_id, frame_id) do update set data = excluded.data`,
);

export function writeFrames(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const deleted = commits.flatMap((commit) =>
    commit.frames.deleted.map((id) => ({ executionId: commit.executionId, id })),
  );
  if (deleted.length > 0) {
    const blob = new TextBlob();
    const ids = blob.column(deleted.map((row) => row.id));
    void runner.send(deleteFrames, [blob.buffer(), uuidArray(deleted.map((row) => row.executionId)), ...ids]);
  }
  const written = commits.flatMap((commit) =>
    commit.frames.written.map((frame) => ({ executionId: commit.executionId, ...frame })),
  );
  if (written.length === 0) return;
  const blob = new TextBlob();
  const ids = blob.column(written.map((row) => row.id));
  const data = blob.column(written.map((row) => row.data));
  void runner.send(upsertFrames, [blob.buffer(), uuidArray(written.map((row) => row.executionId)), ...ids, ...data]);
}

const deleteInbox = statement(
  'delete_inbox',
  `delete from inbox i using unnest($1::uuid[], $2::int[]) as u(execution_id, consumed)
   where i.execution_id = u.execution_id and i.number <= u.consumed`,
);

export function consumeInbox(runner: QueryRunner, commits: readonly RunCommit[]): void {
  if (commits.length === 0) return;
  void runner.send(deleteInbox, [
    uuidArray(commits.map((commit) => commit.executionId)),
    numberArray(commits.map((commit) => commit.consumed)),
  ]);
}

const deleteTokens = statement(
  'delete_tokens',
  `delete from task_tokens t using unnest($1::uuid[], $2::int[]) as u(execution_id, task_id)
   where t.execution_id = u.execution_id and t.task_id = u.task_id`,
);

const insertTokens = statement(
  'insert_tokens',
  `insert into task_tokens (execution_id, task_id, kind, activity_arn, state_name, input, opened_at, timeout_seconds,
     heartbeat_seconds, timeout_at, heartbeat_at)
   select u.execution_id, u.task_id, case when u.is_activity then 'activity' else 'callback' end,
     ${slice('$1', 'u.arn_at', 'u.arn_length')}, ${slice('$1', 'u.name_at', 'u.name_length')},
     ${slice('$1', 'u.input_at', 'u.input_length')}, clock.now, u.timeout_seconds, u.heartbeat_seconds, u.timeout_at,
     case when not u.is_activity then clock.now + round(u.heartbeat_seconds * 1000)::bigint end
   from (select ${NOW_MS} as now offset 0) as clock, unnest($2::uuid[], $3::int[], $4::boolean[], $5::float8[], $6::float8[],
     $7::bigint[], $8::int[], $9::int[], $10::int[], $11::int[], $12::int[], $13::int[])
     as u(execution_id, task_id, is_activity, timeout_seconds, heartbeat_seconds, timeout_at, arn_at, arn_length,
       name_at, name_length, input_at, input_length)`,
);

export function writeTokens(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const closed = commits.flatMap(({ executionId, tokens }) =>
    tokens.closed.map(({ taskId }) => ({ executionId, taskId })),
  );
  if (closed.length > 0) {
    void runner.send(deleteTokens, [
      uuidArray(closed.map((row) => row.executionId)),
      numberArray(closed.map((row) => row.taskId)),
    ]);
  }
  const opened = commits.flatMap(({ executionId, tokens }) => tokens.opened.map((token) => ({ executionId, token })));
  if (opened.length > 0) void runner.send(insertTokens, tokenValues(opened));
}

function tokenValues(opened: ReadonlyArray<{ executionId: string; token: OpenToken }>) {
  const tokens = opened.map((row) => row.token);
  const blob = new TextBlob();
  const texts = [
    ...blob.column(tokens.map((token) => token.activityArn)),
    ...blob.column(tokens.map((token) => encodeText(token.stateName))),
    ...blob.column(tokens.map((token) => encodeNullable(token.input))),
  ];
  return [
    blob.buffer(),
    uuidArray(opened.map((row) => row.executionId)),
    numberArray(tokens.map((token) => token.taskId)),
    booleanArray(tokens.map((token) => token.kind === 'activity')),
    numberArray(tokens.map((token) => token.timeoutSeconds)),
    numberArray(tokens.map((token) => token.heartbeatSeconds)),
    numberArray(tokens.map((token) => token.timeoutAt)),
    ...texts,
  ];
}
