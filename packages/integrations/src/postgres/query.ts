import type { Json } from '@everstep/language';
import type { Pool, PoolClient } from 'pg';
import { Connections } from '../targets/connections.ts';
import { optionalPackage } from '../targets/optional-package.ts';
import { type OwnCall, type OwnIntegration, createOwnIntegration } from '../targets/own-integration.ts';
import { integerIn, listIn, textIn } from '../targets/parameters.ts';
import type { PostgresTarget } from '../targets/target.ts';
import { memberOf } from '../unknown-member.ts';
import { isStatementError, postgresFailure } from './failures.ts';
import { readRows } from './rows.ts';
import { columnTypes, sqlValue } from './values.ts';

const CONNECT_MS = 5_000;
const IDLE_MS = 30_000;
/** The server ends a statement a little earlier than the call, so that it says so itself. */
const EARLIER_MS = 250;

/**
 * `everstep:postgres:query`: one parameterised statement in a transaction of its own, on a database that the settings
 * name. The transaction knows its attempt: `current_setting('everstep.attempt_id')` is the same at every repetition.
 */
export function createPostgresQueryIntegration(targets: ReadonlyMap<string, PostgresTarget>): OwnIntegration {
  const pools = new Connections<Pool>(
    (name) => openPool(targets.get(name)),
    (pool) => pool.end(),
  );
  return createOwnIntegration({
    prefix: 'Postgres',
    targets,
    call: async (call: OwnCall<PostgresTarget>) => ({ output: await perform(await pools.get(call.name), call) }),
    failureOf: postgresFailure,
    async check(name: string): Promise<void> {
      await (await pools.get(name)).query('select 1');
    },
    close: () => pools.close(),
  });
}

async function openPool(target: PostgresTarget | undefined): Promise<Pool> {
  const { Pool } = await loadPg();
  const pool = new Pool({
    connectionString: target?.url,
    max: target?.maxConnections,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    application_name: 'everstep task',
    types: columnTypes,
    keepAlive: true,
  });
  // An idle connection that is cut leaves the pool by itself.
  pool.on('error', () => undefined);
  return pool;
}

async function loadPg() {
  const { default: pg } = await optionalPackage('the package pg', () => import('pg'));
  return pg;
}

async function perform(pool: Pool, call: OwnCall<PostgresTarget>): Promise<Json> {
  const client = await pool.connect();
  let isOver = false;
  // A connection that is cut tells its statement, too.
  const ignored = (): void => undefined;
  client.on('error', ignored);
  const release = (broken: boolean): void => {
    if (isOver) return;
    isOver = true;
    client.release(broken);
    // The pool listens again to one that it keeps; one that it closes may still have something to say.
    if (!broken) client.off('error', ignored);
  };
  const abandon = (): void => {
    if (isOver) return;
    cancel(pool, client);
    // Closes the connection amid the statement: its transaction is rolled back.
    release(true);
  };
  call.signal.addEventListener('abort', abandon, { once: true });
  try {
    if (call.signal.aborted) abandon();
    const output = await inTransaction(client, call);
    // What is committed stands: a session that cannot be cleaned serves nobody again, and that is all.
    release(!(await isClean(client)));
    return output;
  } catch (error) {
    const isUsable = isStatementError(error) && !isOver && (await isReset(client));
    release(!isUsable);
    throw error;
  } finally {
    call.signal.removeEventListener('abort', abandon);
  }
}

async function inTransaction(client: PoolClient, { target, parameters, request }: OwnCall<PostgresTarget>) {
  const { Query } = await loadPg();
  await client.query(target.readOnly ? 'begin read only' : 'begin read write');
  await client.query(
    `select set_config('statement_timeout', $1, true), set_config('everstep.attempt_id', $2, true),
       set_config('everstep.execution_arn', $3, true)`,
    [String(Math.max(1, target.timeoutMs - EARLIER_MS)), request.attemptId, request.executionArn],
  );
  const statement = {
    text: textIn(parameters, 'Sql') ?? '',
    values: listIn(parameters, 'Values').map(sqlValue),
    types: columnTypes,
    // Two columns may have one name.
    rowMode: 'array',
    // Without values the driver would use a protocol that takes several statements, and so a way out of the transaction.
    queryMode: 'extended',
  };
  const query = new Query<Json[]>(statement);
  const maxRows = Math.min(integerIn(parameters, 'MaxRows') ?? target.maxRows, target.maxRows);
  const output = await readRows(client, query, maxRows);
  await client.query('commit');
  return output;
}

async function isReset(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
  } catch {
    return false;
  }
  return isClean(client);
}

/** Nothing of this session (settings, locks, temporary tables) may be seen by the next statement. */
async function isClean(client: PoolClient): Promise<boolean> {
  try {
    await client.query('discard all');
    return true;
  } catch {
    return false;
  }
}

/** Closing the connection alone would let the server work on, until it has something to send. */
function cancel(pool: Pool, client: PoolClient): void {
  const processId = memberOf(client, 'processID');
  if (typeof processId !== 'number') return;
  // Best effort: the statement's own time limit ends it in any case.
  pool.query('select pg_cancel_backend($1)', [processId]).catch(() => undefined);
}
