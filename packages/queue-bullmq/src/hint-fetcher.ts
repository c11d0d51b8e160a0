import { setTimeout as delay } from 'node:timers/promises';
import type { HintConsumer, Logger, Subscription } from '@everstep/engine';
import type { Cluster, Redis } from 'ioredis';
import { type FetchedJob, HeldHints } from './held-hints.ts';
import { readHints } from './hint-jobs.ts';
import { HintWorker } from './hint-worker.ts';
import type { QueuePlace } from './queue-places.ts';
import { describeError, within } from './redis-client.ts';
import { Turns } from './turns.ts';

const blockSeconds = 5;
/** A claim takes milliseconds. A job fetched by a process that then died is offered again after these two. */
const lockMs = 5_000;
const stalledIntervalMs = 5_000;
const capacityPollMs = 10;
const firstBackoffMs = 50;
const maxBackoffMs = 2_000;
const closeTimeoutMs = 2_000;
const maxBatch = 128;
const smallBatch = 2;
/** At once, whatever they carry. */
const maxJobs = 32;

/**
 * Fetches hints for one consumer: one loop per queue, all in step with the consumer's capacity, of which the queues with
 * hints get their shares in turns. A job may carry more than there is room for: the rest waits here for the next share,
 * and is offered to others if that takes so long that the job's lock lapses. Jobs are fetched by hand rather than by BullMQ's own loop, because that one fetches as fast as it can, whether or not there is room.
 */
export class HintFetcher implements Subscription {
  readonly #consumer: HintConsumer;
  readonly #logger: Logger;
  readonly #workers: readonly HintWorker[];
  readonly #loops: readonly Promise<void>[];
  readonly #connection: Redis | Cluster;
  readonly #taking = new Set<Promise<void>>();
  readonly #turns: Turns;
  /** Ids fetched that the consumer does not count yet. */
  #handing = 0;
  #tokens = 0;
  /** Jobs that carried something else than ids. */
  #ignored = 0;
  #closed = false;

  constructor(options: {
    consumer: HintConsumer;
    connection: Redis | Cluster;
    queues: readonly QueuePlace[];
    logger: Logger;
  }) {
    this.#consumer = options.consumer;
    this.#logger = options.logger;
    this.#connection = options.connection;
    this.#turns = new Turns(() => this.#consumer.capacity() - this.#handing);
    this.#workers = options.queues.map(({ name, prefix }) => {
      const worker = new HintWorker(name, null, {
        connection: options.connection,
        prefix,
        autorun: false,
        drainDelay: blockSeconds,
        lockDuration: lockMs,
        stalledInterval: stalledIntervalMs,
        // A hint may be offered any number of times; only taking it ends it.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        // Whatever the job itself says of it: who put it there may have been somebody else.
        removeOnComplete: { count: 0 },
      });
      worker.on('error', (error) =>
        options.logger.debug({ err: error, queue: name }, 'the hint queue reported an error'),
      );
      return worker;
    });
    this.#loops = this.#workers.map((worker) => this.#loop(worker));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#turns.close();
    // By force: loops that wait for a hint are cut off. What is being handed over is still taken, and what was fetched
    // is given back; without Redis the loops cannot do that and end whenever it returns.
    const loops = this.#connection.status === 'ready' ? this.#loops : [];
    const closing = this.#workers.map((worker) => worker.close(true));
    const ended = Promise.allSettled([...closing, ...loops, ...this.#taking]);
    if ((await within(closeTimeoutMs, ended)) === null) {
      this.#logger.warn({ workerId: this.#consumer.workerId }, 'hints were still being handed over at the close');
    }
  }

  async #loop(worker: HintWorker): Promise<void> {
    let backoffMs = firstBackoffMs;
    /** How many hints are wanted at once: many while there are many; few script calls while there are few. 0: none are known of. */
    let batch = 0;
    const held = new HeldHints();
    worker.startStalledCheckTimer().catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'hints of dead processes are not looked for');
    });
    while (!this.#closed) {
      try {
        if (held.size > 0) await this.#deliver(held, await this.#turns.take(held.size));
        else if (batch === 0) batch = (await this.#waitForFirst(worker, held)) ? smallBatch : 0;
        else {
          const share = await this.#turns.take(batch);
          const fetched = share === 0 ? 0 : await this.#fetch(worker, held, share);
          if (fetched === 0) batch = 0;
          else if (fetched >= batch) batch = Math.min(batch * 2, maxBatch);
          await this.#deliver(held, share);
        }
        backoffMs = firstBackoffMs;
      } catch (error) {
        if (this.#closed) break;
        this.#logger.warn({ reason: describeError(error), retryMs: backoffMs }, 'hints could not be fetched');
        await delay(backoffMs, undefined, { ref: false });
        backoffMs = Math.min(backoffMs * 2, maxBackoffMs);
      }
    }
    await Promise.all(held.takeJobs().map((job) => this.#giveBack(job)));
  }

  /** Waits until the queue has a job, and fetches it; answers whether there may be more. */
  async #waitForFirst(worker: HintWorker, held: HeldHints): Promise<boolean> {
    if (this.#turns.room <= 0) {
      await delay(capacityPollMs, undefined, { ref: false });
      return false;
    }
    const first = await this.#next(worker, true);
    if (first === null) return false;
    // While it waited, other hints may have filled the worker: then this one goes to whoever has a turn first.
    if (this.#closed || this.#turns.room <= 0) await this.#giveBack(first);
    else this.#hold(held, first);
    return true;
  }

  /** Answers how many hints it has got: more than the share where the last job carries more. */
  async #fetch(worker: HintWorker, held: HeldHints, share: number): Promise<number> {
    try {
      const jobs = Math.min(maxJobs, Math.max(1, Math.floor(share / held.usualPerJob)));
      const fetched = await Promise.all(Array.from({ length: jobs }, () => this.#next(worker, false)));
      for (const job of fetched) if (job !== null) this.#hold(held, job);
      return held.size;
    } catch (error) {
      this.#turns.giveBack(share);
      throw error;
    }
  }

  /** A job without a single id is completed with those of the next share. */
  #hold(held: HeldHints, job: FetchedJob): void {
    const { executionIds, ignored } = readHints(job.data);
    held.add(job, executionIds);
    if (ignored === 0) return;
    this.#ignored += 1;
    // The first, the second, the fourth …: a release that writes what this one cannot read must not fill the log.
    if (!Number.isInteger(Math.log2(this.#ignored))) return;
    this.#logger.warn(
      { queue: job.queueName, jobId: job.id, job: job.name, ignored, jobsSoFar: this.#ignored },
      'a job of the hint queue carries what is no execution id; that is ignored',
    );
  }

  async #next(worker: HintWorker, block: boolean): Promise<FetchedJob | null> {
    this.#tokens += 1;
    const job: FetchedJob | undefined = await worker.getNextJob(`${this.#consumer.workerId}:${this.#tokens}`, {
      block,
    });
    return job ?? null;
  }

  /** Hands over the share; what is held beyond it waits for the next one. */
  async #deliver(held: HeldHints, share: number): Promise<void> {
    const { executionIds, emptied } = held.take(share);
    this.#handing += executionIds.length;
    this.#turns.giveBack(share);
    try {
      if (!this.#closed && executionIds.length > 0) await this.#take(executionIds);
    } catch (error) {
      const { workerId } = this.#consumer;
      this.#logger.error({ err: error, workerId }, 'a consumer failed to take hints; they are lost');
    } finally {
      this.#handing -= executionIds.length;
    }
    await Promise.all(emptied.map((job) => (this.#closed ? this.#giveBack(job) : this.#complete(job))));
  }

  async #take(executionIds: readonly string[]): Promise<void> {
    const taken = this.#consumer.onHints(executionIds);
    this.#taking.add(taken);
    try {
      await taken;
    } finally {
      this.#taking.delete(taken);
    }
  }

  async #complete(job: FetchedJob): Promise<void> {
    try {
      await job.moveToCompleted('', job.token ?? '', false);
    } catch (error) {
      // Its lock has lapsed or Redis was emptied meanwhile: somebody else gets it once more, or nobody.
      this.#logger.debug({ reason: describeError(error) }, 'a hint could not be completed');
    }
  }

  async #giveBack(job: FetchedJob): Promise<void> {
    try {
      await job.moveToWait(job.token);
    } catch (error) {
      this.#logger.debug({ reason: describeError(error) }, 'a hint could not be given back; it is offered again later');
    }
  }
}
