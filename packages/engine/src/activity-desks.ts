import { ApiError } from '@everstep/protocol';
import type { Cancel, Clock } from './ports/clock.ts';
import type { HintQueue } from './ports/hint-queue.ts';
import type { Logger } from './ports/logger.ts';

/** Announcements may be lost: where somebody waits, the desk looks this often by itself, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
/** Tasks that one desk takes at once while there are plenty. */
const MAX_TAKES = 16;

/** One poller: what it takes with, and how it is answered. */
export interface Poller<Task> {
  readonly activityArn: string;
  /** Aborted when the poller goes away. */
  readonly signal: AbortSignal;
  /** How long it waits, in milliseconds. */
  readonly waitMs: number;
  /** Looks for a task and takes it; null: there is none. */
  readonly take: () => Promise<Task | null>;
}

interface Waiting<Task> {
  readonly poller: Poller<Task>;
  readonly resolve: (task: Task | null) => void;
  readonly reject: (error: unknown) => void;
  /** It went away, or its time passed, while a task was looked for. */
  over: boolean;
}

export interface ActivityDesksOptions {
  readonly hints: HintQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Pollers that wait for one activity in this process. */
  readonly maxPollers: number;
}

/**
 * Where the pollers of this process wait: one desk an activity, which looks for all of them. A poller costs a place in a
 * list and a timer, so that thousands may wait; what the store is asked while nothing happens does not depend on how
 * many they are.
 */
export class ActivityDesks<Task> {
  readonly #options: ActivityDesksOptions;
  readonly #desks = new Map<string, Desk<Task>>();
  #listening: Promise<unknown> | null = null;

  constructor(options: ActivityDesksOptions) {
    this.#options = options;
  }

  /** How many wait for an activity. */
  waiting(activityArn: string): number {
    return this.#desks.get(activityArn)?.size ?? 0;
  }

  /**
   * A task, or null when none came in time or the poller has gone. In the order of arrival.
   * Errors: ActivityWorkerLimitExceeded; what the poller's own `take` throws.
   */
  async wait(poller: Poller<Task>): Promise<Task | null> {
    // Listening starts before the first look, so that nothing announced in between is missed.
    await this.#listen();
    if (poller.signal.aborted) return null;
    const { clock, maxPollers } = this.#options;
    const { activityArn } = poller;
    if (this.waiting(activityArn) >= maxPollers) {
      const message = `The maximum number of workers concurrently polling for activity tasks has been reached: '${activityArn}'`;
      throw new ApiError('ActivityWorkerLimitExceeded', message);
    }
    let desk = this.#desks.get(activityArn);
    if (desk === undefined) {
      desk = new Desk<Task>(clock, () => this.#desks.delete(activityArn));
      this.#desks.set(activityArn, desk);
    }
    return desk.wait(poller);
  }

  /** Once a process, for as long as its queue is open. */
  async #listen(): Promise<void> {
    this.#listening ??= this.#options.hints.listen('activity', (activityArn) => this.#desks.get(activityArn)?.ring());
    try {
      await this.#listening;
    } catch (error) {
      // The desks look by themselves too; the next poller tries to listen again.
      this.#listening = null;
      this.#options.logger.warn({ err: error }, 'pollers do not hear of new tasks at once');
    }
  }
}

/** The pollers of one activity, from the first that comes to the last that goes. */
class Desk<Task> {
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #waiting = new Set<Waiting<Task>>();
  /** Those for whom a look is under way. */
  readonly #served = new Set<Waiting<Task>>();
  #looking = false;
  #rung = false;
  #cancelLook: Cancel | null = null;

  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  get size(): number {
    return this.#waiting.size;
  }

  wait(poller: Poller<Task>): Promise<Task | null> {
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.size === 0;
      const leave = (): void => {
        // A task that is being taken for it is its own; it is answered with that.
        if (this.#served.has(waiting)) waiting.over = true;
        else end(() => resolve(null));
      };
      const cancel = this.#clock.at(this.#clock.now() + poller.waitMs, leave);
      const end = (answer: () => void): void => {
        cancel();
        poller.signal.removeEventListener('abort', leave);
        this.#waiting.delete(waiting);
        answer();
        if (this.#waiting.size === 0) this.#close();
      };
      const waiting: Waiting<Task> = {
        poller,
        resolve: (task) => end(() => resolve(task)),
        reject: (error) => end(() => reject(error)),
        over: false,
      };
      poller.signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiting);
      if (isFirst) this.ring();
    });
  }

  /** There may be a task. */
  ring(): void {
    this.#rung = true;
    if (this.#looking) return;
    this.#looking = true;
    void this.#look();
  }

  #close(): void {
    this.#cancelLook?.();
    this.#cancelLook = null;
    this.#onEmpty();
  }

  /** Looks for as long as it is rung; then once in a while. Never rejects: errors go to the poller served. */
  async #look(): Promise<void> {
    while (this.#rung && this.#waiting.size > 0) {
      this.#rung = false;
      this.#cancelLook?.();
      await this.#handOut();
    }
    this.#rung = false;
    this.#looking = false;
    if (this.#waiting.size === 0) return;
    this.#cancelLook = this.#clock.at(this.#clock.now() + LOOK_EVERY_MS, () => this.ring());
  }

  /** Takes tasks for pollers in turn: one first, several at once while every look finds one. */
  async #handOut(): Promise<void> {
    for (let width = 1; ; width = Math.min(width * 2, MAX_TAKES)) {
      const next = first(this.#waiting, width);
      if (next.length === 0) return;
      const found = await Promise.all(next.map((waiting) => this.#serve(waiting)));
      if (found.includes(false)) return;
    }
  }

  /** Whether there was a task. */
  async #serve(waiting: Waiting<Task>): Promise<boolean> {
    this.#served.add(waiting);
    try {
      const task = await waiting.poller.take();
      this.#served.delete(waiting);
      if (task === null && !waiting.over) return false;
      waiting.resolve(task);
      return task !== null;
    } catch (error) {
      this.#served.delete(waiting);
      waiting.reject(error);
      return false;
    }
  }
}

function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const found: Item[] = [];
  for (const item of items) {
    if (found.length === count) break;
    found.push(item);
  }
  return found;
}
