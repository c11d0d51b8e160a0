import type { TaskOutcome, TaskRequest } from '@everstep/engine';
import { type Json, jsonText } from '@everstep/language';
import { TestWay, contractRequest, startTestPostgres } from '@everstep/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OwnIntegration } from '../targets/own-integration.ts';
import type { PostgresTarget } from '../targets/target.ts';
import { createPostgresQueryIntegration } from './query.ts';

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let url: string;
let way: TestWay;
let admin: pg.Client;
let integration: OwnIntegration;

const target: Omit<PostgresTarget, 'url'> = {
  accounts: null,
  timeoutMs: 20_000,
  readOnly: false,
  maxRows: 100,
  maxConnections: 2,
};

beforeAll(async () => {
  server = await startTestPostgres();
  url = await server.createDatabase();
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('create table orders (id int primary key, note text not null, attempt text)');
  way = await TestWay.to(Number(new URL(url).port));
});
afterAll(async () => {
  await way.close();
  await admin.end();
  await server.stop();
});

function at(port: number, password?: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  if (password !== undefined) changed.password = password;
  return changed.href;
}

beforeEach(async () => {
  await admin.query('delete from orders');
  integration = createPostgresQueryIntegration(
    new Map([
      ['orders', { ...target, url }],
      ['reports', { ...target, url, readOnly: true }],
      ['hasty', { ...target, url, timeoutMs: 500 }],
      ['far', { ...target, url: at(way.port), timeoutMs: 500 }],
      ['cut', { ...target, url: at(way.port) }],
      ['nowhere', { ...target, url: at(1) }],
      ['stranger', { ...target, url: at(Number(new URL(url).port)).replace(/\/\/[^@]*@/, '//nobody:wrong@') }],
      ['private', { ...target, url, accounts: ['999999999999'] }],
    ]),
  );
});
afterEach(async () => {
  way.release();
  way.cut();
  await integration.close?.();
});

function query(parameters: Json, more: Partial<TaskRequest> = {}): Promise<TaskOutcome> {
  return integration.perform(contractRequest('everstep:postgres:query', parameters, more));
}

async function rows(Sql: string, Values: Json = []): Promise<Json> {
  const outcome = await query({ Target: 'orders', Sql, Values });
  if (outcome.type !== 'succeeded') throw new Error(JSON.stringify(outcome));
  return outcome.output;
}

const failed = (error: string, cause: RegExp = /./) => ({ type: 'failed', error, cause: expect.stringMatching(cause) });

describe('everstep:postgres:query', () => {
  it('gives rows by their columns’ names, with all digits, times in ISO 8601, JSON and bytes', async () => {
    const output = await rows(
      `select 9007199254740993::int8 as big, 1.10::numeric as price, 0.5::float8 as half, 'NaN'::numeric as none, true as yes,
         null as nothing, '{"a":[1.0,"x"]}'::jsonb as doc, timestamptz '2026-11-27 08:00+01' as at, date '2026-11-27' as day,
         '\\x00ff'::bytea as bytes, array['a','b'] as list`,
    );
    expect(jsonText(output)).toBe(
      '{"Command":"SELECT","RowCount":1,"Rows":[{"big":9007199254740993,"price":1.10,"half":0.5,"none":"NaN","yes":true,' +
        '"nothing":null,"doc":{"a":[1.0,"x"]},"at":"2026-11-27T07:00:00.000Z","day":"2026-11-27","bytes":"AP8=",' +
        '"list":"{a,b}"}]}',
    );
  });

  it('binds values, and never puts them into the statement', async () => {
    const odd = "'); drop table orders; --";
    const insert = 'insert into orders values ($1, $2) returning id, note';
    expect(await rows(insert, [1, odd])).toEqual({
      Command: 'INSERT',
      RowCount: 1,
      Rows: [{ id: 1, note: odd }],
    });
    expect(await rows('select ($1::jsonb)->$2 as a, $3::int[] as l', [{ a: [1] }, 'a', [1, 2]])).toMatchObject({
      Rows: [{ a: [1], l: '{1,2}' }],
    });
    expect(await rows('update orders set note = $1', ['x'])).toEqual({ Command: 'UPDATE', RowCount: 1, Rows: [] });
    for (const Sql of ['select 1; select 2', 'commit; begin read write; select 1']) {
      expect(await query({ Target: 'orders', Sql })).toMatchObject(failed('Postgres.SyntaxError'));
    }
  });

  it('tells the statement its attempt, by which a repetition changes nothing', async () => {
    const Sql = `insert into orders values (1, 'once', current_setting('everstep.attempt_id')) on conflict do nothing`;
    for (const times of [1, 0]) expect(await rows(Sql)).toMatchObject({ RowCount: times });
    expect((await admin.query('select attempt from orders')).rows).toEqual([{ attempt: 'e-3' }]);
  });

  it('changes nothing where the target is read-only, whatever the statement says', async () => {
    for (const Sql of ["insert into orders values (1, 'x')", 'create table t (a int)']) {
      expect(await query({ Target: 'reports', Sql })).toMatchObject(failed('Postgres.ReadOnly', /SQLSTATE 25006/));
    }
    await query({ Target: 'reports', Sql: 'set session characteristics as transaction read write' });
    const again = await query({ Target: 'reports', Sql: "insert into orders values (1, 'x')" });
    expect(again).toMatchObject(failed('Postgres.ReadOnly'));
    expect(await query({ Target: 'reports', Sql: 'select count(*)::int as n from orders' })).toMatchObject({
      output: { Rows: [{ n: 0 }] },
    });
  });

  it('leaves nothing of a session to the next statement', async () => {
    await rows("set search_path to 'elsewhere'");
    await rows("select set_config('work_mem', '1MB', false), pg_advisory_lock(7)");
    expect(await rows('select count(*)::int as n from orders')).toMatchObject({ Rows: [{ n: 0 }] });
    expect((await admin.query('select pg_try_advisory_lock(7) as free')).rows).toEqual([{ free: true }]);
    await admin.query('select pg_advisory_unlock(7)');
  });

  it('names the errors of statements, and keeps the connection', async () => {
    await rows("insert into orders values (1, 'x')");
    const because = async (Sql: string) => query({ Target: 'orders', Sql });
    expect(await because("insert into orders values (1, 'x')")).toMatchObject(
      failed('Postgres.UniqueViolation', /SQLSTATE 23505\): Key \(id\)=\(1\)/),
    );
    expect(await because('select * from nothing')).toMatchObject(failed('Postgres.UndefinedTable'));
    expect(await because('select 1/0')).toMatchObject(failed('Postgres.DivisionByZero'));
    expect(await because('select from where')).toMatchObject(failed('Postgres.SyntaxError'));
    expect(await because("do $$ begin raise 'no' using errcode = 'P0001'; end $$")).toMatchObject(
      failed('Postgres.RaisedException', /^no /),
    );
    const sessions = "select count(*)::int as n from pg_stat_activity where application_name = 'everstep task'";
    expect(await rows(sessions)).toMatchObject({ Rows: [{ n: 1 }] });
  });
});

describe('everstep:postgres:query, too much', () => {
  it('gives no more rows than it may, and takes back what it has changed', async () => {
    const Sql = "insert into orders select g, 'x' from generate_series(1, 101) g returning id";
    expect(await query({ Target: 'orders', Sql })).toMatchObject(failed('Postgres.TooManyRows', /more than 100/));
    expect(await query({ Target: 'orders', Sql: 'select generate_series(1, 3)', MaxRows: 2 })).toMatchObject(
      failed('Postgres.TooManyRows', /more than 2/),
    );
    expect((await admin.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 0 }]);
  });

  it('holds no more than a state can: many bytes in rows, or in one value', async () => {
    for (const Sql of ["select repeat('x', 100000) from generate_series(1, 90)", "select repeat('x', 200000000)"]) {
      expect(await query({ Target: 'orders', Sql })).toMatchObject(failed('States.DataLimitExceeded'));
    }
    expect(await rows('select 1 as one')).toMatchObject({ Rows: [{ one: 1 }] });
  });
});

describe('everstep:postgres:query, the way', () => {
  /** Resolves once no statement of a task runs any more. */
  async function untilNothingRuns(): Promise<void> {
    for (;;) {
      const running = "select 1 from pg_stat_activity where application_name = 'everstep task' and state = 'active'";
      if ((await admin.query(`${running} and query like '%pg_sleep%'`)).rowCount === 0) return;
    }
  }

  it('ends a statement that lasts too long', async () => {
    expect(await query({ Target: 'hasty', Sql: 'select pg_sleep(60)' })).toMatchObject(failed('Postgres.TimedOut'));
    await untilNothingRuns();
  });

  it('ends a statement that nobody waits for, on the server, too', async () => {
    const controller = new AbortController();
    const asked = query({ Target: 'orders', Sql: 'select pg_sleep(60)' }, { signal: controller.signal });
    const started = "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(60)'";
    while ((await admin.query(started)).rowCount === 0);
    controller.abort();
    expect((await asked).type).toBe('failed');
    await untilNothingRuns();
  });

  it('tells of a server that is not there, hangs, or knows nobody of that name', async () => {
    const Sql = 'select 1';
    expect(await query({ Target: 'nowhere', Sql })).toMatchObject(failed('Postgres.ConnectionFailed', /ECONNREFUSED/));
    expect(await query({ Target: 'stranger', Sql })).toMatchObject(failed('Postgres.AuthenticationFailed'));
    way.hold();
    expect(await query({ Target: 'far', Sql })).toMatchObject(failed('Postgres.TimedOut', /500 ms/));
  });

  it('tells of a connection that is cut amid the statement, and opens another one', async () => {
    const asked = query({ Target: 'cut', Sql: 'select pg_sleep(30)' });
    const started = "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(30)'";
    while ((await admin.query(started)).rowCount === 0);
    way.cut();
    expect(await asked).toMatchObject(failed('Postgres.ConnectionFailed'));
    expect(await query({ Target: 'cut', Sql: 'select 1 as one' })).toMatchObject({ output: { Rows: [{ one: 1 }] } });
  });

  it('knows its targets only, and those of the account', async () => {
    const unknown = failed('States.Runtime', /There is no target/);
    expect(await query({ Target: 'other', Sql: 'select 1' })).toMatchObject(unknown);
    expect(await query({ Target: 'private', Sql: 'select 1' })).toMatchObject(unknown);
    expect(await query({ Target: 'orders' })).toMatchObject(failed('States.Runtime', /'Sql' is required/));
    expect(await query({ Target: 'orders', Sql: 'select 1' }, { roleArn: 'arn' })).toMatchObject(
      failed('States.Runtime', /knows no roles/),
    );
  });

  it('is checked', async () => {
    expect(await integration.check('orders')).toBeNull();
    expect(await integration.check('nowhere')).toContain('Postgres.ConnectionFailed');
  });
});
