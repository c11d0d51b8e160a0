import { boolean, doublePrecision, index, integer, pgTable, primaryKey, sql, text, uuid } from '../drizzle.ts';
import { freeText, key, milliseconds, whole } from './columns.ts';

// What comes and goes with executions.

/** PARTITION BY RANGE (execution_id), by month of start. */
export const executions = pgTable(
  'executions',
  {
    executionId: uuid('execution_id').primaryKey(),
    executionArn: key('execution_arn').notNull(),
    name: key().notNull(),
    stateMachineArn: key('state_machine_arn').notNull(),
    revisionId: key('revision_id').notNull(),
    status: text().$type<'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE'>().notNull(),
    startDate: milliseconds('start_date').notNull(),
    stopDate: milliseconds('stop_date'),
    input: freeText().notNull(),
    output: freeText(),
    error: freeText(),
    cause: freeText(),
    redriveCount: integer('redrive_count').notNull().default(0),
    redriveDate: milliseconds('redrive_date'),
    traceHeader: freeText('trace_header'),
    parentExecutionId: uuid('parent_execution_id'),
    parentTaskId: integer('parent_task_id'),
    parentSync: boolean('parent_sync'),
    /** The version, and the alias that chose it, where the start named one. */
    version: integer(),
    alias: key(),
  },
  (table) => [
    index('executions_by_version')
      .on(table.stateMachineArn, table.version, table.startDate, table.executionId)
      .where(sql`${table.version} is not null`),
    index('executions_by_alias')
      .on(table.stateMachineArn, table.alias, table.startDate, table.executionId)
      .where(sql`${table.alias} is not null`),
    // Without the id, which orders what started in the same millisecond: with it the planner, on empty partitions, takes
    // this index for conditions on the id alone, and such a plan lives on.
    index('executions_by_machine').on(table.stateMachineArn, table.status, table.startDate),
    index('executions_by_parent')
      .on(table.parentExecutionId, table.parentTaskId)
      .where(sql`${table.parentExecutionId} is not null`),
    index('executions_ended').on(table.stopDate).where(sql`${table.stopDate} is not null`),
  ],
);

/** A name is part of the ARN, so the ARN is the claim: one row until the name may be used again. */
export const executionNames = pgTable(
  'execution_names',
  {
    executionArn: key('execution_arn').primaryKey(),
    executionId: uuid('execution_id').notNull(),
    startDate: milliseconds('start_date').notNull(),
    /** SHA-256 of the input, in hex; a keyed one of an input that is sealed. */
    inputHash: text('input_hash').notNull(),
    /** null while the execution is open. */
    reusableAt: milliseconds('reusable_at'),
    /** reusable_at where the execution was deleted before; apart from it, so that an end is a HOT update. */
    orphanedUntil: milliseconds('orphaned_until'),
  },
  (table) => [index('execution_names_orphaned').on(table.orphanedUntil).where(sql`${table.orphanedUntil} is not null`)],
);

export const runs = pgTable(
  'runs',
  {
    executionId: uuid('execution_id').primaryKey(),
    epoch: integer().notNull().default(0),
    owner: key(),
    wakeAt: milliseconds('wake_at'),
    graceMs: integer('grace_ms').notNull(),
    /** What grace_ms is reset to. */
    baseGraceMs: integer('base_grace_ms').notNull(),
    signals: integer().notNull(),
    consumed: integer().notNull().default(0),
    format: integer().notNull(),
    /** The last event of the history: a commit's events must follow it. */
    lastEventId: integer('last_event_id').notNull().default(0),
    crashes: integer().notNull().default(0),
    /** Claimed, and not committed since. */
    claimOpen: boolean('claim_open').notNull().default(false),
    /** Its last owner died before it committed anything: the next claim counts a crash. */
    died: boolean().notNull().default(false),
    checkpoint: text().notNull(),
    /** The whole execution as JSON text, where it is an Express one or a Map Run; there is no other row of it that a claim reads. */
    express: text(),
  },
  (table) => [
    index('runs_to_wake').on(table.wakeAt).where(sql`${table.owner} is null and ${table.wakeAt} is not null`),
    index('runs_owned').on(table.owner).where(sql`${table.owner} is not null`),
  ],
);

export const endedRuns = pgTable('ended_runs', {
  executionId: uuid('execution_id').primaryKey(),
  epoch: integer().notNull(),
  format: integer().notNull(),
  lastEventId: integer('last_event_id').notNull(),
  checkpoint: text().notNull(),
  frameIds: text('frame_ids').array().notNull(),
  frameData: text('frame_data').array().notNull(),
});

/** One row a Map Run, as long as its execution is kept. Its counts are its own, written with whatever they count. */
export const mapRuns = pgTable(
  'map_runs',
  {
    mapRunId: uuid('map_run_id').primaryKey(),
    mapRunArn: key('map_run_arn').notNull(),
    executionId: uuid('execution_id').notNull(),
    executionArn: key('execution_arn').notNull(),
    stateMachineArn: key('state_machine_arn').notNull(),
    status: text().$type<'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED'>().notNull(),
    startDate: milliseconds('start_date').notNull(),
    stopDate: milliseconds('stop_date'),
    maxConcurrency: whole('max_concurrency').notNull(),
    toleratedFailureCount: whole('tolerated_failure_count'),
    toleratedFailurePercentage: doublePrecision('tolerated_failure_percentage'),
    progress: text().notNull(),
    redriveCount: integer('redrive_count').notNull().default(0),
    redriveDate: milliseconds('redrive_date'),
  },
  (table) => [
    index('map_runs_by_execution').on(table.executionId, table.startDate, table.mapRunId),
    index('map_runs_open').on(table.stateMachineArn).where(sql`${table.status} = 'RUNNING'`),
  ],
);

/** Outcomes of Express children, which have no rows of their own: by pages of children, in parts as they were committed. */
export const mapRunOutcomes = pgTable(
  'map_run_outcomes',
  {
    mapRunId: uuid('map_run_id').notNull(),
    page: integer().notNull(),
    part: integer().notNull(),
    outcomes: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.mapRunId, table.page, table.part] })],
);

/** Jobs that nobody waits for any more, until they are stopped or given up. They outlive their executions. */
export const jobStops = pgTable(
  'job_stops',
  {
    executionId: uuid('execution_id').notNull(),
    taskId: integer('task_id').notNull(),
    request: text().notNull(),
    tries: integer().notNull().default(0),
    dueAt: milliseconds('due_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.taskId] }), index('job_stops_due').on(table.dueAt)],
);

/** One row a redrive, for the repetition of its request. */
export const redrives = pgTable(
  'redrives',
  {
    executionId: uuid('execution_id').notNull(),
    redriveCount: integer('redrive_count').notNull(),
    redriveDate: milliseconds('redrive_date').notNull(),
    clientToken: text('client_token'),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.redriveCount] })],
);

export const frames = pgTable(
  'frames',
  {
    executionId: uuid('execution_id').notNull(),
    frameId: key('frame_id').notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.frameId] })],
);

export const inbox = pgTable(
  'inbox',
  {
    executionId: uuid('execution_id').notNull(),
    number: integer().notNull(),
    activation: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.number] })],
);

export const taskTokens = pgTable(
  'task_tokens',
  {
    executionId: uuid('execution_id').notNull(),
    taskId: integer('task_id').notNull(),
    kind: text().$type<'callback' | 'activity'>().notNull(),
    status: text().$type<'open' | 'accepted'>().notNull().default('open'),
    activityArn: key('activity_arn'),
    stateName: freeText('state_name').notNull(),
    input: freeText(),
    openedAt: milliseconds('opened_at').notNull(),
    timeoutSeconds: doublePrecision('timeout_seconds'),
    heartbeatSeconds: doublePrecision('heartbeat_seconds'),
    timeoutAt: milliseconds('timeout_at'),
    heartbeatAt: milliseconds('heartbeat_at'),
    takenAt: milliseconds('taken_at'),
    workerName: freeText('worker_name'),
    /** The inbox number under which the accepted result was counted. */
    acceptedNumber: integer('accepted_number'),
  },
  (table) => [
    primaryKey({ columns: [table.executionId, table.taskId] }),
    // Without the id, as `executions_by_machine`.
    index('task_tokens_untaken')
      .on(table.activityArn, table.openedAt)
      .where(sql`${table.kind} = 'activity' and ${table.status} = 'open' and ${table.takenAt} is null`),
  ],
);

/** PARTITION BY RANGE (execution_id), by month of the execution's start; one row per chunk of contiguous events. */
export const history = pgTable(
  'history',
  {
    executionId: uuid('execution_id').notNull(),
    firstEventId: integer('first_event_id').notNull(),
    lastEventId: integer('last_event_id').notNull(),
    events: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.firstEventId] })],
);

/** What people are asked for, by the task that asks. */
export const approvals = pgTable(
  'approvals',
  {
    executionId: uuid('execution_id').notNull(),
    taskId: integer('task_id').notNull(),
    accountId: key('account_id').notNull(),
    executionArn: key('execution_arn').notNull(),
    stateMachineArn: key('state_machine_arn').notNull(),
    stateName: freeText('state_name').notNull(),
    request: freeText().notNull(),
    progress: freeText().notNull(),
    status: text().$type<'OPEN' | 'DECIDED' | 'EXPIRED' | 'CANCELLED'>().notNull(),
    people: text().array().notNull(),
    version: integer().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    closedAt: milliseconds('closed_at'),
    rank: whole('rank').notNull(),
    lookAt: milliseconds('look_at'),
  },
  (table) => [
    primaryKey({ columns: [table.executionId, table.taskId] }),
    index('approvals_open')
      .on(table.accountId, table.rank, table.executionId, table.taskId)
      .where(sql`${table.status} = 'OPEN'`),
    index('approvals_closed')
      .on(table.accountId, table.rank, table.executionId, table.taskId)
      .where(sql`${table.status} <> 'OPEN'`),
    // A walk through what waits must not go through all that is closed.
    index('approvals_waiting').on(table.executionId, table.taskId).where(sql`${table.status} = 'OPEN'`),
    index('approvals_to_look_at').on(table.lookAt).where(sql`${table.lookAt} is not null`),
  ],
);
