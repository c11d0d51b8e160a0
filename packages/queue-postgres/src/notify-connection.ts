import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@everstep/engine';
import pg from 'pg';

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

export interface NotifyConnectionOptions {
  readonly connectionString: string;
  readonly logger: Logger;
  onNotification(notification: Notification): void;
  /** Connected, and listening on everything asked for. */
  onConnected(): void;
  onDisconnected(): void;
}

const connectTimeoutMs = 5_000;
const statementTimeoutMs = 5_000;
const closeTimeoutMs = 2_000;
const firstBackoffMs = 50;
const maxBackoffMs = 1_000;
/** Beyond this many waiting messages the newest are dropped. */
const maxWaiting = 20_000;
const maxPerStatement = 500;
const notifyStatement =
  'SELECT count(pg_notify(channel, payload)) FROM unnest($1::text[], $2::text[]) AS message(channel, payload)';

/** A channel name Postgres takes (63 bytes at most), whatever the parts are. */
export function channelName(prefix: string, ...parts: readonly string[]): string {
  const name = [prefix, ...parts].join('_');
  if (Buffer.byteLength(name) <= 63) return name;
  return `${prefix}_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/**
 * One dedicated connection for LISTEN and NOTIFY that mends itself. Messages wait for the statement before theirs, or
 * for a connection that is being made; while the database is away they are dropped and counted, as a hint that comes
 * late is worth no more than none.
 */
export class NotifyConnection {
  readonly #options: NotifyConnectionOptions;
  readonly #channels = new Map<string, number>();
  #client: pg.Client | null = null;
  #connecting: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #backoffMs = firstBackoffMs;
  #waiting: Notification[] = [];
  #turn: NodeJS.Immediate | null = null;
  #flushing: Promise<void> | null = null;
  #last: Promise<void> = Promise.resolve();
  #closed = false;
  #dropped = 0;
  #reason: string | null = 'not connected yet';
  /** Whether the log has the present outage. */
  #told = false;

  constructor(options: NotifyConnectionOptions) {
    this.#options = options;
    this.#connecting = this.#connect();
  }

  /** Why there is no connection; null: there is one. */
  get reason(): string | null {
    return this.#reason;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves once the attempt to connect that is under way has ended, well or not. */
  async attempted(): Promise<void> {
    await this.#connecting;
  }

  notify(channel: string, payload: string): void {
    const away = this.#client === null && this.#connecting === null;
    if (away || this.#waiting.length >= maxWaiting) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push({ channel, payload });
    this.#schedule();
  }

  /** Listens now, and again after every reconnection. Where the database is away, it resolves at once. */
  async listen(channel: string): Promise<void> {
    const count = this.#channels.get(channel) ?? 0;
    this.#channels.set(channel, count + 1);
    await this.#connecting;
    if (count === 0) await this.#run(`LISTEN ${pg.escapeIdentifier(channel)}`);
  }

  async unlisten(channel: string): Promise<void> {
    const count = this.#channels.get(channel) ?? 0;
    if (count > 1) {
      this.#channels.set(channel, count - 1);
      return;
    }
    this.#channels.delete(channel);
    await this.#run(`UNLISTEN ${pg.escapeIdentifier(channel)}`);
  }

  /** Throws where the database does not answer. */
  async ping(): Promise<void> {
    if (this.#client === null) throw new Error(this.#reason ?? 'not connected');
    await this.#query(this.#client, 'SELECT 1');
  }

  /** Finds out whether the connection still works, and makes a new one where it does not. */
  async probe(): Promise<void> {
    await this.#run('SELECT 1');
  }

  /** Takes at most `closeTimeoutMs`. */
  async close(): Promise<void> {
    await Promise.race([this.#close(), delay(closeTimeoutMs, undefined, { ref: false })]);
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#reason = 'the queue is closed';
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#turn !== null) clearImmediate(this.#turn);
    // What was said last (that this process leaves) should still be heard.
    await this.#flush();
    const client = this.#client;
    this.#client = null;
    if (client === null) return;
    await client.end().catch((error: unknown) => {
      this.#options.logger.debug({ err: error }, 'the connection for notifications did not end in order');
    });
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: 'everstep-hints',
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs,
      keepAlive: true,
    });
    client.on('error', (error) => this.#lose(client, error));
    client.on('end', () => this.#lose(client, new Error('the connection ended')));
    client.on('notification', ({ channel, payload }) => {
      if (!this.#closed) this.#options.onNotification({ channel, payload: payload ?? '' });
    });
    try {
      await client.connect();
      // A NOTIFY writes a commit record; nobody needs to wait for it to reach the disk.
      await client.query('SET synchronous_commit = off');
      const channels = [...this.#channels.keys()];
      if (channels.length > 0) {
        await client.query(channels.map((channel) => `LISTEN ${pg.escapeIdentifier(channel)}`).join('; '));
      }
      if (this.#closed) {
        await client.end();
        return;
      }
      this.#client = client;
      this.#reason = null;
      if (this.#told) this.#options.logger.info({}, 'the connection for notifications is back');
      this.#told = false;
      this.#backoffMs = firstBackoffMs;
      this.#connecting = null;
      this.#options.onConnected();
      this.#schedule();
    } catch (error) {
      this.#fail(client, error);
    }
  }

  #lose(client: pg.Client, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#options.onDisconnected();
    this.#fail(client, error);
  }

  #fail(client: pg.Client, error: unknown): void {
    this.#connecting = null;
    this.#dropped += this.#waiting.length;
    this.#waiting = [];
    client.end().catch((ending: unknown) => {
      this.#options.logger.debug({ err: ending }, 'a broken connection did not end in order');
    });
    if (this.#closed) return;
    this.#reason = error instanceof Error ? error.message || error.name : String(error);
    // A repeated failure to connect is one piece of news.
    const { logger } = this.#options;
    if (!this.#told) logger.warn({ err: error }, 'no connection for notifications; hints are lost');
    this.#told = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(
      () => {
        this.#retry = null;
        this.#connecting = this.#connect();
      },
      this.#backoffMs * (0.5 + Math.random() / 2),
    );
    this.#retry.unref();
    this.#backoffMs = Math.min(this.#backoffMs * 2, maxBackoffMs);
  }

  #schedule(): void {
    if (this.#flushing !== null) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      void this.#flush();
    });
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#sendWaiting().finally(() => {
      this.#flushing = null;
    });
    return this.#flushing;
  }

  async #sendWaiting(): Promise<void> {
    while (this.#client !== null && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxPerStatement);
      await this.#run(notifyStatement, [batch.map(({ channel }) => channel), batch.map(({ payload }) => payload)]);
    }
  }

  /** A failure makes a new connection: whatever broke one statement may break all that follow. */
  async #run(text: string, values: readonly string[][] = []): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    try {
      await this.#query(client, text, values);
    } catch (error) {
      this.#lose(client, error);
    }
  }

  /** One statement at a time, as pg wants it. */
  async #query(client: pg.Client, text: string, values: readonly string[][] = []): Promise<void> {
    const before = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    await before;
    try {
      await client.query(text, [...values]);
    } finally {
      done.resolve();
    }
  }
}
