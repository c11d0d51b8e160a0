import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { RandomSource } from './data/expression.ts';

const TWO_TO_32 = 2 ** 32;

/**
 * The random values of one moment of an execution: a stream of SHA-256 blocks over the execution's id, an event's id
 * and a purpose. The same moment always gives the same stream, so that a transition can be repeated.
 */
class SeededRandomSource implements RandomSource {
  readonly #seed: string;
  #block: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #blocks = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  next(): number {
    // 53 random bits, as many as a double's fraction holds: 27 high and 26 low ones.
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  uuid(): string {
    const words = [this.#word(), this.#word(), this.#word(), this.#word()];
    const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
    const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-');
  }

  /** The next 32 bits of the stream. */
  #word(): number {
    if (this.#offset >= this.#block.length) {
      this.#block = sha256(utf8ToBytes(`${this.#seed}:${this.#blocks}`));
      this.#blocks += 1;
      this.#offset = 0;
    }
    let word = 0;
    for (let i = 0; i < 4; i++) word = word * 256 + (this.#block[this.#offset + i] ?? 0);
    this.#offset += 4;
    return word % TWO_TO_32;
  }
}

/** `purpose` keeps two uses of the same event apart: `state` for expressions, `retry` for the jitter of a delay. */
export function randomSource(executionId: string, eventId: number, purpose: string): RandomSource {
  return new SeededRandomSource(`${executionId}:${eventId}:${purpose}`);
}
