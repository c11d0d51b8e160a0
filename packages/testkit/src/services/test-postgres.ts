import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type PostgresOptions, startPostgresServer } from './postgres-server.ts';

export interface TestPostgres {
  /** Of the superuser's database, or of the one named. */
  connectionString(database?: string): string;
  /** A new, empty database of this test's own; answers its connection string. `template`: a database to copy. */
  createDatabase(options?: { template?: string }): Promise<string>;
  /** Kills the server as a crash would. Only with `own`, as others share it otherwise. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same address. */
  start(): Promise<void>;
  /** `kill` and `start`. */
  restart(): Promise<void>;
  /** Drops this handle's databases; with `own`, ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions extends PostgresOptions {
  /** A server of this test's alone, which it may kill and restart. Default: one server for the whole vitest run. */
  readonly own?: boolean;
}

/**
 * A real Postgres for a test: DATABASE_URL where set, else the run's server (see vitest-global.ts), else one of its
 * own in Docker or from binaries. Nothing of it survives the test process.
 */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const shared = options.own === true ? null : await sharedConnectionString();
  if (shared !== null) {
    const refuse = (): Promise<void> =>
      Promise.reject(new Error('this Postgres is shared: use startTestPostgres({ own: true }) to kill and restart it'));
    return openHandle(shared, { kill: refuse, start: refuse, dispose: async () => undefined });
  }
  const server = await startPostgresServer(options);
  return openHandle(server.connectionString, server);
}

async function sharedConnectionString(): Promise<string | null> {
  const given = process.env['DATABASE_URL'] ?? process.env['EVERSTEP_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const broker = process.env['EVERSTEP_TEST_SERVICES_URL'];
  if (broker === undefined) return null;
  const response = await fetch(`${broker}/postgres`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

function openHandle(
  adminConnectionString: string,
  server: { kill(): Promise<void>; start(): Promise<void>; dispose(): Promise<void> },
): TestPostgres {
  const created: string[] = [];
  const connectionString = (database?: string): string => {
    if (database === undefined) return adminConnectionString;
    const url = new URL(adminConnectionString);
    url.pathname = `/${database}`;
    return url.href;
  };
  return {
    connectionString,
    createDatabase: async ({ template } = {}) => {
      const name = `test_${randomBytes(8).toString('hex')}`;
      const from = template === undefined ? '' : ` TEMPLATE ${pg.escapeIdentifier(template)}`;
      await administer(adminConnectionString, [`CREATE DATABASE ${name}${from}`]);
      created.push(name);
      return connectionString(name);
    },
    kill: () => server.kill(),
    start: () => server.start(),
    restart: async () => {
      await server.kill();
      await server.start();
    },
    stop: async () => {
      const names = created.splice(0);
      await administer(
        adminConnectionString,
        names.map((name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      );
      await server.dispose();
    },
  };
}

async function administer(connectionString: string, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
