import { BacklogFullError } from '@everstep/engine';

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface GathererOptions<Request, Answer> {
  /** Answers in the order of the batch. */
  readonly run: (batch: readonly Request[]) => Promise<readonly Answer[]>;
  readonly maxBatch: number;
  /** Requests that may wait; who comes beyond is refused with BacklogFullError. */
  readonly maxWaiting: number;
  /** Batches under way at once: one that waits for a lock does not hold up everybody. */
  readonly maxInFlight: number;
}

/** Gathers what many callers ask at the same time into batches; who comes alone does not wait. */
export class Gatherer<Request, Answer> {
  readonly #options: GathererOptions<Request, Answer>;
  readonly #waiting: Array<Waiting<Request, Answer>> = [];
  #inFlight = 0;

  constructor(options: GathererOptions<Request, Answer>) {
    this.#options = options;
  }

  ask(request: Request): Promise<Answer> {
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.reject(new BacklogFullError());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      // What the same turn of the event loop still asks travels with it.
      if (this.#inFlight < this.#options.maxInFlight) queueMicrotask(() => this.#next());
    });
  }

  #next(): void {
    const { maxInFlight, maxBatch } = this.#options;
    if (this.#inFlight >= maxInFlight || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, maxBatch);
    this.#inFlight++;
    void this.#run(batch).finally(() => {
      this.#inFlight--;
      this.#next();
    });
  }

  async #run(batch: ReadonlyArray<Waiting<Request, Answer>>): Promise<void> {
    try {
      const answers = await this.#options.run(batch.map((entry) => entry.request));
      batch.forEach((entry, index) => {
        const answer = answers[index];
        if (answer === undefined) entry.reject(new Error('store-postgres: a batch got too few answers'));
        else entry.resolve(answer);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }
}
