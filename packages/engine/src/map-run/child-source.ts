import { type MapRunPlan, type MapRunWork, StatesError, jsonText, plannedItem } from '@everstep/language';
import type { Logger } from '../ports/logger.ts';
import { type ItemStorage, ItemStorageError } from '../ports/item-storage.ts';
import type { NumberedItems } from './map-run-state.ts';

/** A child that may begin. */
export interface NextChild extends NumberedItems {
  /** JSON text. */
  readonly input: string;
}

/** Why a Map Run fails. */
export interface MapRunFailure {
  readonly error: string;
  readonly cause: string;
}

export interface ChildSourceOptions {
  readonly plan: MapRunPlan;
  readonly work: MapRunWork;
  readonly storage: ItemStorage | undefined;
  readonly mapRunArn: string;
  readonly logger: Logger;
  /** There may be more to take. */
  readonly onMore: () => void;
}

/** What is read ahead: enough that nobody waits, and little memory. */
const AHEAD_CHILDREN = 1_000;
const AHEAD_CHARACTERS = 2_000_000;
/** Items of a plan that are prepared before others have their turn. */
const ITEMS_A_TURN = 200;

/**
 * The children of a Map Run in the order of their items, from any child on. It reads ahead within bounds, holds nothing
 * else, and can be closed whenever nobody takes: it goes on where it stood.
 */
export class ChildSource {
  readonly #options: ChildSourceOptions;
  #ready: NextChild[] = [];
  #readyFrom = 0;
  #readyCharacters = 0;
  /** Where reading is. */
  #index: number;
  #item: number;
  #ended = false;
  #failure: MapRunFailure | null = null;
  #reading: AbortController | null = null;
  #resume: (() => void) | null = null;

  constructor(from: { readonly index: number; readonly item: number }, options: ChildSourceOptions) {
    this.#options = options;
    this.#index = from.index;
    this.#item = from.item;
  }

  /** The next child; `wait`: `onMore` will be called; `end`: there is none. */
  take(): NextChild | MapRunFailure | 'wait' | 'end' {
    const next = this.#ready[this.#readyFrom];
    if (next === undefined) {
      if (this.#failure !== null) return this.#failure;
      if (this.#ended) return 'end';
      this.#read();
      return 'wait';
    }
    this.#readyFrom += 1;
    this.#readyCharacters -= next.input.length;
    if (this.#readyFrom * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyFrom);
      this.#readyFrom = 0;
      if (this.#hasRoom()) this.#resume?.();
    }
    return next;
  }

  /** Nobody takes for a while: a dataset is not held open. */
  pause(): void {
    this.#reading?.abort();
    this.#reading = null;
    this.#resume?.();
    this.#resume = null;
  }

  /** Nothing more will come of it. */
  get isOver(): boolean {
    return this.#ready.length === this.#readyFrom && (this.#ended || this.#failure !== null);
  }

  get isReading(): boolean {
    return this.#reading !== null;
  }

  #hasRoom(): boolean {
    return this.#ready.length - this.#readyFrom < AHEAD_CHILDREN && this.#readyCharacters < AHEAD_CHARACTERS;
  }

  #read(): void {
    if (this.#reading !== null) return;
    const reading = new AbortController();
    this.#reading = reading;
    void this.#fill(reading.signal).then(
      () => this.#finish(reading, null),
      (error: unknown) => this.#finish(reading, error),
    );
  }

  #finish(reading: AbortController, error: unknown): void {
    if (reading.signal.aborted) return;
    this.#reading = null;
    if (error === null) this.#ended = true;
    else this.#failure = this.#failureOf(error);
    this.#options.onMore();
  }

  #failureOf(error: unknown): MapRunFailure {
    if (error instanceof ItemStorageError) return { error: error.error, cause: error.message };
    if (error instanceof StatesError) return { error: error.error, cause: error.detail };
    const { logger, mapRunArn } = this.#options;
    logger.error({ err: error, mapRunArn }, 'the items of a Map Run could not be read');
    const cause = error instanceof Error ? error.message : String(error);
    return { error: 'States.ItemReaderFailed', cause };
  }

  async #fill(signal: AbortSignal): Promise<void> {
    const { work } = this.#options;
    const batches = work.batches();
    let item = this.#item;
    for await (const { value, source } of this.#items(signal)) {
      if (signal.aborted) return;
      if (batches === null) await this.#push({ input: work.inputText(item, value, source), items: 1 }, signal);
      else {
        const full = batches.add(work.input(item, value, source));
        if (full !== null) await this.#push({ input: jsonText(full.input), items: full.count }, signal);
      }
      item += 1;
    }
    const last = batches?.flush() ?? null;
    if (last !== null) await this.#push({ input: jsonText(last.input), items: last.count }, signal);
  }

  async #push(child: { readonly input: string; readonly items: number }, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#ready.push({ index: this.#index, firstItem: this.#item, ...child });
    this.#readyCharacters += child.input.length;
    this.#index += 1;
    this.#item += child.items;
    if (this.#ready.length - this.#readyFrom === 1) this.#options.onMore();
    if (!this.#hasRoom()) {
      this.#options.onMore();
      await new Promise<void>((resolve) => (this.#resume = resolve));
    }
  }

  #items(signal: AbortSignal): AsyncIterable<{ readonly value: string; readonly source?: string }> {
    const { plan, work, storage, mapRunArn } = this.#options;
    if (plan.items !== null) return plannedItems(plan, plan.items.length, this.#item);
    const reader = work.reader();
    if (reader === null || reader.resource === null || storage === undefined) {
      throw new StatesError('States.ItemReaderFailed', 'No storage for datasets is configured on this installation.');
    }
    return storage.readItems({
      resource: reader.resource,
      parameters: reader.parameters,
      readerConfig: reader.config,
      roleArn: null,
      mapRunArn,
      skip: this.#item,
      signal,
    });
  }
}

async function* plannedItems(
  plan: MapRunPlan,
  total: number,
  from: number,
): AsyncGenerator<{ readonly value: string }> {
  for (let index = from; index < total; index++) {
    if ((index - from) % ITEMS_A_TURN === ITEMS_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    yield { value: plannedItem(plan, index) };
  }
}
