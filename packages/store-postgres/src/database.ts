import { StoreUnavailableError, type Logger } from '@everstep/engine';
import pg from 'pg';
import { Availability } from './availability.ts';
import { drizzle, type NodePgDatabase } from './drizzle.ts';
import {
  errorKind,
  nothingHappened,
  perhapsHappened,
  PoolExhaustedError,
  spoilsConnection,
  waitedInVain,
} from './errors.ts';
import { Transaction } from './transaction.ts';
import { type Statement, statement, type Value } from './statement.ts';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** How long a connection attempt, or the wait for a free connection, may take, in milliseconds. */
  readonly connectMs: number;
  readonly applicationName: string;
  readonly logger: Logger;
  readonly onNotice: (notice: { severity?: string | undefined; message?: string | undefined }) => void;
}

/** How long the server works on one statement, and how long it waits for a client that froze inside a transaction. */
const STATEMENT_MS = 30_000;
const IDLE_IN_TRANSACTION_MS = 10_000;
/** A statement without an answer for so long has lost its server. */
const ANSWER_MS = STATEMENT_MS + 5_000;
const ATTEMPTS = 10;
const BIGINT_OID = 20;

// Every hot statement finds its rows by an index, whatever the statistics say at the moment: a plan is made once per
// connection, and a table that was empty then must not be scanned from end to end for ever after.
const pinPlans = statement(
  'pin_plans',
  `select set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),
    set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false),
    set_config('jit', 'off', false)`,
);

/** The pool, and how a verb runs on it: one statement, or one transaction, with the driver's errors made the port's. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #cold: NodePgDatabase;
  readonly logger: Logger;
  readonly availability: Availability;

  constructor(options: DatabaseOptions) {
    this.logger = options.logger;
    this.availability = new Availability(options.logger);
    const types = new pg.TypeOverrides();
    types.setTypeParser(BIGINT_OID, Number);
    this.#pool = new pg.Pool({
      connectionString: options.connectionString,
      max: options.poolSize,
      application_name: options.applicationName,
      connectionTimeoutMillis: options.connectMs,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      // Statements that do not wait for each other's answers travel together.
      pipeline: true,
      types,
    });
    // The pool replaces it. Where the database is away, whoever asks next is told, and the log once.
    this.#pool.on('error', (err) => this.logger.debug({ err }, 'an idle database connection broke'));
    this.#pool.on('connect', (client) => {
      // A client in use that breaks between two statements says so here; its next statement fails.
      client.on('error', (err) => this.logger.debug({ err }, 'a database connection broke'));
      client.on('notice', options.onNotice);
      client.query({ name: pinPlans.name, text: pinPlans.text }).catch((err: unknown) => {
        this.logger.debug({ err }, 'a new database connection could not be set up');
      });
    });
    this.#cold = drizzle(this.#pool);
  }

  /** Connections to the server, and requests that wait for a free one. */
  get connections(): { readonly open: number; readonly idle: number; readonly waiting: number; readonly most: number } {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { open: totalCount, idle: idleCount, waiting: waitingCount, most: options.max };
  }

  /** One statement that only reads. */
  async read<Row extends object>(query: Statement<Row>, values: readonly Value[] = []): Promise<Row[]> {
    return this.#single(query, values, nothingHappened);
  }

  /** One statement that writes, committed by itself. */
  async write<Row extends object>(query: Statement<Row>, values: readonly Value[] = []): Promise<Row[]> {
    return this.#single(query, values, perhapsHappened);
  }

  /** A read through drizzle. */
  async cold<Result>(read: (database: NodePgDatabase) => Promise<Result>): Promise<Result> {
    return this.#watch(async () => {
      try {
        return await read(this.#cold);
      } catch (error) {
        throw nothingHappened(error);
      }
    });
  }

  /**
   * One transaction, READ COMMITTED: `body` ends it with `commit` or `rollback`. It runs again, from its beginning,
   * after a deadlock or a serialization failure.
   */
  async transaction<Result>(body: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return this.#watchAgain(async () => {
      const client = await this.#connect();
      const transaction = new Transaction(client);
      try {
        const result = await body(transaction);
        await transaction.close();
        client.release();
        return result;
      } catch (error) {
        client.release(await transaction.abandon(error));
        throw transaction.translate(error);
      }
    });
  }

  /** A client for statements that come one after another, for duties that are not in a hurry. */
  async withClient<Result>(body: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return this.#watch(async () => {
      const client = await this.#connect();
      try {
        const result = await body(client);
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw nothingHappened(error);
      }
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #single<Row extends object>(
    query: Statement<Row>,
    values: readonly Value[],
    translate: (error: unknown) => unknown,
  ): Promise<Row[]> {
    return this.#watchAgain(async () => {
      const client = await this.#connect();
      try {
        const rows = await runOn(client, query, values);
        client.release();
        return rows;
      } catch (error) {
        client.release(spoilsConnection(error));
        throw errorKind(error) === 'retry' ? error : translate(error);
      }
    });
  }

  /** Every verb goes through here: what it met is what is known of the database. */
  async #watch<Result>(verb: () => Promise<Result>): Promise<Result> {
    try {
      const result = await verb();
      this.availability.served();
      return result;
    } catch (error) {
      this.availability.failed(error);
      throw error;
    }
  }

  #watchAgain<Result>(attempt: () => Promise<Result>): Promise<Result> {
    return this.#watch(() => this.#again(attempt));
  }

  async #again<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let count = 1; ; count++) {
      try {
        return await attempt();
      } catch (error) {
        if (errorKind(error) !== 'retry' || error instanceof StoreUnavailableError) throw error;
        if (count === ATTEMPTS) throw nothingHappened(error);
        this.logger.debug({ err: error, count }, 'a transaction is run again');
        // Two that met once must not meet in step again.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * count));
      }
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      const busy = waitedInVain(error) ? this.busyPool() : null;
      throw nothingHappened(busy === null ? error : new PoolExhaustedError(busy, { cause: error }));
    }
  }

  /** Why nobody gets a connection, though the server may well serve; null: that is not why. */
  busyPool(): string | null {
    const { open, idle, most } = this.connections;
    return open >= most && idle === 0 ? `all ${most} connections of this process to the database are busy` : null;
  }
}

async function runOn<Row extends object>(
  client: pg.ClientBase,
  query: Statement<Row>,
  values: readonly Value[],
): Promise<Row[]> {
  const result = await client.query<Row>({ name: query.name, text: query.text, values: [...values] });
  return result.rows;
}
