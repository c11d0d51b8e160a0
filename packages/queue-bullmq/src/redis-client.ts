import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@everstep/engine';
import type { Cluster, Redis } from 'ioredis';
import { type CommandOptions, openRedis } from './open-redis.ts';

/** A connection to Redis that mends itself for as long as it is not closed, and says why it is away. */
export class RedisClient {
  readonly redis: Redis | Cluster;
  #reason: string | null = 'not connected yet';
  /** Whether the log has the present outage. */
  #told = false;
  #closed = false;

  constructor(options: { redisUrl: string; name: string; logger: Logger; redis?: CommandOptions }) {
    const { name, logger } = options;
    const ready = (): void => {
      if (this.#told) logger.info({ connection: name }, 'Redis is back');
      this.#reason = null;
      this.#told = false;
    };
    this.redis = openRedis(options.redisUrl, {
      ...options.redis,
      on: {
        ready,
        error: (error) => this.#away(describeError(error), name, logger),
        close: () => this.#away('the connection to Redis is closed', name, logger),
        nodeAway: (node, error) => {
          if (this.#closed) return;
          const reason = describeError(error);
          logger.warn({ connection: name, node, reason }, 'a node of the Redis cluster is away');
        },
        nodeBack: (node) => logger.info({ connection: name, node }, 'a node of the Redis cluster is back'),
      },
    });
  }

  /** Why there is no connection; null: there is one. */
  get reason(): string | null {
    return this.redis.status === 'ready' ? null : (this.#reason ?? 'connecting to Redis');
  }

  get ready(): boolean {
    return this.redis.status === 'ready';
  }

  /** Resolves when the connection works, or once it is plain that it does not for now. */
  async attempted(): Promise<void> {
    if (this.redis.status !== 'connecting' && this.redis.status !== 'connect') return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.redis.off('ready', done);
        this.redis.off('close', done);
        resolve();
      };
      this.redis.on('ready', done);
      this.redis.on('close', done);
    });
  }

  close(): void {
    this.#closed = true;
    this.redis.disconnect();
  }

  #away(reason: string, name: string, logger: Logger): void {
    if (this.#closed) return;
    // A repeated failure to connect is one piece of news.
    if (!this.#told) logger.warn({ connection: name, reason }, 'Redis is away; hints wait or are lost');
    this.#told = true;
    if (this.#reason === null || reason !== 'the connection to Redis is closed') this.#reason = reason;
  }
}

/** The connection errors of Node carry an empty message when several addresses were tried. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join('; ');
  // Of a cluster without a single node that answers.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    return `${error.message} ${describeError(error.lastNodeError)}`;
  }
  return error.message || error.name;
}

/** Whether the promise settles within the time; its failure is the caller's, through `promise`. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  const controller = new AbortController();
  const timeout = delay(milliseconds, null, { signal: controller.signal, ref: false }).catch(() => null);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    controller.abort();
  }
}
