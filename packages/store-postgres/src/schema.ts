import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  doublePrecision,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from './drizzle.ts';
import { decodeText, encodeText } from './text.ts';

// Times are bigint milliseconds since the epoch, by the database's clock. Documents that the engine wrote (checkpoints,
// frames, events, activations) are JSON text and stored as they are; raw strings go through `freeText`.

/** Keys compare by bytes: the same order whatever the database's locale, and the cheapest. */
const key = customType<{ data: string; driverData: string }>({ dataType: () => 'text COLLATE "C"' });

/** Any string at all, U+0000 and lone surrogates included. */
const freeText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: encodeText,
  fromDriver: decodeText,
});

type ConnectionState =
  | 'CREATING'
  | 'UPDATING'
  | 'DELETING'
  | 'AUTHORIZED'
  | 'DEAUTHORIZED'
  | 'AUTHORIZING'
  | 'DEAUTHORIZING';

const whole = (name: string) => bigint(name, { mode: 'number' });
const milliseconds = whole;

export const installation = pgTable(
  'installation',
  { id: smallint().primaryKey(), secret: text().notNull() },
  (table) => [check('installation_has_one_row', sql`${table.id} = 1`)],
);

export const stateMachines = pgTable(
  'state_machines',
  {
    stateMachineArn: key('state_machine_arn').primaryKey(),
    name: key().notNull(),
    type: text().$type<'STANDARD' | 'EXPRESS'>().notNull(),
    status: text().$type<'ACTIVE' | 'DELETING'>().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    revisionId: key('revision_id').notNull(),
    revisionNumber: integer('revision_number').notNull(),
    /** The greatest version number ever given. */
    lastVersion: integer('last_version').notNull().default(0),
    /** Whether it was created with a version, and what that was described as. */
    publishedAtCreation: boolean('published_at_creation').notNull().default(false),
    creationDescription: freeText('creation_description'),
  },
  (table) => [
    index('state_machines_by_name').on(table.name),
    index('state_machines_deleting').on(table.stateMachineArn).where(sql`${table.status} = 'DELETING'`),
  ],
);

export const stateMachineRevisions = pgTable(
  'state_machine_revisions',
  {
    revisionId: key('revision_id').primaryKey(),
    stateMachineArn: key('state_machine_arn').notNull(),
    definition: freeText().notNull(),
    roleArn: freeText('role_arn').notNull(),
    configuration: freeText().notNull(),
    createdAt: milliseconds('created_at').notNull(),
  },
  (table) => [index('state_machine_revisions_by_machine').on(table.stateMachineArn)],
);

export const stateMachineVersions = pgTable(
  'state_machine_versions',
  {
    stateMachineArn: key('state_machine_arn').notNull(),
    version: integer().notNull(),
    revisionId: key('revision_id').notNull(),
    description: freeText(),
    createdAt: milliseconds('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.stateMachineArn, table.version] }),
    uniqueIndex('state_machine_versions_by_revision').on(table.stateMachineArn, table.revisionId),
  ],
);

/** At most a hundred of a machine: its routes are short arrays, the same place of both being one route. */
export const stateMachineAliases = pgTable(
  'state_machine_aliases',
  {
    stateMachineArn: key('state_machine_arn').notNull(),
    name: key().notNull(),
    description: freeText(),
    versions: integer().array().notNull(),
    weights: integer().array().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    updatedAt: milliseconds('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.stateMachineArn, table.name] })],
);

export const tags = pgTable(
  'tags',
  {
    resourceArn: key('resource_arn').notNull(),
    tagKey: key('tag_key').notNull(),
    tagValue: freeText('tag_value').notNull(),
  },
  (table) => [primaryKey({ columns: [table.resourceArn, table.tagKey] })],
);

export const activities = pgTable(
  'activities',
  {
    activityArn: key('activity_arn').primaryKey(),
    name: key().notNull(),
    createdAt: milliseconds('created_at').notNull(),
    /** JSON text; null: an AWS owned key. */
    encryption: freeText(),
  },
  (table) => [index('activities_by_name').on(table.name)],
);

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

export const workers = pgTable('workers', {
  workerId: key('worker_id').primaryKey(),
  host: freeText().notNull(),
  registeredAt: milliseconds('registered_at').notNull(),
  leaseUntil: milliseconds('lease_until').notNull(),
  dead: boolean().notNull().default(false),
});

export const accessKeys = pgTable('access_keys', {
  accessKeyId: key('access_key_id').primaryKey(),
  accountId: key('account_id').notNull(),
  userName: freeText('user_name').notNull(),
  groups: text().array().notNull().default(sql`'{}'`),
  policy: freeText().notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  sessionTokenHash: text('session_token_hash'),
  createdAt: milliseconds('created_at').notNull(),
  expiresAt: milliseconds('expires_at'),
  revokedAt: milliseconds('revoked_at'),
  lastUsedAt: milliseconds('last_used_at'),
});

export const connections = pgTable('connections', {
  nameArn: key('name_arn').primaryKey(),
  connectionArn: key('connection_arn').notNull(),
  name: key().notNull(),
  revision: integer().notNull(),
  description: freeText(),
  authorizationType: text('authorization_type').$type<'BASIC' | 'OAUTH_CLIENT_CREDENTIALS' | 'API_KEY'>().notNull(),
  state: text().$type<ConnectionState>().notNull(),
  stateReason: freeText('state_reason'),
  /** JSON text without secrets, and all of it sealed. */
  shownParameters: freeText('shown_parameters').notNull(),
  sealedParameters: text('sealed_parameters').notNull(),
  createdAt: milliseconds('created_at').notNull(),
  modifiedAt: milliseconds('modified_at').notNull(),
  authorizedAt: milliseconds('authorized_at'),
});

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

export const limiters = pgTable(
  'limiters',
  {
    limiterArn: key('limiter_arn').primaryKey(),
    name: key().notNull(),
    settings: freeText().notNull(),
    /** The concurrencies of the settings, so that only what is limited is counted. */
    concurrency: integer(),
    keyConcurrency: integer('key_concurrency'),
    createdAt: milliseconds('created_at').notNull(),
    updatedAt: milliseconds('updated_at').notNull(),
    pausedAt: milliseconds('paused_at'),
    /** The key that had the last turn. */
    cursor: key().notNull().default(''),
    /** The token bucket of its rate at a time; null: full. */
    tokens: doublePrecision(),
    tokensAt: milliseconds('tokens_at'),
    /** When its rate may give permits again. */
    lookAt: milliseconds('look_at'),
  },
  (table) => [index('limiters_to_look_at').on(table.lookAt).where(sql`${table.lookAt} is not null`)],
);

/** The token buckets of keys; one that is full needs no row. */
export const limiterBuckets = pgTable(
  'limiter_buckets',
  {
    limiterArn: key('limiter_arn').notNull(),
    key: key().notNull(),
    tokens: doublePrecision().notNull(),
    tokensAt: milliseconds('tokens_at').notNull(),
    lookAt: milliseconds('look_at'),
    fullAt: milliseconds('full_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.limiterArn, table.key] }),
    index('limiter_buckets_to_look_at').on(table.lookAt).where(sql`${table.lookAt} is not null`),
    index('limiter_buckets_by_full').on(table.fullAt),
  ],
);

/**
 * A task that waits for a limiter's permit, or holds it; one row for each of its limiters. `queued`: it waits for the
 * limiter as a whole; `keyed`: for its key; `idle`: it waits for another limiter.
 */
export const limiterTasks = pgTable(
  'limiter_tasks',
  {
    executionId: uuid('execution_id').notNull(),
    taskId: integer('task_id').notNull(),
    limiterArn: key('limiter_arn').notNull(),
    key: key().notNull(),
    /** The priority's opposite, as indexes ascend. */
    rank: integer().notNull(),
    since: milliseconds('since').notNull(),
    status: text().$type<'queued' | 'keyed' | 'idle' | 'granted'>().notNull(),
    grantedAt: milliseconds('granted_at'),
    stateName: freeText('state_name'),
  },
  (table) => [
    primaryKey({ columns: [table.executionId, table.taskId, table.limiterArn] }),
    index('limiter_tasks_queued')
      .on(table.limiterArn, table.rank, table.key, table.since)
      .where(sql`${table.status} = 'queued'`),
    index('limiter_tasks_keyed')
      .on(table.limiterArn, table.key, table.rank, table.since)
      .where(sql`${table.status} = 'keyed'`),
    index('limiter_tasks_granted').on(table.limiterArn, table.key).where(sql`${table.status} = 'granted'`),
    index('limiter_tasks_by_age').on(table.limiterArn, table.since),
  ],
);

/** What has to be looked at, because permits have become free or something waits for them. */
export const limiterWakes = pgTable('limiter_wakes', {
  wakeId: bigserial('wake_id', { mode: 'number' }).primaryKey(),
  limiterArn: key('limiter_arn').notNull(),
  key: key().notNull(),
});

export const auditLog = pgTable(
  'audit_log',
  {
    entryId: uuid('entry_id').primaryKey(),
    at: milliseconds('at').notNull(),
    accountId: freeText('account_id').notNull(),
    userArn: freeText('user_arn').notNull(),
    accessKeyId: freeText('access_key_id'),
    action: freeText().notNull(),
    resource: freeText().notNull(),
    requestId: freeText('request_id').notNull(),
    sourceAddress: freeText('source_address').notNull(),
    outcome: freeText().notNull(),
  },
  (table) => [index('audit_log_by_time').on(table.at)],
);
