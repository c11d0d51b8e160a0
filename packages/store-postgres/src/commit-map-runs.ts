import type { MapRunRedrive, MapRunWrites, NewMapRun, RunCommit } from '@everstep/engine';
import { numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { insertExecutions, insertValues } from './insert-executions.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';

// What commits write about Map Runs: a Map Run begins or is redriven with its execution's commit; with its own commits
// its children begin, and its counts and the outcomes of those that have ended are written.

const insertMapRuns = statement(
  'insert_map_runs',
  `with rows as materialized (
     select n.map_run_id, n.execution_id, n.start_date, n.stop_date, n.max_concurrency, n.failure_count,
       n.failure_percentage, n.format, n.grace_ms, ${slice('$1', 'n.arn_at', 'n.arn_length')} as map_run_arn,
       ${slice('$1', 'n.owner_at', 'n.owner_length')} as execution_arn,
       ${slice('$1', 'n.machine_at', 'n.machine_length')} as state_machine_arn,
       ${slice('$1', 'n.status_at', 'n.status_length')} as status,
       ${slice('$1', 'n.progress_at', 'n.progress_length')} as progress,
       ${slice('$1', 'n.record_at', 'n.record_length')} as express, ${slice('$1', 'n.plan_at', 'n.plan_length')} as plan,
       ${slice('$1', 'n.checkpoint_at', 'n.checkpoint_length')} as checkpoint
     from unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float8[], $9::int[],
       $10::int[], $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::int[], $17::int[], $18::int[], $19::int[],
       $20::int[], $21::int[], $22::int[], $23::int[], $24::int[], $25::int[], $26::int[])
       as n(map_run_id, execution_id, start_date, stop_date, max_concurrency, failure_count, failure_percentage, format,
         grace_ms, arn_at, arn_length, owner_at, owner_length, machine_at, machine_length, status_at, status_length,
         progress_at, progress_length, record_at, record_length, plan_at, plan_length, checkpoint_at, checkpoint_length)),
   listed as (
     insert into map_runs (map_run_id, map_run_arn, execution_id, execution_arn, state_machine_arn, status, start_date,
       stop_date, max_concurrency, tolerated_failure_count, tolerated_failure_percentage, progress)
     select map_run_id, map_run_arn, execution_id, execution_arn, state_machine_arn, status, start_date, stop_date,
       max_concurrency, failure_count, failure_percentage, progress from rows),
   opened as (
     insert into runs (execution_id, wake_at, grace_ms, base_grace_ms, signals, format, checkpoint, express)
     select map_run_id, ${NOW_MS} + grace_ms, grace_ms, grace_ms, 0, format, checkpoint, express from rows
     where status = 'RUNNING'),
   kept as (
     insert into ended_runs (execution_id, epoch, format, last_event_id, checkpoint, frame_ids, frame_data)
     select map_run_id, 0, format, 0, checkpoint, array['plan'], array[plan] from rows where status <> 'RUNNING')
   insert into frames (execution_id, frame_id, data) select map_run_id, 'plan', plan from rows where status = 'RUNNING'`,
);

const redriveMapRuns = statement(
  'redrive_map_runs',
  `with wanted as materialized (
     select u.map_run_id, u.redrive_count, u.redrive_date, u.grace_ms, ${slice('$1', 'u.record_at', 'u.record_length')} as express,
       ${slice('$1', 'u.activation_at', 'u.activation_length')} as activation
     from unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[])
       as u(map_run_id, redrive_count, redrive_date, grace_ms, record_at, record_length, activation_at, activation_length)),
   listed as (
     update map_runs m set status = 'RUNNING', stop_date = null, redrive_count = wanted.redrive_count,
       redrive_date = wanted.redrive_date
     from wanted where m.map_run_id = wanted.map_run_id),
   present as (
     update runs r set express = wanted.express from wanted where r.execution_id = wanted.map_run_id),
   ended as (
     delete from ended_runs r using wanted where r.execution_id = wanted.map_run_id
     returning r.execution_id, r.epoch, r.format, r.last_event_id, r.checkpoint, r.frame_ids, r.frame_data,
       wanted.grace_ms, wanted.express, wanted.activation),
   opened as (
     insert into runs (execution_id, epoch, wake_at, grace_ms, base_grace_ms, signals, format, last_event_id, checkpoint,
       express)
     select execution_id, epoch + 1, ${NOW_MS} + grace_ms, grace_ms, grace_ms, 1, format, last_event_id, checkpoint, express
     from ended),
   framed as (
     insert into frames (execution_id, frame_id, data)
     select ended.execution_id, f.id, f.data from ended, unnest(ended.frame_ids, ended.frame_data) as f(id, data))
   insert into inbox (execution_id, number, activation) select execution_id, 1, activation from ended`,
);

const updateMapRuns = statement(
  'update_map_runs',
  `update map_runs m set status = u.status, stop_date = u.stop_date, progress = coalesce(u.progress, m.progress)
   from (select n.map_run_id, n.stop_date, ${slice('$1', 'n.status_at', 'n.status_length')} as status,
       ${slice('$1', 'n.progress_at', 'n.progress_length')} as progress
     from unnest($2::uuid[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[])
       as n(map_run_id, stop_date, status_at, status_length, progress_at, progress_length)) as u
   where m.map_run_id = u.map_run_id`,
);

const redriveChildren = statement(
  'redrive_children',
  `with wanted as materialized (
     select u.execution_id, u.redrive_count, u.redrive_date, u.grace_ms, ${slice('$1', 'u.at', 'u.length')} as activation
     from unnest($2::uuid[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::int[])
       as u(execution_id, redrive_count, redrive_date, grace_ms, at, length)),
   listed as (
     update executions e set status = 'RUNNING', stop_date = null, output = null, error = null, cause = null,
       redrive_count = wanted.redrive_count, redrive_date = wanted.redrive_date
     from wanted where e.execution_id = wanted.execution_id and e.execution_id = any($2::uuid[])),
   ended as (
     delete from ended_runs r using wanted where r.execution_id = wanted.execution_id
     returning r.execution_id, r.epoch, r.format, r.last_event_id, r.checkpoint, r.frame_ids, r.frame_data,
       wanted.grace_ms, wanted.activation),
   opened as (
     insert into runs (execution_id, epoch, wake_at, grace_ms, base_grace_ms, signals, format, last_event_id, checkpoint)
     select execution_id, epoch + 1, ${NOW_MS} + grace_ms, grace_ms, grace_ms, 1, format, last_event_id, checkpoint from ended),
   framed as (
     insert into frames (execution_id, frame_id, data)
     select ended.execution_id, f.id, f.data from ended, unnest(ended.frame_ids, ended.frame_data) as f(id, data))
   insert into inbox (execution_id, number, activation) select execution_id, 1, activation from ended`,
);

const insertOutcomes = statement(
  'insert_map_run_outcomes',
  `insert into map_run_outcomes (map_run_id, page, part, outcomes)
   select u.map_run_id, u.page, u.part, ${slice('$1', 'u.at', 'u.length')}
   from unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::int[]) as u(map_run_id, page, part, at, length)`,
);

const dropOutcomes = statement(
  'drop_map_run_outcomes',
  'delete from map_run_outcomes where map_run_id = any($1::uuid[])',
);

type Own = NonNullable<MapRunWrites['own']>;

/** A Map Run that is redriven and still has a run is in no other table: what it is claimed as tells the task that waits now. */
export function writeMapRuns(runner: QueryRunner, commits: readonly RunCommit[]): void {
  const writes = commits.flatMap(({ executionId, mapRuns }) =>
    mapRuns === undefined ? [] : [{ executionId, mapRuns }],
  );
  if (writes.length === 0) return;
  startMapRuns(
    runner,
    writes.flatMap(({ mapRuns }) => mapRuns.started ?? []),
  );
  const redriven = writes.flatMap(({ mapRuns }) => mapRuns.redriven ?? []);
  writeRedrives(runner, redriven);
  writeOwn(
    runner,
    writes.flatMap(({ executionId, mapRuns: { own } }) => (own === undefined ? [] : [{ executionId, own }])),
  );
}

function startMapRuns(runner: QueryRunner, started: readonly NewMapRun[]): void {
  if (started.length === 0) return;
  const records = started.map(({ record }) => record);
  const blob = new TextBlob();
  const texts = [
    ...blob.column(records.map(({ mapRunArn }) => mapRunArn)),
    ...blob.column(records.map(({ executionArn }) => executionArn)),
    ...blob.column(records.map(({ stateMachineArn }) => stateMachineArn)),
    ...blob.column(records.map(({ status }) => status)),
    ...blob.column(records.map(({ progress }) => progress)),
    ...blob.column(started.map(({ execution }) => JSON.stringify(execution))),
    ...blob.column(started.map(({ plan }) => plan)),
    ...blob.column(started.map(({ checkpoint }) => checkpoint)),
  ];
  void runner.send(insertMapRuns, [
    blob.buffer(),
    uuidArray(records.map(({ mapRunId }) => mapRunId)),
    uuidArray(records.map(({ executionId }) => executionId)),
    numberArray(records.map(({ startDate }) => startDate)),
    numberArray(records.map(({ stopDate }) => stopDate)),
    numberArray(records.map(({ maxConcurrency }) => maxConcurrency)),
    numberArray(records.map(({ toleratedFailureCount }) => toleratedFailureCount)),
    numberArray(records.map(({ toleratedFailurePercentage }) => toleratedFailurePercentage)),
    numberArray(started.map(({ format }) => format)),
    numberArray(started.map(({ graceMs }) => graceMs)),
    ...texts,
  ]);
}

function writeRedrives(runner: QueryRunner, redriven: readonly MapRunRedrive[]): void {
  if (redriven.length === 0) return;
  const blob = new TextBlob();
  const texts = [
    ...blob.column(redriven.map(({ execution }) => JSON.stringify(execution))),
    ...blob.column(redriven.map(({ activation }) => activation)),
  ];
  void runner.send(redriveMapRuns, [
    blob.buffer(),
    uuidArray(redriven.map(({ execution }) => execution.executionId)),
    numberArray(redriven.map(({ redriveCount }) => redriveCount)),
    numberArray(redriven.map(({ redriveDate }) => redriveDate)),
    numberArray(redriven.map(({ graceMs }) => graceMs)),
    ...texts,
  ]);
}

function writeOwn(runner: QueryRunner, writes: ReadonlyArray<{ executionId: string; own: Own }>): void {
  if (writes.length === 0) return;
  writeProgress(runner, writes);
  const children = writes.flatMap(({ own }) => own.children);
  if (children.length > 0) void runner.send(insertExecutions, insertValues(children));
  const redriven = writes.flatMap(({ own }) => own.redrivenChildren);
  if (redriven.length > 0) {
    const blob = new TextBlob();
    const activations = blob.column(redriven.map(({ activation }) => activation));
    void runner.send(redriveChildren, [
      blob.buffer(),
      uuidArray(redriven.map(({ executionId }) => executionId)),
      numberArray(redriven.map(({ redriveCount }) => redriveCount)),
      numberArray(redriven.map(({ redriveDate }) => redriveDate)),
      numberArray(redriven.map(({ graceMs }) => graceMs)),
      ...activations,
    ]);
  }
  const parts = writes.flatMap(({ executionId, own }) => own.outcomes.map((part) => ({ executionId, ...part })));
  if (parts.length > 0) {
    const blob = new TextBlob();
    const texts = blob.column(parts.map(({ outcomes }) => outcomes));
    void runner.send(insertOutcomes, [
      blob.buffer(),
      uuidArray(parts.map(({ executionId }) => executionId)),
      numberArray(parts.map(({ page }) => page)),
      numberArray(parts.map(({ part }) => part)),
      ...texts,
    ]);
  }
  const dropped = writes.filter(({ own }) => own.dropsOutcomes);
  if (dropped.length > 0) void runner.send(dropOutcomes, [uuidArray(dropped.map(({ executionId }) => executionId))]);
}

function writeProgress(runner: QueryRunner, writes: ReadonlyArray<{ executionId: string; own: Own }>): void {
  const blob = new TextBlob();
  const texts = [
    ...blob.column(writes.map(({ own }) => own.status)),
    ...blob.column(writes.map(({ own }) => own.progress)),
  ];
  void runner.send(updateMapRuns, [
    blob.buffer(),
    uuidArray(writes.map(({ executionId }) => executionId)),
    numberArray(writes.map(({ own }) => own.stopDate)),
    ...texts,
  ]);
}
