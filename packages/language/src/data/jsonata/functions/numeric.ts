import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { STEPS_OF_RANDOM } from '../limits.ts';
import type { Run } from '../run.ts';
import { plain } from '../value.ts';
import type { Value } from '../value.ts';
import { listAt, numberAt, numbersAt } from './arguments.ts';

const DECIMAL = /^-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?$/;
const OTHER_RADIX = /^(0[xX][0-9A-Fa-f]+)|(0[oO][0-7]+)|(0[bB][0-1]+)$/;

function ofNumber(name: string, compute: (value: number) => number): BuiltInDefinition {
  return {
    name,
    signature: '<n-:n>',
    arity: 1,
    call(given) {
      const value = numberAt(given, 0);
      return value === undefined ? undefined : compute(value);
    },
  };
}

function aggregate(
  name: string,
  compute: (numbers: readonly number[], run: Run) => number | undefined,
): BuiltInDefinition {
  return {
    name,
    signature: '<a<n>:n>',
    arity: 1,
    call(given, run) {
      const numbers = numbersAt(given, 0);
      if (numbers === undefined) return undefined;
      run.step(numbers.length);
      return compute(numbers, run);
    },
  };
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** Moves the decimal point in the number's text, as multiplying would make errors of its own. */
function shift(value: number, places: number): number {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + places}`);
}

/** Halves go to the even neighbour. */
export function round(value: number, precision: number): number {
  const shifted = precision === 0 ? value : shift(value, precision);
  let result = Math.round(shifted);
  if (Math.abs(result - shifted) === 0.5 && Math.abs(result % 2) === 1) result -= 1;
  if (precision !== 0) result = shift(result, -precision);
  return Object.is(result, -0) ? 0 : result;
}

function toNumber(value: Value): Value {
  const known = plain(value);
  if (value === undefined || typeof known === 'number') return value;
  if (known === true) return 1;
  if (known === false) return 0;
  if (typeof known === 'string') {
    if (DECIMAL.test(known) && Number.isFinite(Number(known))) return Number(known);
    if (OTHER_RADIX.test(known)) return Number(known);
  }
  throw new JsonataError('D3030', { value, index: 1 });
}

function formatBase(given: readonly Value[]): Value {
  const value = numberAt(given, 0);
  if (value === undefined) return undefined;
  const radix = round(numberAt(given, 1) ?? 10, 0);
  if (radix < 2 || radix > 36) throw new JsonataError('D3100', { value: radix });
  return round(value, 0).toString(radix);
}

export const NUMERIC_FUNCTIONS: readonly BuiltInDefinition[] = [
  aggregate('sum', sum),
  aggregate('max', (numbers) => (numbers.length === 0 ? undefined : numbers.reduce((one, two) => Math.max(one, two)))),
  aggregate('min', (numbers) => (numbers.length === 0 ? undefined : numbers.reduce((one, two) => Math.min(one, two)))),
  aggregate('average', (numbers) => (numbers.length === 0 ? undefined : sum(numbers) / numbers.length)),
  { name: 'count', signature: '<a:n>', arity: 1, call: (given) => listAt(given, 0)?.length ?? 0 },
  { name: 'number', signature: '<(nsb)-:n>', arity: 1, call: ([value]) => toNumber(value) },
  ofNumber('abs', Math.abs),
  ofNumber('floor', Math.floor),
  ofNumber('ceil', Math.ceil),
  ofNumber('sqrt', (value) => {
    if (value < 0) throw new JsonataError('D3060', { value, index: 1 });
    return Math.sqrt(value);
  }),
  {
    name: 'round',
    signature: '<n-n?:n>',
    arity: 2,
    call(given) {
      const value = numberAt(given, 0);
      return value === undefined ? undefined : round(value, numberAt(given, 1) ?? 0);
    },
  },
  {
    name: 'power',
    signature: '<n-n:n>',
    arity: 2,
    call(given) {
      const base = numberAt(given, 0);
      if (base === undefined) return undefined;
      const exponent = numberAt(given, 1) ?? Number.NaN;
      const result = base ** exponent;
      if (!Number.isFinite(result)) throw new JsonataError('D3061', { value: base, exponent, index: 1 });
      return result;
    },
  },
  { name: 'formatBase', signature: '<n-n?:s>', arity: 2, call: formatBase },
  {
    name: 'random',
    // AWS's: with a seed always the same number.
    signature: '<n?:n>',
    arity: 0,
    call(given, run) {
      const seed = numberAt(given, 0);
      run.step(STEPS_OF_RANDOM);
      return seed === undefined ? run.random.next() : seededRandom(seed);
    },
  },
];

/** The first double that `java.util.Random` gives for a seed: 26 and 27 bits of Knuth's generator of 48. */
function seededRandom(seed: number): number {
  if (!Number.isFinite(seed)) throw new JsonataError('D1001', { value: seed });
  const multiplier = 0x5deece66dn;
  const mask = (1n << 48n) - 1n;
  const first = (((BigInt(Math.trunc(seed)) ^ multiplier) & mask) * multiplier + 0xbn) & mask;
  const second = (first * multiplier + 0xbn) & mask;
  return (Number(first >> 22n) * 2 ** 27 + Number(second >> 21n)) / 2 ** 53;
}
