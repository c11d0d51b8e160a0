import { setTimeout as delay } from 'node:timers/promises';

const capacityPollMs = 10;

/**
 * Shares a worker's room among the queues it fetches from: those that have hints stand in a row, and whoever has fetched
 * goes to its end. However many hints one queue holds, the others have their turn after it.
 */
export class Turns {
  readonly #room: () => number;
  readonly #row: Array<(share: number) => void> = [];
  #granted = 0;
  #polling = false;
  #closed = false;

  /** `room`: how many more hints the worker wants now, without regard to what has been granted here. */
  constructor(room: () => number) {
    this.#room = room;
  }

  /** What is free for others. */
  get room(): number {
    return this.#room() - this.#granted;
  }

  /** Waits for a turn; answers a share of the room of at least one and at most `most`, or 0 after the close. */
  async take(most: number): Promise<number> {
    if (this.#closed) return 0;
    const share = new Promise<number>((resolve) => {
      this.#row.push((room) => {
        const granted = Math.max(1, Math.min(most, Math.ceil(room / (this.#row.length + 1))));
        this.#granted += granted;
        resolve(granted);
      });
    });
    void this.#serve();
    return share;
  }

  /** Gives back what was granted, once it is counted elsewhere or was not used. */
  giveBack(share: number): void {
    this.#granted -= share;
  }

  close(): void {
    this.#closed = true;
    for (const grant of this.#row.splice(0)) grant(0);
  }

  /** The port has no signal for regained capacity, so it is asked for again while anybody waits for it. */
  async #serve(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    // Queues that ask in one turn of the event loop share what there is.
    await Promise.resolve();
    while (this.#row.length > 0) {
      if (this.room > 0) this.#row.shift()?.(this.room);
      else await delay(capacityPollMs, undefined, { ref: false });
    }
    this.#polling = false;
  }
}
