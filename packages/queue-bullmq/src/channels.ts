import { randomBytes } from 'node:crypto';
import type { Logger, Subscription } from '@everstep/engine';
import { describeError, RedisClient, within } from './redis-client.ts';

type Handler = (text: string) => void;

const subscribeTimeoutMs = 2_000;

/**
 * Redis pub/sub: the workers' own channels and the topics. Nothing is kept for anybody: who is not there hears nothing.
 * Handlers in this process are told directly, with or without Redis.
 */
export class Channels {
  readonly client: RedisClient;
  readonly #publisher: RedisClient;
  readonly #logger: Logger;
  readonly #origin = randomBytes(8).toString('hex');
  readonly #handlers = new Map<string, Set<Handler>>();
  #dropped = 0;
  #closed = false;

  constructor(options: { redisUrl: string; publisher: RedisClient; logger: Logger }) {
    this.#publisher = options.publisher;
    this.#logger = options.logger;
    this.client = new RedisClient({
      redisUrl: options.redisUrl,
      name: 'subscriber',
      logger: options.logger,
    });
    this.client.redis.on('message', (channel: string, message: string) => {
      // Our own come back too; they have been told already.
      if (!message.startsWith(this.#origin)) this.#tell(channel, message.slice(this.#origin.length));
    });
  }

  /** Messages that found Redis away. */
  get dropped(): number {
    return this.#dropped;
  }

  /** `elsewhere: false` where nobody outside of this process can be meant. */
  publish(channel: string, text: string, reach: { elsewhere: boolean } = { elsewhere: true }): void {
    if (this.#closed) return;
    if (this.#handlers.has(channel)) setImmediate(() => this.#tell(channel, text));
    if (!reach.elsewhere) return;
    if (!this.#publisher.ready) {
      this.#dropped += 1;
      return;
    }
    this.#publisher.redis.publish(channel, this.#origin + text).catch((error: unknown) => {
      this.#dropped += 1;
      this.#logger.debug({ channel, reason: describeError(error) }, 'a message was lost');
    });
  }

  hasHandlers(channel: string): boolean {
    return this.#handlers.has(channel);
  }

  /** Where Redis is away it resolves all the same; the subscription is made once Redis is there. */
  async subscribe(channel: string, handler: Handler): Promise<Subscription> {
    const entry: Handler = (text) => handler(text);
    const handlers = this.#handlers.get(channel) ?? new Set<Handler>();
    const isFirst = handlers.size === 0;
    this.#handlers.set(channel, handlers.add(entry));
    if (isFirst) await this.#send('subscribe', channel);
    return {
      close: async () => {
        if (!handlers.delete(entry) || handlers.size > 0) return;
        this.#handlers.delete(channel);
        await this.#send('unsubscribe', channel);
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#handlers.clear();
    this.client.close();
  }

  async #send(verb: 'subscribe' | 'unsubscribe', channel: string): Promise<void> {
    const asked = this.client.redis[verb](channel).then(
      () => null,
      (error: unknown) => {
        if (!this.#closed) this.#logger.warn({ channel, reason: describeError(error) }, `could not ${verb}`);
        return null;
      },
    );
    await this.client.attempted();
    // Away: the client keeps the request and sends it when it is connected.
    if (this.client.ready) await within(subscribeTimeoutMs, asked);
  }

  #tell(channel: string, text: string): void {
    for (const handler of this.#handlers.get(channel) ?? []) {
      try {
        handler(text);
      } catch (error) {
        this.#logger.error({ err: error, channel }, 'a listener failed');
      }
    }
  }
}
