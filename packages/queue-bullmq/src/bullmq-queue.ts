import type { HintConsumer, HintQueue, Logger, QueueHealth, Subscription, Topic } from '@everstep/engine';
import { Channels } from './channels.ts';
import { HintFetcher } from './hint-fetcher.ts';
import { readHints } from './hint-jobs.ts';
import { HintSender } from './hint-sender.ts';
import { clusterOf } from './open-redis.ts';
import { type QueuePlace, queuePlaces } from './queue-places.ts';
import { describeError, RedisClient, within } from './redis-client.ts';

export interface BullmqQueueOptions {
  /** Of one server (`redis:`, `rediss:`), or of some nodes of a cluster: `redis+cluster://host:port,host:port…`. */
  readonly redisUrl: string;
  readonly logger: Logger;
  /** Of all keys and channels. Default `{everstep}`. */
  readonly prefix?: string;
  /** How many queues the lanes of the state machines are spread over; the same in every process. Default 8. */
  readonly queues?: number;
  /** How many hints wait here for Redis at most; further ones are dropped. Default 100,000. */
  readonly maxWaiting?: number;
}

const healthTimeoutMs = 1_000;
const closeTimeoutMs = 3_000;

/** Hints through BullMQ on Redis. Everything in Redis may be lost at any moment; only latency depends on it. */
export function createBullmqQueue(options: BullmqQueueOptions): HintQueue {
  return new BullmqQueue(options);
}

class BullmqQueue implements HintQueue {
  readonly #logger: Logger;
  readonly #redisUrl: string;
  readonly #prefix: string;
  readonly #queues: readonly QueuePlace[];
  readonly #sender: HintSender;
  readonly #channels: Channels;
  readonly #subscriptions = new Set<Subscription>();
  /** Own hints of this turn, by worker. */
  readonly #own = new Map<string, Set<string>>();
  /** Shared by all fetchers; made for the first, as many processes only send. */
  #fetching: RedisClient | null = null;
  #turn: NodeJS.Immediate | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: BullmqQueueOptions) {
    const { redisUrl, logger, prefix = '{everstep}', queues = 8, maxWaiting = 100_000 } = options;
    if (!Number.isInteger(queues) || queues < 1)
      throw new RangeError(`queues must be a positive integer, not ${queues}`);
    this.#logger = logger;
    this.#redisUrl = redisUrl;
    this.#prefix = prefix;
    this.#queues = queuePlaces(prefix, queues, clusterOf(redisUrl) !== null);
    this.#sender = new HintSender({ redisUrl, queues: this.#queues, maxWaiting, logger });
    this.#channels = new Channels({ redisUrl, publisher: this.#sender.client, logger });
  }

  send(executionIds: readonly string[]): void {
    this.#sender.send(executionIds);
  }

  sendToWorker(workerId: string, executionIds: readonly string[]): void {
    if (this.#closing !== null) return;
    const ids = this.#own.get(workerId) ?? new Set();
    this.#own.set(workerId, ids);
    for (const id of executionIds) ids.add(id);
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      for (const [worker, own] of this.#own) {
        const channel = this.#workerChannel(worker);
        this.#channels.publish(channel, JSON.stringify([...own]), { elsewhere: !this.#channels.hasHandlers(channel) });
      }
      this.#own.clear();
    });
  }

  async consume(consumer: HintConsumer): Promise<Subscription> {
    if (this.#closing !== null) throw new Error('the queue is closed');
    const own = await this.#channels.subscribe(this.#workerChannel(consumer.workerId), (text) => {
      const { executionIds, ignored } = readHints(JSON.parse(text));
      if (ignored > 0) this.#logger.warn({ ignored }, 'own hints carry what is no execution id; that is ignored');
      consumer.onOwnHints(executionIds);
    });
    this.#fetching ??= new RedisClient({ redisUrl: this.#redisUrl, name: 'fetcher', logger: this.#logger });
    const fetcher = new HintFetcher({
      consumer,
      connection: this.#fetching.redis,
      queues: this.#queues,
      logger: this.#logger,
    });
    const subscription = {
      close: async () => {
        this.#subscriptions.delete(subscription);
        await Promise.all([own.close(), fetcher.close()]);
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  announce(topic: Topic, payload: string): void {
    this.#channels.publish(this.#topicChannel(topic), payload);
  }

  async listen(topic: Topic, listener: (payload: string) => void): Promise<Subscription> {
    if (this.#closing !== null) throw new Error('the queue is closed');
    return this.#channels.subscribe(this.#topicChannel(topic), listener);
  }

  async health(): Promise<QueueHealth> {
    if (this.#closing !== null) return { healthy: false, reason: 'the queue is closed' };
    const clients = [this.#sender.client, this.#channels.client, ...(this.#fetching === null ? [] : [this.#fetching])];
    await within(healthTimeoutMs, Promise.all(clients.map((client) => client.attempted())));
    const away = clients.map(({ reason }) => reason).find((reason) => reason !== null) ?? null;
    if (away !== null) return this.#unhealthy(away);
    try {
      const depth = await within(healthTimeoutMs, this.#sender.depth());
      if (depth === null) return this.#unhealthy(`Redis did not answer within ${healthTimeoutMs} ms`);
      return { healthy: true, depth: depth + this.#sender.waiting };
    } catch (error) {
      return this.#unhealthy(describeError(error));
    }
  }

  /** Takes a few seconds at most, with or without Redis. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#turn !== null) clearImmediate(this.#turn);
    const ended = Promise.allSettled([
      this.#sender.close(),
      ...[...this.#subscriptions].map((subscription) => subscription.close()),
    ]);
    await within(closeTimeoutMs, ended);
    this.#channels.close();
    this.#sender.client.close();
    this.#fetching?.close();
  }

  #unhealthy(reason: string): QueueHealth {
    const dropped = this.#sender.dropped + this.#channels.dropped;
    const suffix = dropped > 0 ? ` (${dropped} messages dropped so far)` : '';
    return { healthy: false, depth: this.#sender.waiting, reason: reason + suffix };
  }

  #workerChannel(workerId: string): string {
    return `${this.#prefix}:worker:${workerId}`;
  }

  #topicChannel(topic: Topic): string {
    return `${this.#prefix}:topic:${topic}`;
  }
}
