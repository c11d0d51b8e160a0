import { OutcomeUnknownError } from '@everstep/engine';
import type pg from 'pg';
import { databaseError, errorKind, nothingHappened, spoilsConnection } from './errors.ts';
import type { QueryRunner, Statement, Value } from './statement.ts';

/**
 * A transaction whose statements are sent at once and answered in order: BEGIN travels with the first of them, COMMIT
 * with the last. A statement sent after one that failed is refused by the server, and so is the COMMIT.
 */
export class Transaction implements QueryRunner {
  readonly #client: pg.PoolClient;
  #state: 'new' | 'open' | 'committing' | 'closed' = 'new';
  #sent: Array<Promise<unknown>> = [];
  #gathering = false;
  #begin = 'begin';
  /** The first statement that failed; those behind it only fail because of it. */
  #failure: { readonly error: unknown } | null = null;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  /**
   * None of its statements waits longer for a lock, in milliseconds: it fails then, with SQLSTATE 55P03. Before the first
   * statement; it travels with BEGIN, as an answer of its own would cost more than all the rest of it.
   */
  limitLockWaits(milliseconds: number): void {
    if (this.#state !== 'new') throw new Error('store-postgres: a transaction limits its waits before it begins');
    this.#begin = `begin; set local lock_timeout = ${milliseconds}`;
  }

  /** Sends a statement behind those sent before; resolves with its rows. */
  send<Row extends object>(query: Statement<Row>, values: readonly Value[]): Promise<Row[]> {
    this.#gather();
    if (this.#state === 'new') {
      this.#state = 'open';
      this.#watch(this.#client.query(this.#begin));
    }
    const answer = this.#client
      .query<Row>({ name: query.name, text: query.text, values: [...values] })
      .then((result) => result.rows);
    this.#watch(answer);
    return answer;
  }

  /** Sends COMMIT behind everything sent, and waits for all of it. */
  async commit(): Promise<void> {
    if (this.#state === 'new') return;
    this.#state = 'committing';
    this.#gather();
    const [answer] = await Promise.allSettled([this.#client.query('commit'), ...this.#sent]);
    if (this.#failure !== null && errorKind(this.#failure.error) !== 'lost') throw this.#failure.error;
    if (answer.status === 'rejected') throw answer.reason;
    if (answer.value.command !== 'COMMIT') {
      throw new Error(`store-postgres: a transaction without a failed statement ended with ${answer.value.command}`);
    }
    this.#state = 'closed';
  }

  async rollback(): Promise<void> {
    if (this.#state === 'new') return;
    await Promise.allSettled(this.#sent);
    if (this.#failure !== null) throw this.#failure.error;
    await this.#client.query('rollback');
    this.#state = 'closed';
  }

  /** A body that neither committed nor rolled back has forgotten to. */
  async close(): Promise<void> {
    if (this.#state === 'open') throw new Error('store-postgres: a transaction was neither committed nor rolled back');
  }

  /** After an error: leaves the client clean, or answers true: it must not serve again. */
  async abandon(error: unknown): Promise<boolean> {
    await Promise.allSettled(this.#sent);
    const cause = this.#failure?.error ?? error;
    if (spoilsConnection(cause) || spoilsConnection(error)) return true;
    try {
      await this.#client.query('rollback');
      return false;
    } catch {
      // The connection is given up, which rolls back as well; the error that led here is thrown by the caller.
      return true;
    }
  }

  /** What the caller of the verb is told. */
  translate(error: unknown): unknown {
    const cause = this.#failure?.error ?? error;
    const kind = errorKind(cause);
    if (kind === 'retry') return cause;
    // The server answers in order: what ended the session before COMMIT had its turn has not let it come to that.
    const known = this.#failure !== null && databaseError(this.#failure.error) !== null;
    if (this.#state === 'committing' && !known && (kind === 'lost' || errorKind(error) === 'lost')) {
      return new OutcomeUnknownError({ cause });
    }
    return nothingHappened(cause);
  }

  /** What is sent in one turn of the event loop leaves in one write: a system call costs more than the statement's text. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  #watch(answer: Promise<unknown>): void {
    const watched = answer.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    this.#sent.push(watched);
  }
}
