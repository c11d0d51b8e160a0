import { integerParameter, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.MathRandom';

/**
 * `States.MathRandom(start, end[, seed])`: an integer from start up to, but without, end. With a seed always the same
 * one: the first that `java.util.Random` gives for it.
 */
export const mathRandom: IntrinsicFunction = {
  name,
  arity: [2, 3],
  call([from, to, seed], chance) {
    const start = integerParameter(name, from);
    const span = integerParameter(name, to) - start;
    if (span < 1 || !Number.isSafeInteger(span)) throw invalidArguments(name);
    if (seed === undefined) return start + Math.min(span - 1, Math.floor(chance.random.next() * span));
    const bits = seededBits(integerParameter(name, seed));
    return start + (span < 2 ** 31 ? nextInteger(bits, span) : Math.floor((bits() / 2 ** 31) * span));
  },
};

/** A linear congruential generator of 48 bits (Knuth's constants, which Java uses); gives the upper 31 of them. */
function seededBits(seed: number): () => number {
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(seed) ^ multiplier) & mask;
  return () => {
    state = (state * multiplier + 0xbn) & mask;
    return Number(state >> 17n);
  };
}

/** Below `bound`, each with the same chance: what does not fill a whole round of `bound` is drawn again. */
function nextInteger(bits: () => number, bound: number): number {
  if ((bound & (bound - 1)) === 0) return Math.floor((bits() * bound) / 2 ** 31);
  for (;;) {
    const drawn = bits();
    const value = drawn % bound;
    if (drawn - value + (bound - 1) < 2 ** 31) return value;
  }
}
