/** Items wait in lanes, in the order of their coming; the lanes have their turns. An item that waits already is not added again. */
export class FairQueue<Item> {
  /** The lanes with items, the next in turn first. */
  readonly #lanes = new Map<number, Set<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(lane: number, item: Item): void {
    const items = this.#lanes.get(lane);
    if (items === undefined) {
      this.#lanes.set(lane, new Set([item]));
      this.#size += 1;
      return;
    }
    const before = items.size;
    items.add(item);
    this.#size += items.size - before;
  }

  delete(lane: number, item: Item): void {
    const items = this.#lanes.get(lane);
    if (items === undefined || !items.delete(item)) return;
    this.#size -= 1;
    if (items.size === 0) this.#lanes.delete(lane);
  }

  /** The next item, or undefined. Its lane goes to the end of the row. */
  shift(): Item | undefined {
    for (const [lane, items] of this.#lanes) {
      this.#lanes.delete(lane);
      for (const item of items) {
        items.delete(item);
        this.#size -= 1;
        if (items.size > 0) this.#lanes.set(lane, items);
        return item;
      }
    }
    return undefined;
  }

  /** Up to so many, the lanes in turns. */
  take(count: number): Item[] {
    const taken: Item[] = [];
    while (taken.length < count) {
      const item = this.shift();
      if (item === undefined) break;
      taken.push(item);
    }
    return taken;
  }
}
