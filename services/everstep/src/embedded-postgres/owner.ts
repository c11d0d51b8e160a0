import { Client, DatabaseError } from 'pg';
import { messageOf } from '../start-error.ts';
import { isAlive, pause } from './processes.ts';

/**
 * Who serves a database is who holds this session lock: it ends with its connection, so it ends with the process, however
 * that died. "evrs" and "ownr" in ASCII.
 */
const LOCK = [0x65767273, 0x6f776e72] as const;
const RECONNECT_MS = 250;
/** How long a dead owner's connection may outlive it. */
const AFTERLIFE_MS = 5_000;

/** How to reach the server's maintenance database. */
export interface ServerAddress {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export function connect(address: ServerAddress, applicationName: string, database = 'postgres'): Client {
  return new Client({
    host: '127.0.0.1',
    port: address.port,
    user: address.user,
    password: address.password,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
}

/** True while a server starts, stops or recovers: it will answer, or be gone, soon. */
export function isPassing(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '57P03';
}

export interface Owner {
  readonly pid: number | null;
  readonly endpoint: string | null;
}

/** The living Everstep that serves this database; null where its former one is dead. */
export async function findOwner(address: ServerAddress): Promise<Owner | null> {
  const client = connect(address, 'everstep start');
  client.on('error', () => undefined);
  await client.connect();
  try {
    const deadline = performance.now() + AFTERLIFE_MS;
    for (;;) {
      if (await tryLock(client)) return null;
      const owner = await readOwner(client);
      const dead = owner.pid !== null && !isAlive(owner.pid);
      if (!dead || performance.now() > deadline) return owner;
      await pause(50);
    }
  } finally {
    await client.end();
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS locked', [...LOCK]);
  return rows[0]?.locked === true;
}

async function readOwner(client: Client): Promise<Owner> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT activity.application_name AS name
       FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
      WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid = $1 AND locks.objid = $2`,
    [...LOCK],
  );
  const found = /^everstep pid (\d+)(?: at (\S+))?$/.exec(rows[0]?.name ?? '');
  return { pid: found?.[1] === undefined ? null : Number(found[1]), endpoint: found?.[2] ?? null };
}

/** Holds the lock, and takes it again when the database was restarted under it. */
export class Ownership {
  readonly #address: ServerAddress;
  readonly #warn: (message: string) => void;
  #name = `everstep pid ${process.pid}`;
  #client: Client | null = null;
  #closed = false;

  constructor(address: ServerAddress, warn: (message: string) => void) {
    this.#address = address;
    this.#warn = warn;
  }

  /** Throws where somebody else holds the lock. */
  async take(): Promise<void> {
    const client = connect(this.#address, this.#name);
    client.on('error', (error) =>
      this.#warn(`the connection that marks the database as owned broke: ${error.message}`),
    );
    await client.connect();
    if (!(await tryLock(client))) {
      await client.end();
      throw new Error('another Everstep serves this database');
    }
    this.#client = client;
    client.on('end', () => void this.#takeAgain());
  }

  /** Tells the next start where this process serves. */
  async announce(endpoint: string): Promise<void> {
    this.#name = `everstep pid ${process.pid} at ${endpoint}`;
    await this.#client?.query(`SELECT set_config('application_name', $1, false)`, [this.#name]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = null;
    await client?.end();
  }

  async #takeAgain(): Promise<void> {
    this.#client = null;
    while (!this.#closed) {
      try {
        await this.take();
        return;
      } catch (error) {
        this.#warn(`the database could not be marked as owned again: ${messageOf(error)}`);
        await pause(RECONNECT_MS);
      }
    }
  }
}
