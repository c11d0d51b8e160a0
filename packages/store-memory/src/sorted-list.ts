/** Values in ascending order. Values that arrive in order, as starts and ends mostly do, are added at no cost. */
export class SortedList<Value> {
  readonly #compare: (left: Value, right: Value) => number;
  #values: Value[] = [];

  constructor(compare: (left: Value, right: Value) => number) {
    this.#compare = compare;
  }

  get values(): readonly Value[] {
    return this.#values;
  }

  /** The index of the first value that is not before `value`; works with a value that is not in the list. */
  indexOf(value: Value): number {
    let low = 0;
    let high = this.#values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#values[middle];
      if (found !== undefined && this.#compare(found, value) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(value: Value): void {
    const last = this.#values.at(-1);
    if (last === undefined || this.#compare(last, value) < 0) this.#values.push(value);
    else this.#values.splice(this.indexOf(value), 0, value);
  }

  /** Removes many at once for the price of one pass. */
  removeAll(gone: ReadonlySet<Value>): void {
    if (gone.size > 0) this.#values = this.#values.filter((value) => !gone.has(value));
  }
}

/** Ascending by UTF-16 code units, which for ids and for AWS's names is the order of their code points. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
