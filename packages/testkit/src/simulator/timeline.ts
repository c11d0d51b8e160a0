import { eachSettled } from './settled.ts';

/** Something that happens at a moment of virtual time. */
export interface Entry {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

/**
 * Virtual time: entries happen one after the other, in the order of their moments and, within one, of their making.
 * What an entry sets off in promises is over before the next one happens.
 */
export class Timeline {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(startAt: number) {
    this.#now = startAt;
  }

  get now(): number {
    return this.#now;
  }

  /** How many entries have been made. */
  get made(): number {
    return this.#order;
  }

  after(milliseconds: number, run: () => void): Entry {
    const entry: Entry = { at: this.#now + Math.max(0, milliseconds), order: this.#order, run };
    this.#order += 1;
    this.#rise(entry);
    return entry;
  }

  cancel(entry: Entry): void {
    entry.run = null;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }

  /** Lets time pass until `done` says so or the moment `until` has come. */
  run(until: number, done: () => boolean): Promise<void> {
    return eachSettled(() => !done() && this.#step(until));
  }

  /** Whether there was another entry. */
  #step(until: number): boolean {
    for (;;) {
      const entry = this.#heap[0];
      if (entry === undefined || entry.at > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#removeFirst();
      if (entry.run === null) continue;
      this.#now = entry.at;
      entry.run();
      return true;
    }
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const rightIsFirst = left !== undefined && right !== undefined && isBefore(right, left);
      const child = rightIsFirst ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (rightIsFirst ? 2 : 1);
    }
    heap[index] = last;
  }
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at;
}
