import type pg from 'pg';
import { monthOf, PARTITIONED } from '../partitions.ts';

const BATCH = 50_000;
const MACHINES = 20;
const MONTHS = 3;
const DAYS = 60;
/** The arn of the seeded machine of that number, from 0. */
export function seededMachine(number: number): string {
  return `arn:aws:states:us-east-1:123456789012:stateMachine:seeded-${number % MACHINES}`;
}

/**
 * Rows as they would be had so many executions been started over the last two months and parked: half of them for a
 * time, the others for callbacks, activities and branches; and a quarter as many that have ended, all but the last hours
 * of them long before their retention is over.
 */
export async function seedExecutions(
  client: pg.ClientBase,
  count: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  await makePastMonths(client);
  await client.query('set synchronous_commit = off');
  await client.query(`create temporary table if not exists fresh (
    i int, open boolean, id uuid, started bigint, machine text, name text)`);
  const total = count + Math.floor(count / 4);
  for (let from = 1; from <= total; from += BATCH) {
    const to = Math.min(total, from + BATCH - 1);
    await client.query('truncate fresh');
    await client.query(FRESH, [from, to, count]);
    for (const text of ROWS) await client.query(text);
    onProgress(to);
  }
  await client.query('reset synchronous_commit');
  await client.query('vacuum (analyze)');
  await client.query('checkpoint');
}

async function makePastMonths(client: pg.ClientBase): Promise<void> {
  for (let offset = -MONTHS; offset < 0; offset++) {
    const { name, from, to } = monthOf(Date.now(), offset);
    for (const table of PARTITIONED) {
      await client.query(
        `create table if not exists ${table}_${name} partition of ${table} for values from ('${from}') to ('${to}')`,
      );
    }
  }
}

const FRESH = `
  insert into fresh
  select i, i <= $3, (lpad(to_hex(started), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid,
    started, 'arn:aws:states:us-east-1:123456789012:stateMachine:seeded-' || i % ${MACHINES}, 'seeded-' || i
  from (select i, md5(i::text) as hash,
      (extract(epoch from clock_timestamp()) * 1000)::bigint - ((i * 7919::bigint) % ${DAYS * 86_400})::bigint * 1000 as started
    from generate_series($1::int, $2::int) as i) as numbers`;

/** About what a checkpoint, an input and a few events take. */
const DOCUMENT = `'{"text":"' || repeat(md5(i::text), 20) || '"}'`;

const ROWS = [
  `insert into executions (execution_id, execution_arn, name, state_machine_arn, revision_id, status, start_date,
     stop_date, input, output)
   select id, replace(machine, ':stateMachine:', ':execution:') || ':' || name, name, machine, 'revision',
     case when open then 'RUNNING' else 'SUCCEEDED' end, started, case when not open then started + 60000 end,
     ${DOCUMENT}, case when not open then ${DOCUMENT} end from fresh`,
  `insert into execution_names (execution_arn, execution_id, start_date, input_hash, reusable_at)
   select replace(machine, ':stateMachine:', ':execution:') || ':' || name, id, started, md5('') || md5(''),
     case when not open then started + 7776000000 end from fresh`,
  `insert into history (execution_id, first_event_id, last_event_id, events)
   select id, 1, 5, '[' || ${DOCUMENT} || ']' from fresh`,
  `insert into runs (execution_id, epoch, wake_at, grace_ms, base_grace_ms, signals, consumed, format, last_event_id, checkpoint)
   select id, 1, case when i % 10 < 5 then (extract(epoch from clock_timestamp()) * 1000)::bigint + 86400000 + i * 30::bigint end,
     1000, 1000, 1, 1, 1, 5, ${DOCUMENT} from fresh where open`,
  `insert into task_tokens (execution_id, task_id, kind, activity_arn, state_name, input, opened_at)
   select id, 5, case when i % 10 = 8 then 'activity' else 'callback' end,
     case when i % 10 = 8 then 'arn:aws:states:us-east-1:123456789012:activity:seeded-' || i % 3 end, 'Ask', '{}', started
   from fresh where open and i % 10 between 5 and 8`,
  `insert into frames (execution_id, frame_id, data)
   select id, '0.' || branch, ${DOCUMENT} from fresh, generate_series(0, 2) as branch where open and i % 10 = 9`,
];
