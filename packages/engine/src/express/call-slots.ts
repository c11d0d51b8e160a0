/** Lets so many things happen at once; the others wait in order. */
export class CallSlots {
  readonly #limit: number;
  readonly #waiting: Array<() => void> = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** null: nobody wanted it any more when its turn came, so it was not performed. */
  async use<Result>(signal: AbortSignal, perform: () => Promise<Result>): Promise<Result | null> {
    if (this.#taken < this.#limit) this.#taken++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return signal.aborted ? null : await perform();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }
}
