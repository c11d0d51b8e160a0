import { FairQueue } from './fair-queue.ts';
import { laneOf } from './lane.ts';
import type { HintConsumer, Subscription } from './ports/hint-queue.ts';
import type { Logger } from './ports/logger.ts';

export interface HintDispatcherOptions {
  readonly logger: Logger;
  /** Called when the consumers together begin to have, or cease to have, capacity. */
  readonly onFreeChange?: (free: boolean) => void;
}

interface Place {
  readonly consumer: HintConsumer;
  /** Hints handed over whose `onHints` has not resolved. */
  handing: number;
  readonly calls: Set<Promise<void>>;
}

const maxPending = 100_000;
const maxPerCall = 200;
const capacityPollMs = 10;

/**
 * The last step of a hint for queues that deliver inside this process (queue-local, queue-postgres): a coalescing set
 * of ids, handed to the process's consumers in turn as they have capacity, the lanes of the state machines in turns. What
 * lies beyond its bound is dropped: a lost hint costs latency only.
 */
export class HintDispatcher {
  readonly #logger: Logger;
  readonly #onFreeChange: (free: boolean) => void;
  readonly #pending = new FairQueue<string>();
  readonly #places: Place[] = [];
  #next = 0;
  #turn: NodeJS.Immediate | null = null;
  #poll: NodeJS.Timeout | null = null;
  #free = false;
  #dropped = 0;

  constructor(options: HintDispatcherOptions) {
    this.#logger = options.logger;
    this.#onFreeChange = options.onFreeChange ?? (() => undefined);
  }

  /** Hints waiting for a consumer with capacity. */
  get depth(): number {
    return this.#pending.size;
  }

  get dropped(): number {
    return this.#dropped;
  }

  get hasConsumers(): boolean {
    return this.#places.length > 0;
  }

  get workerIds(): string[] {
    return this.#places.map(({ consumer }) => consumer.workerId);
  }

  offer(executionIds: readonly string[]): void {
    for (const id of executionIds) {
      if (this.#pending.size < maxPending) this.#pending.add(laneOf(id), id);
      else this.#dropped += 1;
    }
    this.#schedule();
  }

  /** Takes back what no consumer has got, to send it elsewhere. */
  takePending(): string[] {
    return this.#pending.take(this.#pending.size);
  }

  /** Whether a consumer of that name is here; it is told after the caller's turn. */
  offerOwn(workerId: string, executionIds: readonly string[]): boolean {
    const place = this.#places.find(({ consumer }) => consumer.workerId === workerId);
    if (place === undefined) return false;
    setImmediate(() => {
      if (!this.#places.includes(place)) return;
      try {
        place.consumer.onOwnHints(executionIds);
      } catch (error) {
        this.#logger.error({ err: error, workerId }, 'a consumer failed to take hints of its own channel');
      }
    });
    return true;
  }

  add(consumer: HintConsumer): Subscription {
    const place: Place = { consumer, handing: 0, calls: new Set() };
    this.#places.push(place);
    this.#schedule();
    return {
      close: async () => {
        const index = this.#places.indexOf(place);
        if (index >= 0) this.#places.splice(index, 1);
        this.#watchFree();
        // "Nothing more is delivered" includes that what was handed over has been taken.
        await Promise.allSettled(place.calls);
      },
    };
  }

  async close(): Promise<void> {
    if (this.#turn !== null) clearImmediate(this.#turn);
    if (this.#poll !== null) clearTimeout(this.#poll);
    const places = this.#places.splice(0);
    this.takePending();
    await Promise.allSettled(places.flatMap(({ calls }) => [...calls]));
  }

  #schedule(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#pending.size > 0) {
      const place = this.#nextFree();
      if (place === null) break;
      const free = place.consumer.capacity() - place.handing;
      // A fair share, so that the first of several consumers does not take all.
      const share = Math.ceil(this.#pending.size / this.#places.length);
      this.#hand(place, this.#pending.take(Math.min(free, share, maxPerCall)));
    }
    this.#watchFree();
    // The port has no signal for regained capacity, so it is asked for again while anything depends on it.
    if (this.#places.length > 0 && (this.#pending.size > 0 || !this.#free)) {
      this.#poll ??= setTimeout(() => {
        this.#poll = null;
        this.#dispatch();
      }, capacityPollMs).unref();
    }
  }

  #nextFree(): Place | null {
    for (let tried = 0; tried < this.#places.length; tried += 1) {
      this.#next = (this.#next + 1) % this.#places.length;
      const place = this.#places[this.#next];
      if (place !== undefined && place.consumer.capacity() - place.handing > 0) return place;
    }
    return null;
  }

  #hand(place: Place, executionIds: readonly string[]): void {
    place.handing += executionIds.length;
    const call = this.#deliver(place.consumer, executionIds).finally(() => {
      place.handing -= executionIds.length;
      place.calls.delete(call);
      if (this.#pending.size > 0) this.#schedule();
    });
    place.calls.add(call);
  }

  async #deliver(consumer: HintConsumer, executionIds: readonly string[]): Promise<void> {
    try {
      await consumer.onHints(executionIds);
    } catch (error) {
      this.#logger.error({ err: error, workerId: consumer.workerId }, 'a consumer failed to take hints; they are lost');
    }
  }

  #watchFree(): void {
    const free = this.#places.some((place) => place.consumer.capacity() - place.handing > 0);
    if (free === this.#free) return;
    this.#free = free;
    this.#onFreeChange(free);
  }
}
