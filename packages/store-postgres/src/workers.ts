import type { WorkerStore } from '@everstep/engine';
import { uuidArray } from './columns.ts';
import type { Database } from './database.ts';
import { asc, count, eq } from './drizzle.ts';
import { databaseError } from './errors.ts';
import { runs } from './schema/executions.ts';
import { workers } from './schema/installation.ts';
import { NOW_MS, statement } from './statement.ts';
import { encodeText } from './text.ts';

const UNIQUE_VIOLATION = '23505';

const insertWorker = statement(
  'insert_worker',
  `insert into workers (worker_id, host, registered_at, lease_until)
   select $1, $2, clock.now, clock.now + $3::bigint from (select ${NOW_MS} as now offset 0) as clock`,
);

const renew = statement<{ now: number }>(
  'renew_lease',
  `update workers set lease_until = ${NOW_MS} + $2::bigint
   where worker_id = $1 and not dead and lease_until > ${NOW_MS} returning ${NOW_MS} as now`,
);

const ownRuns = statement<{ execution_id: string; unseen: boolean; held: boolean }>(
  'own_runs_to_look_at',
  `select execution_id, unseen, held from (
     select execution_id, signals > consumed as unseen, execution_id = any($2::uuid[]) as held
     from runs where owner = $1) as own
   where unseen or not held order by execution_id`,
);

const endWorker = statement(
  'end_worker',
  `update workers set dead = true, lease_until = least(lease_until, ${NOW_MS}) where worker_id = $1`,
);

const releaseOwn = statement(
  'release_own_runs',
  `with released as materialized (select execution_id from runs where owner = $1 order by execution_id for update)
   update runs r set owner = null, wake_at = ${NOW_MS}, claim_open = false
   from released where r.execution_id = released.execution_id`,
);

const markDead = statement(
  'mark_dead',
  `with lapsed as materialized (
     select worker_id from workers where not dead and lease_until <= ${NOW_MS} order by worker_id for update skip locked)
   update workers w set dead = true from lapsed where w.worker_id = lapsed.worker_id`,
);

// Walks the index from owner to owner: there are many runs and few workers.
const deadOwners = statement<{ owner: string }>(
  'dead_owners',
  `with recursive owners as (
     select min(owner) as owner from runs where owner is not null
     union all
     select (select min(r.owner) from runs r where r.owner is not null and r.owner > o.owner) from owners o
     where o.owner is not null)
   select o.owner from owners o where o.owner is not null and not exists (
     select 1 from workers w where w.worker_id = o.owner and not w.dead and w.lease_until > ${NOW_MS})`,
);

// The owners are named, so that a run which somebody alive has claimed meanwhile is left alone. In whatever order: who
// never waits for a lock cannot deadlock.
const releaseDead = statement<{ execution_id: string }>(
  'release_dead',
  `with released as materialized (
     select execution_id from runs where owner = any($1) limit $2 for update skip locked)
   update runs r set owner = null, wake_at = ${NOW_MS}, died = r.died or r.claim_open, claim_open = false
   from released where r.execution_id = released.execution_id and r.owner = any($1) returning r.execution_id`,
);

const takeDue = statement<{ execution_id: string }>(
  'take_due',
  `with due as materialized (
     select execution_id, wake_at, greatest(1, least(grace_ms::bigint * 2, $2::bigint))::int as grace_ms from runs
     where owner is null and wake_at is not null and wake_at <= (select ${NOW_MS})
     order by wake_at limit $1 for update skip locked),
   hinted as (
     update runs r set grace_ms = due.grace_ms, wake_at = ${NOW_MS} + due.grace_ms
     from due where r.execution_id = due.execution_id)
   select execution_id from due order by wake_at, execution_id`,
);

const nextWake = statement<{ wake_at: number }>(
  'next_wake_at',
  'select wake_at from runs where owner is null and wake_at is not null order by wake_at limit 1',
);

// The lanes (the last byte of the id) have their turns, among so many times what is asked for: the order of wake_at sees to
// the rest, as nobody is overtaken for ever.
const LOOK_AHEAD = 2;

const due = statement<{ execution_id: string }>(
  'list_due',
  `select execution_id from (
     select execution_id, wake_at,
       row_number() over (partition by get_byte(uuid_send(execution_id), 15) order by wake_at) as turn
     from (
       select execution_id, wake_at from runs where owner is null and wake_at is not null and wake_at <= (select ${NOW_MS})
       order by wake_at limit $1::int * ${LOOK_AHEAD}) as earliest) as due
   order by turn, wake_at limit $1::int`,
);

export async function listDue(database: Database, limit: number): Promise<string[]> {
  const rows = await database.read(due, [limit]);
  return rows.map((row) => row.execution_id);
}

export function workerVerbs(database: Database): WorkerStore {
  return {
    async registerWorker({ workerId, host, leaseMs }) {
      try {
        await database.write(insertWorker, [workerId, encodeText(host), leaseMs]);
      } catch (error) {
        if (databaseError(error)?.code !== UNIQUE_VIOLATION) throw error;
        throw new Error(`worker id ${workerId} was used before`, { cause: error });
      }
    },
    async renewLease({ workerId, leaseMs, held }) {
      const [renewed] = await database.write(renew, [workerId, leaseMs]);
      if (renewed === undefined) return { alive: false, now: await readClock(database), unseen: [], notHeld: [] };
      const rows = await database.read(ownRuns, [workerId, uuidArray(held)]);
      return {
        alive: true,
        now: renewed.now,
        unseen: rows.filter((row) => row.unseen).map((row) => row.execution_id),
        notHeld: rows.filter((row) => !row.held).map((row) => row.execution_id),
      };
    },
    async unregisterWorker(workerId) {
      await database.transaction(async (transaction) => {
        void transaction.send(endWorker, [workerId]);
        void transaction.send(releaseOwn, [workerId]);
        await transaction.commit();
      });
    },
    async releaseLapsed(limit) {
      await database.write(markDead);
      const dead = await database.read(deadOwners);
      if (dead.length === 0) return [];
      const rows = await database.write(releaseDead, [dead.map((row) => row.owner), limit]);
      return rows.map((row) => row.execution_id);
    },
    async takeDue({ limit, maxGraceMs }) {
      const rows = await database.write(takeDue, [limit, maxGraceMs]);
      return rows.map((row) => row.execution_id);
    },
    async nextWakeAt() {
      const [row] = await database.read(nextWake);
      return row?.wake_at ?? null;
    },
    async listWorkers() {
      return listWorkers(database);
    },
  };
}

async function listWorkers(database: Database): ReturnType<WorkerStore['listWorkers']> {
  return database.cold((orm) =>
    orm
      .select({
        workerId: workers.workerId,
        host: workers.host,
        leaseUntil: workers.leaseUntil,
        dead: workers.dead,
        runs: count(runs.executionId),
      })
      .from(workers)
      .leftJoin(runs, eq(runs.owner, workers.workerId))
      .groupBy(workers.workerId)
      .orderBy(asc(workers.registeredAt), asc(workers.workerId)),
  );
}

const clock = statement<{ now: number }>('clock', `select ${NOW_MS} as now`);

export async function readClock(database: Database): Promise<number> {
  const [row] = await database.read(clock);
  if (row === undefined) throw new Error('store-postgres: the database has no clock');
  return row.now;
}
