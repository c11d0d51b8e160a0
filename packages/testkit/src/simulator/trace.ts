import { hash } from './chance.ts';
import type { Timeline } from './timeline.ts';

/** What happened, as lines for people, and as one number that says whether two runs were the same. */
export class Trace {
  readonly #timeline: Timeline;
  readonly #startAt: number;
  readonly lines: string[] = [];
  #hash = 0;
  /** Without it nothing is noted: noting costs time. */
  readonly on: boolean;

  constructor(timeline: Timeline, on: boolean) {
    this.#timeline = timeline;
    this.#startAt = timeline.now;
    this.on = on;
  }

  get hash(): number {
    return this.#hash;
  }

  /** `who` is a process, the store, the queue or a person. */
  note(who: string, what: string): void {
    if (!this.on) return;
    const seconds = ((this.#timeline.now - this.#startAt) / 1000).toFixed(3).padStart(8);
    const line = `${seconds} ${who.padEnd(7)} ${what}`;
    this.#hash = hash(line, this.#hash);
    this.lines.push(line);
  }
}
