import { getOwn, isNumber, isObject, isRawNumber } from '../json.ts';
import type { Json, RawNumber } from '../json.ts';

/**
 * Structural equality: numbers by their exact value (1 and 1.0 are equal, 2^53 and 2^53 + 1 are not), objects whatever
 * the order of their keys. Keeps its own stack, so no nesting is too deep for it.
 * `visit` is told how many nodes each comparison of two containers adds, and may throw to end it.
 */
export function equals(left: Json, right: Json, visit?: (nodes: number) => void): boolean {
  const pending: [Json, Json][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [one, other] = pair;
    if (one === other) continue;
    if (Array.isArray(one)) {
      if (!Array.isArray(other) || one.length !== other.length) return false;
      visit?.(one.length);
      for (let index = 0; index < one.length; index++) {
        const item = one[index];
        const match = other[index];
        if (item === undefined || match === undefined) return false;
        pending.push([item, match]);
      }
    } else if (isObject(one)) {
      if (!isObject(other)) return false;
      const keys = Object.keys(one);
      if (keys.length !== Object.keys(other).length) return false;
      visit?.(keys.length);
      for (const key of keys) {
        const value = getOwn(one, key);
        const match = getOwn(other, key);
        if (value === undefined || match === undefined) return false;
        pending.push([value, match]);
      }
    } else if (!isNumber(one) || !isNumber(other) || compareNumbers(one, other) !== 0) return false;
  }
  return true;
}

/**
 * A text that two values share exactly if they are equal. Recursive: the caller sees to depth and size beforehand, for
 * example with `jsonLengthWithin`.
 */
export function canonicalText(value: Json): string {
  if (isNumber(value)) {
    const { negative, digits, exponent } = decimal(value);
    return `${negative ? '-' : ''}0.${digits}e${exponent}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(getOwn(value, key) ?? null)}`);
  return `{${members.join(',')}}`;
}

/** Negative, zero or positive, by the exact values: doubles decide, and where they cannot tell two apart, the digits. */
export function compareNumbers(left: number | RawNumber, right: number | RawNumber): number {
  const one = typeof left === 'number' ? left : Number(left.rawJSON);
  const other = typeof right === 'number' ? right : Number(right.rawJSON);
  if (one !== other) return one < other ? -1 : 1;
  if (!isRawNumber(left) && !isRawNumber(right)) return 0;
  return compareDecimals(decimal(left), decimal(right));
}

/** sign × 0.digits × 10^exponent, without leading or trailing zeros; zero has no digits. */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

function decimal(value: number | RawNumber): Decimal {
  const text = typeof value === 'number' ? String(value) : value.rawJSON;
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const whole = parts?.[2] ?? '0';
  const all = whole + (parts?.[3] ?? '');
  let start = 0;
  while (all[start] === '0') start++;
  let end = all.length;
  while (end > start && all[end - 1] === '0') end--;
  const digits = all.slice(start, end);
  if (digits === '') return { negative: false, digits, exponent: 0 };
  return { negative: parts?.[1] === '-', digits, exponent: whole.length - start + Number(parts?.[4] ?? 0) };
}

function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.digits === '' || right.digits === '') {
    if (left.digits === right.digits) return 0;
    return left.digits === '' ? (right.negative ? 1 : -1) : left.negative ? -1 : 1;
  }
  if (left.negative !== right.negative) return left.negative ? -1 : 1;
  const sign = left.negative ? -1 : 1;
  if (left.exponent !== right.exponent) return left.exponent < right.exponent ? -sign : sign;
  // Without trailing zeros, the shorter of two texts with a common beginning is the smaller number.
  return left.digits === right.digits ? 0 : left.digits < right.digits ? -sign : sign;
}
