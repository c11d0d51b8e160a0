import { JsonataError } from './errors.ts';
import { MAX_VALUE_NESTING } from './limits.ts';
import type { Run } from './run.ts';
import { isDictionary, plain } from './value.ts';
import type { Dictionary, List, Value } from './value.ts';

/** Structural equality. Numbers are compared as doubles, functions by identity. */
export function deepEquals(left: Value, right: Value, run: Run, depth = 0): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return plain(left) === plain(right);
  if (left === null || right === null) return false;
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  if (Array.isArray(left)) return Array.isArray(right) && listsEqual(left, right, run, depth);
  if (isDictionary(left)) return isDictionary(right) && dictionariesEqual(left, right, run, depth);
  return plain(left) === plain(right);
}

function listsEqual(left: List, right: List, run: Run, depth: number): boolean {
  if (left.length !== right.length) return false;
  run.step(left.length);
  return left.every((item, index) => deepEquals(item, right[index], run, depth + 1));
}

function dictionariesEqual(left: Dictionary, right: Dictionary, run: Run, depth: number): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  run.step(keys.length);
  return keys.every((key) => Object.hasOwn(right, key) && deepEquals(left[key], right[key], run, depth + 1));
}
