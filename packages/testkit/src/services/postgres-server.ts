import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { dockerReachable } from './docker.ts';
import { freePort } from './free-port.ts';
import { OwnServer } from './own-server.ts';
import { findPostgresBinaries, postgresUser } from './postgres-binaries.ts';

/** A Postgres of our own, wherever it came from. */
export interface PostgresServer {
  /** Of the superuser's database. */
  readonly connectionString: string;
  /** Kills it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same address, with its data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

export interface PostgresOptions {
  /** Off: faster, and a crash of the machine (not of Postgres alone) loses data. Default on. */
  readonly fsync?: boolean;
  /** Further settings of the server, such as `shared_buffers`; they come last and win. */
  readonly settings?: Readonly<Record<string, string>>;
}

const settings = (options: PostgresOptions): Record<string, string> => ({
  fsync: options.fsync === false ? 'off' : 'on',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  // Faster starts, less memory: tests neither need statistics workers' full pace nor parallel plans.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  ...options.settings,
});

/** Starts a private Postgres: in a container where a Docker engine answers, from binaries otherwise. */
export async function startPostgresServer(options: PostgresOptions = {}): Promise<PostgresServer> {
  return (await dockerReachable()) ? startContainer(options) : startOwn(options);
}

async function startOwn(options: PostgresOptions): Promise<PostgresServer> {
  const user = await postgresUser();
  const binaries = await findPostgresBinaries(user);
  if (binaries === null) {
    throw new Error('no Postgres for the tests: set DATABASE_URL, start Docker, or install postgresql (15 or newer)');
  }
  const server = await OwnServer.create('postgres', user);
  try {
    const data = join(server.folder, 'data');
    const password = randomBytes(12).toString('hex');
    const passwordFile = join(server.folder, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o644 });
    await server.run(join(binaries, 'initdb'), [
      ...['-D', data, '-U', 'everstep', '--auth=password', `--pwfile=${passwordFile}`],
      ...['--encoding=UTF8', '--locale=C', '--no-sync'],
    ]);
    await rm(passwordFile);
    return await runOwn(server, { binary: join(binaries, 'postgres'), data, password }, options);
  } catch (error) {
    await server.dispose('SIGKILL');
    throw error;
  }
}

async function runOwn(
  server: OwnServer,
  place: { binary: string; data: string; password: string },
  options: PostgresOptions,
): Promise<PostgresServer> {
  let port = 0;
  let connectionString = '';
  const start = (): Promise<void> =>
    server.start({
      file: place.binary,
      arguments: [
        ...['-D', place.data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'unix_socket_directories='],
        ...Object.entries(settings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      ready: (pid) => isOwn(connectionString, place.data, pid),
    });
  for (let attempt = 1; ; attempt += 1) {
    port = await freePort();
    connectionString = `postgres://everstep:${place.password}@127.0.0.1:${port}/postgres`;
    try {
      await start();
      break;
    } catch (error) {
      // Somebody may have taken the port in between.
      if (attempt === 3) throw error;
    }
  }
  return {
    connectionString,
    kill: async () => {
      await server.end('SIGQUIT');
    },
    start,
    dispose: () => server.dispose('SIGINT'),
  };
}

/** Two test runs once shared a port by accident: the server that answers must be the child with our data. */
async function isOwn(connectionString: string, data: string, pid: number): Promise<boolean> {
  const lock = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = lock.split('\n');
  if (lines[0] !== String(pid) || lines[7]?.trim() !== 'ready') return false;
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>('SHOW data_directory');
    if (answer.rows[0]?.data_directory !== data) throw new Error('another Postgres answers at our port');
    return true;
  } finally {
    await client.end();
  }
}

async function startContainer(options: PostgresOptions): Promise<PostgresServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const container = await new GenericContainer('postgres:18')
    .withEnvironment({ POSTGRES_USER: 'everstep', POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' })
    // A fixed port, because a published random one changes at a restart.
    .withExposedPorts({ container: 5432, host: port })
    .withCommand(Object.entries(settings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]))
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    .start();
  const connectionString = `postgres://everstep:${password}@${container.getHost()}:${port}/postgres`;
  return {
    connectionString,
    kill: async () => {
      await container.exec(['sh', '-c', 'kill -QUIT 1']).catch((error: unknown) => {
        // The container may be gone before it has answered; anything else shows at the next start.
        if (!(error instanceof Error)) throw error;
      });
    },
    start: async () => {
      await container.restart({ timeout: 5 });
      await answers(connectionString);
    },
    dispose: async () => {
      await container.stop();
    },
  };
}

async function answers(connectionString: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end();
    }
  }
}
