import { JsonataError } from '../errors.ts';
import { Callable, isDictionary, plain } from '../value.ts';
import type { Dictionary, List, Value } from '../value.ts';

/**
 * Arguments as a function takes them. The signature has checked them before; these checks hold where a signature
 * allows several types, and for a partial application, whose arguments stand at other places.
 */
function wrong(value: Value, index: number): JsonataError {
  return new JsonataError('T0410', { value, index });
}

export function textAt(given: readonly Value[], index: number): string | undefined {
  const value = given[index];
  if (value === undefined || typeof value === 'string') return value;
  throw wrong(value, index + 1);
}

export function numberAt(given: readonly Value[], index: number): number | undefined {
  const value = plain(given[index]);
  if (value === undefined || typeof value === 'number') return value;
  throw wrong(value, index + 1);
}

export function listAt(given: readonly Value[], index: number): List | undefined {
  const value = given[index];
  if (value === undefined || Array.isArray(value)) return value;
  throw wrong(value, index + 1);
}

export function functionAt(given: readonly Value[], index: number): Callable | undefined {
  const value = given[index];
  if (value === undefined || value instanceof Callable) return value;
  throw wrong(value, index + 1);
}

export function dictionaryAt(given: readonly Value[], index: number): Dictionary | undefined {
  const value = given[index];
  if (value === undefined || isDictionary(value)) return value;
  throw wrong(value, index + 1);
}

export function needed<T>(value: T | undefined, index: number): T {
  if (value === undefined) throw wrong(undefined, index + 1);
  return value;
}

/** The numbers of an array, or undefined where there is none. */
export function numbersAt(given: readonly Value[], index: number): readonly number[] | undefined {
  return listAt(given, index)?.map((item) => {
    const number = plain(item);
    if (typeof number !== 'number') throw wrong(item, index + 1);
    return number;
  });
}
