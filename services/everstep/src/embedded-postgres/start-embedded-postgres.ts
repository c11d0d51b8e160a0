import { findBinaries } from './binaries.ts';
import { DATABASE_USER, ensureCluster, readPassword } from './cluster.ts';
import { locatePostgres, type PostgresLocation, prepareDataDirectory } from './location.ts';
import { connect, Ownership, type ServerAddress } from './owner.ts';
import { findServingPort, settlePrevious } from './previous.ts';
import { findRunAs, type RunAs } from './run-as.ts';
import { PostgresServer } from './server.ts';
import { whileStartingAlone } from './start-lock.ts';

const DATABASE = 'everstep';

export interface EmbeddedPostgresOptions {
  /** Everstep's data folder; made where it is missing. */
  readonly dataDirectory: string;
  /** Told when Postgres is gone for good. */
  readonly failed: (error: Error) => void;
  readonly warn: (message: string) => void;
}

/** A Postgres that this process owns: it ends with the process. */
export interface EmbeddedPostgres {
  readonly connectionString: string;
  readonly location: PostgresLocation;
  /** The user that Postgres runs as, where that is another one. */
  readonly user: RunAs | null;
  /** True where this start made the database. */
  readonly created: boolean;
  /** Tells the next start on this data folder where this process serves. */
  announce(endpoint: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the Postgres of a data folder. Throws StartError, with nothing touched, where a living Everstep serves the
 * folder; takes over from one that was killed.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDirectory = prepareDataDirectory(options.dataDirectory);
  const user = await findRunAs();
  return whileStartingAlone(dataDirectory, async () => {
    const location = await locatePostgres(dataDirectory, user);
    await settlePrevious(location);
    const binaries = await findBinaries(user);
    const created = await ensureCluster(location, binaries, user);
    const { failed, warn } = options;
    const password = readPassword(location);
    const server = await PostgresServer.start({
      location,
      binaries,
      user,
      databaseUser: DATABASE_USER,
      password,
      failed,
      warn,
    });
    const ownership = new Ownership(server.address, warn);
    try {
      await ownership.take();
      await ensureDatabase(server.address);
    } catch (error) {
      await ownership.close();
      await server.stop();
      throw error;
    }
    return {
      connectionString: connectionString(password, server.address.port),
      location,
      user,
      created,
      announce: (endpoint) => ownership.announce(endpoint),
      async stop() {
        await ownership.close();
        await server.stop();
      },
    };
  });
}

/** The database of a data folder that a living Everstep serves; null where none does. */
export async function findServedDatabase(dataDirectory: string): Promise<string | null> {
  const location = await locatePostgres(prepareDataDirectory(dataDirectory), await findRunAs());
  const port = await findServingPort(location);
  return port === null ? null : connectionString(readPassword(location), port);
}

function connectionString(password: string, port: number): string {
  return `postgres://${DATABASE_USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** Everstep's tables have a database of their own; the start that makes it may have been killed after initdb. */
async function ensureDatabase(address: ServerAddress): Promise<void> {
  const client = connect(address, 'everstep start');
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}
