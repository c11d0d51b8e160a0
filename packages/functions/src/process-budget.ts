/** An idle process that may make room. */
export interface IdleProcess {
  /** Ends it; its place is given back when it is gone. */
  evict(): void;
}

/** How many processes all functions of a host may have together. One that is idle makes room, the longest idle first. */
export class ProcessBudget {
  readonly #most: number;
  readonly #idle = new Set<IdleProcess>();
  readonly #waiting: Array<() => void> = [];
  #used = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room. */
  async take(): Promise<void> {
    if (this.#used < this.#most) {
      this.#used += 1;
      return;
    }
    const [oldest] = this.#idle;
    if (oldest !== undefined) {
      this.#idle.delete(oldest);
      oldest.evict();
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A process is gone: its place goes to whoever waits longest. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }

  /** A process has nothing to do; where somebody waits for room, it makes some at once. */
  addIdle(process: IdleProcess): void {
    if (this.#waiting.length > 0) process.evict();
    else this.#idle.add(process);
  }

  removeIdle(process: IdleProcess): void {
    this.#idle.delete(process);
  }
}
