import { performance } from 'node:perf_hooks';
import pg from 'pg';
import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System, flowOf } from '../lab/system.ts';
import type { Row } from '../report/result.ts';
import type { Pace, Workload } from './workload.ts';

const KEYS = 1_000;
const IN_FLIGHT = 64;
/** Permits for all keys together while the queue is worked off. */
const AT_ONCE = 50;
const QUIET_MS = 5_000;
const LOOK_MS = 100;
const PATIENCE_MS = 600_000;

/** What a permit costs where there are plenty, and a limiter with a thousand waiting keys: idle, and worked off. */
export const limits: Workload = {
  name: 'limits',
  async run(lab, pace) {
    const permits = await permitCosts(lab, pace);
    const queue = await workOff(lab, pace.rounds > 2 ? 10 : 2);
    return { title: 'Limiters', rows: [...permits, ...queue.rows], goals: [], notes: queue.notes };
  },
};

/** Executions of one task each, without and with a limiter that always has room, in turns. */
async function permitCosts(lab: Lab, { rounds, seconds }: Pace): Promise<Row[]> {
  const system = await System.open(lab);
  try {
    const free = await system.createMachine('Free', machines.tasks(1));
    const limited = await system.createMachine('Limited', machines.tasks(1));
    await put(system, { name: 'ample', stateMachine: 'Limited', limit: { concurrency: 10_000 } });
    await known();
    const lanes = [
      { what: 'one task, no limiter about it', arn: free, figures: [] as number[] },
      { what: 'one task, with a permit that is there', arn: limited, figures: [] as number[] },
    ];
    for (let round = -1; round < rounds; round += 1) {
      for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
        const { perSecond } = await system.flow(lane.arn, { inFlight: IN_FLIGHT, seconds });
        if (round >= 0) lane.figures.push(perSecond);
      }
    }
    const base = lanes[0]?.figures ?? [];
    return lanes.map(({ what, figures }, index) => ({
      what,
      unit: 'executions/s',
      figure: spreadOf(figures),
      ...(index === 0 ? {} : { ratio: ratiosOf(figures, base), ratioOf: 'with / without' }),
    }));
  } finally {
    await system.close();
  }
}

async function workOff(lab: Lab, perKey: number): Promise<{ rows: Row[]; notes: string[] }> {
  const count = KEYS * perKey;
  const system = await System.open(lab);
  const client = new pg.Client({ connectionString: system.databaseUrl });
  await client.connect();
  try {
    const arn = await system.createMachine('Queued', machines.tasks(1));
    const limiter = { name: 'queue', stateMachine: 'Queued', key: '$.key', limitPerKey: { concurrency: 1 } };
    await put(system, { ...limiter, limit: { concurrency: AT_ONCE } });
    await system.call('PauseLimiter', { name: 'queue' }, 'Everstep');
    await known();
    const before = await transactions(client);
    await startAll(system, arn, perKey);
    await until(client, `select count(*)::int as found from limiter_tasks where status <> 'granted'`, count);
    await until(client, 'select count(*)::int as found from runs where owner is null', count);
    const waiting = await transactions(client);
    const resumed = performance.now();
    await system.call('ResumeLimiter', { name: 'queue' }, 'Everstep');
    await until(client, `select count(*)::int as found from executions where status = 'SUCCEEDED'`, count);
    const { perSecond } = flowOf(count, (performance.now() - resumed) / 1_000);
    const all = `${count.toLocaleString('en')} tasks of ${KEYS.toLocaleString('en')} keys`;
    const [fewest, most] = await servedByHalf(client);
    return {
      rows: [
        { what: 'the database, nothing waits', unit: 'transactions/s', figure: spreadOf([before]) },
        { what: `the database, ${all} wait`, unit: 'transactions/s', figure: spreadOf([waiting]) },
        {
          what: `${all} worked off, ${AT_ONCE} at once, one a key`,
          unit: 'executions/s',
          figure: spreadOf([perSecond]),
        },
      ],
      notes: [`When half of the permits had been given, each key had had ${fewest} to ${most} of its ${perKey} turns.`],
    };
  } finally {
    await client.end();
    await system.close();
  }
}

async function put(system: System, limiter: object): Promise<void> {
  await system.call('PutLimiter', limiter, 'Everstep');
}

/** Workers hear of a new limiter at once, or within two seconds. */
async function known(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2_500));
}

/** A key after the other would be too easy to be fair to: all of one key come in a row. */
async function startAll(system: System, arn: string, perKey: number): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < KEYS * perKey; index = next++) {
      await system.start(arn, { key: `key-${Math.floor(index / perKey)}` });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

async function until(client: pg.Client, question: string, count: number): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ found: number }>(question);
    if (rows[0]?.found === count) return;
    if (performance.now() > end) throw new Error(`${rows[0]?.found} of ${count}: ${question}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Transactions a second of a database in which nothing happens. */
async function transactions(client: pg.Client): Promise<number> {
  const read = async (): Promise<number> => {
    await client.query('select pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ count: string }>(
      'select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.count);
  };
  // A session tells its figures a moment after the fact.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const first = await read();
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  return ((await read()) - first) / (QUIET_MS / 1_000);
}

/** Of all keys, the fewest and the most permits that they had when half of all had been given. */
async function servedByHalf(client: pg.Client): Promise<[number, number]> {
  const { rows } = await client.query<{ fewest: number; most: number }>(
    `with started as (
       select h.execution_id, (event->>'timestamp')::bigint as at, (event->>'id')::int as id
       from history h cross join lateral json_array_elements(h.events::json) as event
       where event->>'type' = 'TaskStarted'),
     given as (
       select e.input, row_number() over (order by s.at, s.execution_id) as place, count(*) over () as total
       from started s join executions e on e.execution_id = s.execution_id)
     select min(served)::int as fewest, max(served)::int as most
     from (select count(*) filter (where place <= total / 2) as served from given group by input) as keys`,
  );
  return [rows[0]?.fewest ?? 0, rows[0]?.most ?? 0];
}
