import { laneOf, type Logger } from '@everstep/engine';
import { Queue } from 'bullmq';
import { hintJobs, hintsOfJob } from './hint-jobs.ts';
import type { QueuePlace } from './queue-places.ts';
import { describeError, RedisClient } from './redis-client.ts';

const commandTimeoutMs = 5_000;
const retryMs = 250;
const maxPerBulk = 1_000;
/** Of a queue's jobs, so many are asked for how many hints they carry. */
const countedJobs = 500;

/**
 * Turns hints into jobs. Whatever Redis does, a caller only adds ids to a set; they are written in bulk, once per turn
 * of the event loop at most, and the next bulk starts when the last has returned. While Redis is away they wait, up to
 * a bound; beyond it they are dropped and counted.
 */
export class HintSender {
  readonly client: RedisClient;
  readonly #logger: Logger;
  readonly #queues: readonly Queue<string | string[]>[];
  readonly #maxWaiting: number;
  readonly #pending = new Set<string>();
  #turn: NodeJS.Immediate | null = null;
  #retry: NodeJS.Timeout | null = null;
  #sending: Promise<void> | null = null;
  #dropped = 0;
  #closed = false;

  constructor(options: {
    redisUrl: string;
    queues: readonly QueuePlace[];
    maxWaiting: number;
    logger: Logger;
  }) {
    const { redisUrl, logger } = options;
    this.#logger = logger;
    this.#maxWaiting = options.maxWaiting;
    this.client = new RedisClient({
      redisUrl,
      name: 'sender',
      logger,
      // A command without a connection fails at once; nothing waits inside the client, where nothing bounds it.
      redis: { waitForConnection: false, commandTimeoutMs },
    });
    this.#queues = options.queues.map(({ name, prefix }) => {
      const queue = new Queue<string | string[]>(name, {
        connection: this.client.redis,
        prefix,
        skipVersionCheck: true,
        // Nobody reads BullMQ's event stream here.
        streams: { events: { maxLen: 10 } },
      });
      queue.on('error', (error) => logger.debug({ err: error, queue: name }, 'the hint queue reported an error'));
      return queue;
    });
    this.client.redis.on('ready', () => this.#schedule());
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** Hints not yet in Redis. */
  get waiting(): number {
    return this.#pending.size;
  }

  send(executionIds: readonly string[]): void {
    if (this.#closed) return;
    for (const id of executionIds) {
      if (this.#pending.size < this.#maxWaiting) this.#pending.add(id);
      else this.#dropped += 1;
    }
    this.#schedule();
  }

  /** Hints in Redis that no consumer has fetched; in a long queue as many a job as in those that are next. */
  async depth(): Promise<number> {
    const depths = await Promise.all(
      this.#queues.map(async (queue) => {
        const { wait: jobs = 0 } = await queue.getJobCounts('wait');
        const next = jobs === 0 ? [] : await queue.getRanges(['wait'], 0, countedJobs - 1, true);
        if (next.length === 0) return 0;
        const hints = next.reduce((sum, jobId) => sum + hintsOfJob(jobId), 0);
        return next.length < countedJobs ? hints : Math.round((hints / next.length) * jobs);
      }),
    );
    return depths.reduce((sum, depth) => sum + depth, 0);
  }

  async close(): Promise<void> {
    if (this.#turn !== null) clearImmediate(this.#turn);
    // What was sent in this very turn still goes out, where Redis is there.
    await this.#flush();
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    await Promise.allSettled(this.#queues.map((queue) => queue.close()));
    this.client.close();
  }

  #schedule(): void {
    if (this.#closed || this.#sending !== null) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      void this.#flush();
    });
  }

  #flush(): Promise<void> {
    this.#sending ??= this.#sendPending().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #sendPending(): Promise<void> {
    while (this.client.ready && this.#pending.size > 0) {
      const batch = this.#takeBatch();
      const outcomes = await Promise.all(
        batch.map(async ([queue, ids]) => {
          try {
            await queue.addBulk(hintJobs(ids));
            return true;
          } catch (error) {
            this.#logger.debug({ reason: describeError(error) }, 'hints were not written; they are tried again');
            this.send(ids);
            return false;
          }
        }),
      );
      if (outcomes.includes(false)) {
        this.#tryLater();
        return;
      }
    }
  }

  #takeBatch(): Array<[Queue<string | string[]>, string[]]> {
    const byQueue = new Map<Queue<string | string[]>, string[]>();
    let taken = 0;
    for (const id of this.#pending) {
      if (taken >= maxPerBulk) break;
      taken += 1;
      this.#pending.delete(id);
      const queue = this.#queues[laneOf(id) % this.#queues.length];
      if (queue === undefined) throw new Error('a lane lies outside of the queues');
      const ids = byQueue.get(queue);
      if (ids === undefined) byQueue.set(queue, [id]);
      else ids.push(id);
    }
    return [...byQueue];
  }

  #tryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#schedule();
    }, retryMs).unref();
  }
}
