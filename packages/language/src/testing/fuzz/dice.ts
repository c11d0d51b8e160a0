/** Chance for the fuzz run: a small generator (sfc32), the same for the same seed on every machine. */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The dice of one case of a run. */
  constructor(seed: number, index: number) {
    this.#a = seed >>> 0;
    this.#b = index >>> 0;
    this.#c = Math.trunc(index / 2 ** 32) ^ 0x9e3779b9;
    for (let i = 0; i < 15; i++) this.#next();
  }

  /** An integer from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
