import { getOwn, isNumber, isObject } from '../json.ts';
import type { Json, RawNumber } from '../json.ts';

/** Structural equality; numbers by their exact value (1 and 1.0 are equal), objects whatever their keys' order. */
export function equals(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (isNumber(left)) return isNumber(right) && compareNumbers(left, right) === 0;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => {
      const other = right[index];
      return other !== undefined && equals(item, other);
    });
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    const mine = getOwn(left, key);
    const other = getOwn(right, key);
    return mine !== undefined && other !== undefined && equals(mine, other);
  });
}

/** Negative, zero or positive. */
export function compareNumbers(left: number | RawNumber, right: number | RawNumber): number {
  const a = typeof left === 'number' ? left : Number(left.rawJSON);
  const b = typeof right === 'number' ? right : Number(right.rawJSON);
  return a < b ? -1 : a > b ? 1 : 0;
}
