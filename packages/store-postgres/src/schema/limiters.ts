import { bigserial, doublePrecision, index, integer, pgTable, primaryKey, sql, text, uuid } from '../drizzle.ts';
import { freeText, key, milliseconds } from './columns.ts';

// Limiters, and the tasks that want something of them.

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
