export interface BatcherOptions<Item, Result> {
  /** Writes a batch as one unit; results in its order. Its rejection is the rejection of every item in it. */
  readonly write: (batch: readonly Item[]) => Promise<readonly Result[]>;
  /** Rough bytes of an item. */
  readonly size: (item: Item) => number;
  readonly maxItems: number;
  readonly maxBytes: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
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
  #running: Promise<void> | null = null;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Items submitted and not yet answered by their batch's start. */
  get depth(): number {
    return this.#waiting.length;
  }

  async #run(): Promise<void> {
    // What the same turn of the event loop still submits belongs to the first batch.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      try {
        const results = await this.#options.write(batch.map((entry) => entry.item));
        batch.forEach((entry, index) => {
          const result = results[index];
          if (result === undefined) entry.reject(new Error('a batch was answered with too few results'));
          else entry.resolve(result);
        });
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    this.#running = null;
  }

  #take(): Waiting<Item, Result>[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.#waiting) {
      bytes += this.#options.size(entry.item);
      if (count > 0 && (bytes > this.#options.maxBytes || count >= this.#options.maxItems)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
