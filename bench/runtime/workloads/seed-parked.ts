import pg from 'pg';

const BATCH = 50_000;
const TABLES = ['executions', 'execution_names', 'runs', 'task_tokens', 'history', 'frames'] as const;

/** A UUIDv7 of now whose random part is made of `i`. */
const ID = `(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
  || '7' || substr(md5(i::text), 1, 3) || '8' || substr(md5('x' || i), 1, 15))::uuid`;

export interface SeedOptions {
  /** All wait for what the one waits for; otherwise half of them wait for a far moment besides. */
  readonly keepWakeAt?: boolean;
}

/** Multiplies the one parked execution of a database: rows as they would be had so many been started and parked. */
export async function seedParked(
  connectionString: string,
  count: number,
  { keepWakeAt = false }: SeedOptions = {},
): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const table of TABLES) await client.query(`create temporary table one_${table} as select * from ${table}`);
    await client.query('create temporary table fresh (i int, id uuid)');
    for (let from = 1; from <= count; from += BATCH) {
      const to = Math.min(count, from + BATCH - 1);
      await client.query('truncate fresh');
      await client.query(`insert into fresh select i, ${ID} from generate_series($1::int, $2::int) as i`, [from, to]);
      for (const table of TABLES) await client.query(await copyStatement(client, table, keepWakeAt));
    }
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

async function copyStatement(client: pg.Client, table: (typeof TABLES)[number], keepWakeAt: boolean): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  );
  const values = rows.map(({ name }) => {
    if (name === 'execution_id') return 'f.id';
    if (name === 'execution_arn' || name === 'name') return `o.${name} || '-' || f.i`;
    if (table === 'runs' && name === 'wake_at' && !keepWakeAt)
      return 'case f.i % 2 when 0 then 4102444800000 + f.i end';
    return `o.${name}`;
  });
  const columns = rows.map(({ name }) => name).join(', ');
  return `insert into ${table} (${columns}) select ${values.join(', ')} from one_${table} o cross join fresh f`;
}
