import type { HintConsumer, HintQueue, Logger, QueueHealth, Subscription, Topic } from '@everstep/engine';
import { HintDispatcher } from '@everstep/engine';

/** Hints inside one process: the all-in-one server without Redis, and tests. Nothing leaves the process. */
export function createLocalQueue(options: { logger: Logger }): HintQueue {
  return new LocalQueue(options.logger);
}

class LocalQueue implements HintQueue {
  readonly #logger: Logger;
  readonly #dispatcher: HintDispatcher;
  readonly #listeners = new Map<Topic, Set<(payload: string) => void>>();
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.#dispatcher = new HintDispatcher({ logger });
  }

  send(executionIds: readonly string[]): void {
    if (!this.#closed) this.#dispatcher.offer(executionIds);
  }

  sendToWorker(workerId: string, executionIds: readonly string[]): void {
    if (!this.#closed) this.#dispatcher.offerOwn(workerId, executionIds);
  }

  async consume(consumer: HintConsumer): Promise<Subscription> {
    if (this.#closed) throw new Error('the queue is closed');
    return this.#dispatcher.add(consumer);
  }

  announce(topic: Topic, payload: string): void {
    setImmediate(() => {
      for (const listener of this.#listeners.get(topic) ?? []) {
        try {
          listener(payload);
        } catch (error) {
          this.#logger.error({ err: error, topic }, 'a listener failed');
        }
      }
    });
  }

  async listen(topic: Topic, listener: (payload: string) => void): Promise<Subscription> {
    if (this.#closed) throw new Error('the queue is closed');
    // A function of its own, so that the same listener may listen twice.
    const entry = (payload: string): void => listener(payload);
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(entry));
    return {
      close: async () => {
        listeners.delete(entry);
      },
    };
  }

  async health(): Promise<QueueHealth> {
    return this.#closed
      ? { healthy: false, reason: 'the queue is closed' }
      : { healthy: true, depth: this.#dispatcher.depth };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await this.#dispatcher.close();
  }
}
