import { type LimiterRecord, type LimiterStore, type LimiterUse, readSettings } from '@everstep/engine';
import { limiterArn as arnOf } from '@everstep/protocol';
import { between } from './arn-range.ts';
import type { Database } from './database.ts';
import { asc, eq } from './drizzle.ts';
import { grantPermits } from './grant-permits.ts';
import { lockPermitTables } from './permit-lock.ts';
import { limiters } from './schema/limiters.ts';
import { NOW_MS, type QueryRunner, statement } from './statement.ts';
import { decodeText, encodeText } from './text.ts';

// What a rate has left holds for the next one; where there is none any more, nothing is left to look at.
const putLimiter = statement(
  'put_limiter',
  `insert into limiters as l (limiter_arn, name, settings, concurrency, key_concurrency, created_at, updated_at)
   select $1, $2, $3, $4::int, $5::int, clock.now, clock.now from (select ${NOW_MS} as now offset 0) as clock
   on conflict (limiter_arn) do update set settings = excluded.settings, concurrency = excluded.concurrency,
     key_concurrency = excluded.key_concurrency, updated_at = excluded.updated_at, look_at = null,
     tokens = case when $6::boolean then l.tokens end, tokens_at = case when $6::boolean then l.tokens_at end`,
);

const dropBuckets = statement('drop_limiter_buckets', 'delete from limiter_buckets where limiter_arn = $1');

const pause = statement(
  'pause_limiter',
  `update limiters set paused_at = coalesce(paused_at, ${NOW_MS}) where limiter_arn = $1`,
);

const resume = statement('resume_limiter', 'update limiters set paused_at = null where limiter_arn = $1');

const remove = statement(
  'delete_limiter',
  `with buckets_gone as (delete from limiter_buckets where limiter_arn = $1) delete from limiters where limiter_arn = $1`,
);

// Other limits hold now: whoever waits for a key has to be asked again.
const lookAnew = statement(
  'look_at_limiter_anew',
  `with asked as (
     select execution_id, task_id from limiter_tasks where limiter_arn = $1 and status = 'keyed'
     order by execution_id, task_id for update),
   queued as (
     update limiter_tasks t set status = 'queued' from asked
     where t.execution_id = asked.execution_id and t.task_id = asked.task_id and t.limiter_arn = $1)
   insert into limiter_wakes (limiter_arn, key) values ($1, '')`,
);

const readUse = statement<{ waiting: number; waiting_since: number | null; in_use: number; waiting_keys: number }>(
  'read_limiter_use',
  `select count(*) filter (where status <> 'granted')::int as waiting,
     min(since) filter (where status <> 'granted') as waiting_since,
     count(*) filter (where status = 'granted')::int as in_use,
     count(distinct key) filter (where status <> 'granted')::int as waiting_keys
   from limiter_tasks where limiter_arn = $1`,
);

const readKeys = statement<{ key: string; waiting: number; in_use: number }>(
  'read_limiter_keys',
  `select key, count(*) filter (where status <> 'granted')::int as waiting,
     count(*) filter (where status = 'granted')::int as in_use
   from limiter_tasks where limiter_arn = $1 group by key having count(*) filter (where status <> 'granted') > 0
   order by waiting desc, key limit $2`,
);

interface TaskRow {
  readonly execution_id: string;
  readonly task_id: number;
  readonly execution_arn: string;
  readonly state_machine_arn: string;
  readonly state_name: string | null;
  readonly key: string;
  readonly rank: number;
  readonly since: number;
  readonly granted_at: number | null;
}

const listTasks = statement<TaskRow>(
  'list_limiter_tasks',
  `select t.execution_id, t.task_id, e.execution_arn, e.state_machine_arn, t.state_name, t.key, t.rank, t.since, t.granted_at
   from (select * from limiter_tasks where limiter_arn = $1 and (since, execution_id, task_id) > ($2::bigint, $3::uuid, $4::int)
     and ($5 = 'any' or (status = 'granted') = ($5 = 'permitted'))
     order by since, execution_id, task_id limit $6) as t
   cross join lateral (
     select e.execution_arn, e.state_machine_arn from executions e where e.execution_id = t.execution_id offset 0) as e
   order by t.since, t.execution_id, t.task_id`,
);

const countWaiting = statement<{ waiting: number }>(
  'count_limited_tasks',
  `select count(*)::int as waiting from limiter_tasks where status = 'queued' or status = 'keyed'`,
);

const NOWHERE = { since: -1, executionId: '00000000-0000-0000-0000-000000000000', taskId: 0 };

export function limiterVerbs(database: Database): LimiterStore {
  const find = async (limiterArn: string): Promise<LimiterRecord | null> => {
    const [row] = await database.cold((orm) =>
      orm.select(RECORD).from(limiters).where(eq(limiters.limiterArn, limiterArn)),
    );
    return row ?? null;
  };
  const change = async (limiterArn: string, send: (runner: QueryRunner) => void): Promise<LimiterRecord | null> => {
    await database.transaction(async (transaction) => {
      lockPermitTables(transaction);
      send(transaction);
      await transaction.commit();
    });
    return find(limiterArn);
  };
  return {
    async putLimiter({ limiterArn, name, settings }) {
      const { limit, limitPerKey } = readSettings(settings);
      const concurrencies = [limit.concurrency, limitPerKey.concurrency];
      const values = [limiterArn, name, encodeText(settings), ...concurrencies, limit.rate !== null];
      const isNew = (await find(limiterArn)) === null;
      const limiter = await change(limiterArn, (runner) => {
        void runner.send(putLimiter, values);
        if (limitPerKey.rate === null) void runner.send(dropBuckets, [limiterArn]);
        void runner.send(lookAnew, [limiterArn]);
      });
      if (limiter === null) throw new Error(`limiter ${limiterArn} was removed while it was made`);
      return { isNew, limiter };
    },
    findLimiter: find,
    listLimiters: ({ afterName, limit, ...scope }) =>
      database.cold((orm) =>
        orm
          .select(RECORD)
          .from(limiters)
          .where(between(limiters.limiterArn, arnOf(scope, ''), afterName))
          .orderBy(asc(limiters.limiterArn))
          .limit(limit),
      ),
    allLimiters: () => database.cold((orm) => orm.select(RECORD).from(limiters).orderBy(asc(limiters.limiterArn))),
    pauseLimiter: (limiterArn) => change(limiterArn, (runner) => void runner.send(pause, [limiterArn])),
    resumeLimiter: (limiterArn) =>
      change(limiterArn, (runner) => {
        void runner.send(resume, [limiterArn]);
        void runner.send(lookAnew, [limiterArn]);
      }),
    async deleteLimiter(limiterArn) {
      await change(limiterArn, (runner) => {
        void runner.send(remove, [limiterArn]);
        void runner.send(lookAnew, [limiterArn]);
      });
    },
    grantPermits: (request) => grantPermits(database, request),
    readLimiterUse: (limiterArn, keys) => useOf(database, limiterArn, keys),
    async listLimiterTasks({ limiterArn, state, after = NOWHERE, limit }) {
      const { since, executionId, taskId } = after;
      const rows = await database.read(listTasks, [limiterArn, since, executionId, taskId, state, limit]);
      return rows.map((row) => ({
        executionId: row.execution_id,
        taskId: row.task_id,
        executionArn: row.execution_arn,
        stateMachineArn: row.state_machine_arn,
        stateName: row.state_name === null ? null : decodeText(row.state_name),
        key: row.key,
        priority: 0 - row.rank,
        since: row.since,
        grantedAt: row.granted_at,
      }));
    },
    async countLimitedTasks() {
      const [row] = await database.read(countWaiting, []);
      return row?.waiting ?? 0;
    },
  };
}

const RECORD = {
  limiterArn: limiters.limiterArn,
  name: limiters.name,
  settings: limiters.settings,
  createdAt: limiters.createdAt,
  updatedAt: limiters.updatedAt,
  pausedAt: limiters.pausedAt,
};

async function useOf(database: Database, limiterArn: string, keys: number): Promise<LimiterUse> {
  const [[use], busiest] = await Promise.all([
    database.read(readUse, [limiterArn]),
    database.read(readKeys, [limiterArn, keys]),
  ]);
  return {
    waiting: use?.waiting ?? 0,
    waitingSince: use?.waiting_since ?? null,
    permitsInUse: use?.in_use ?? 0,
    waitingKeys: use?.waiting_keys ?? 0,
    busiestKeys: busiest.map(({ key, waiting, in_use: permitsInUse }) => ({ key, waiting, permitsInUse })),
  };
}
