/** What the heap sorts: the earliest `wakeAt` first, equal ones in the order of `sequence`. */
export interface Sleeper {
  wakeAt: number | null;
  readonly sequence: number;
  /** Its place in the heap, kept by the heap; -1 where it is not in it. */
  heapIndex: number;
}

/** A binary heap of unowned runs by wake_at, from which any run can be taken or moved in logarithmic time. */
export class WakeHeap<Entry extends Sleeper> {
  readonly #entries: Entry[] = [];

  get first(): Entry | undefined {
    return this.#entries[0];
  }

  /** Puts the entry where its `wakeAt` belongs; one without a `wakeAt` is not kept. */
  place(entry: Entry): void {
    this.remove(entry);
    if (entry.wakeAt === null) return;
    entry.heapIndex = this.#entries.length;
    this.#entries.push(entry);
    this.#rise(entry);
  }

  remove(entry: Entry): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
  }

  /** The first entries with `wakeAt` at or before the time, earliest first, without taking them out. */
  due(time: number, limit: number): Entry[] {
    const found: Entry[] = [];
    while (found.length < limit) {
      const first = this.#entries[0];
      if (first === undefined || wakeTime(first) > time) break;
      found.push(first);
      this.remove(first);
    }
    for (const entry of found) this.place(entry);
    return found;
  }

  #rise(entry: Entry): void {
    let index = entry.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#entries[parentIndex];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(entry, index);
  }

  #sink(entry: Entry): void {
    let index = entry.heapIndex;
    for (;;) {
      const left = this.#entries[2 * index + 1];
      const right = this.#entries[2 * index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || !isBefore(child, entry)) break;
      const childIndex = child.heapIndex;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(entry, index);
  }

  #put(entry: Entry, index: number): void {
    this.#entries[index] = entry;
    entry.heapIndex = index;
  }
}

function wakeTime(entry: Sleeper): number {
  return entry.wakeAt ?? Number.POSITIVE_INFINITY;
}

function isBefore(left: Sleeper, right: Sleeper): boolean {
  const leftTime = wakeTime(left);
  const rightTime = wakeTime(right);
  return leftTime === rightTime ? left.sequence < right.sequence : leftTime < rightTime;
}
