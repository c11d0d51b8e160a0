import { BacklogFullError } from './ports/store.ts';

export interface BatcherOptions<Item, Result> {
  /** Writes a batch as one unit; results in its order. Its rejection is the rejection of every item in it. */
  readonly write: (batch: readonly Item[]) => Promise<readonly Result[]>;
  /** Rough bytes of an item. */
  readonly size: (item: Item) => number;
  readonly maxItems: number;
  readonly maxBytes: number;
  /** Bytes that may wait for a batch, by `size`; what comes beyond is refused with BacklogFullError. No bound where absent. */
  readonly maxWaitingBytes?: number;
}

interface Waiting<Item, Result> {
  /** Made when its batch is gathered, and kept if it did not fit into that one. */
  readonly make: () => Item;
  made: { readonly item: Item; readonly bytes: number } | null;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: one batch is under way at a time, and everything that arrives meanwhile forms the next one. At low load
 * an item waits for nobody; at high load hundreds share one transaction.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | null = null;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  submit(item: Item): Promise<Result> {
    const { size, maxWaitingBytes = Number.POSITIVE_INFINITY } = this.#options;
    const bytes = size(item);
    // Who comes alone is always served, however large it is.
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > maxWaitingBytes) {
      return Promise.reject(new BacklogFullError());
    }
    return this.#enqueue(() => item, { item, bytes });
  }

  /** The item is made only when its batch is gathered: what waits is no larger than what it is made of. */
  submitLater(make: () => Item): Promise<Result> {
    return this.#enqueue(make, null);
  }

  /** Items submitted and not yet in a batch. */
  get depth(): number {
    return this.#waiting.length;
  }

  #enqueue(make: () => Item, made: Waiting<Item, Result>['made']): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waitingBytes += made?.bytes ?? 0;
      this.#waiting.push({ make, made, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // What the same turn of the event loop still submits belongs to the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      if (batch.length > 0) await this.#write(batch);
    }
    this.#running = null;
  }

  async #write(batch: ReadonlyArray<{ readonly entry: Waiting<Item, Result>; readonly item: Item }>): Promise<void> {
    try {
      const results = await this.#options.write(batch.map(({ item }) => item));
      batch.forEach(({ entry }, index) => {
        const result = results[index];
        if (result === undefined) entry.reject(new Error('a batch was answered with too few results'));
        else entry.resolve(result);
      });
    } catch (error) {
      for (const { entry } of batch) entry.reject(error);
    }
  }

  #take(): Array<{ entry: Waiting<Item, Result>; item: Item }> {
    const { maxBytes, maxItems } = this.#options;
    const batch: Array<{ entry: Waiting<Item, Result>; item: Item }> = [];
    let bytes = 0;
    let seen = 0;
    for (const entry of this.#waiting) {
      if (batch.length >= maxItems) break;
      const made = this.#make(entry);
      if (made !== null) {
        if (batch.length > 0 && bytes + made.bytes > maxBytes) break;
        bytes += made.bytes;
        this.#waitingBytes -= made.bytes;
        batch.push({ entry, item: made.item });
      }
      seen += 1;
    }
    this.#waiting.splice(0, seen);
    return batch;
  }

  /** null: it could not be made, and whoever submitted it has been told. */
  #make(entry: Waiting<Item, Result>): { item: Item; bytes: number } | null {
    if (entry.made !== null) return entry.made;
    try {
      const item = entry.make();
      const bytes = this.#options.size(item);
      this.#waitingBytes += bytes;
      entry.made = { item, bytes };
      return entry.made;
    } catch (error) {
      entry.reject(error);
      return null;
    }
  }
}
