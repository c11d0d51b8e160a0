import { JsonataError } from './errors.ts';
import { MAX_VALUE_NESTING } from './limits.ts';
import { isRawNumber } from '../../json.ts';
import type { Run } from './run.ts';
import { Callable, isDictionary, newSequence } from './value.ts';
import type { List, Value } from './value.ts';

/** A member by its name: of an object, or of every object in an array. */
export function lookup(input: Value, name: string, run: Run): Value {
  if (typeof input !== 'object' || input === null) return undefined;
  if (Array.isArray(input)) {
    const found = newSequence();
    lookupEach(input, name, found, run, 0);
    return found;
  }
  // A function and the like have no members of their own, only a number kept by its text has one: that text.
  if (!Object.hasOwn(input, name) || isRawNumber(input) || !isDictionary(input)) return undefined;
  return input[name];
}

function lookupEach(items: List, name: string, found: List, run: Run, depth: number): void {
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  run.step(items.length);
  for (const item of items) {
    if (Array.isArray(item)) {
      lookupEach(item, name, found, run, depth + 1);
      continue;
    }
    const value = lookup(item, name, run);
    if (value === undefined) continue;
    if (Array.isArray(value)) pushAll(found, value, run);
    else found.push(value);
  }
}

export function pushAll(target: List, items: readonly Value[], run: Run): void {
  run.items(items.length);
  for (const item of items) target.push(item);
}

/**
 * `*`: the values of all members, arrays flattened to the ground. What an array was appended to is an array and no
 * sequence any more, as in the package: `{"k": [5]}.*` is [5], while `{"k": 5}.*` is 5.
 */
export function wildcard(input: Value, run: Run): List {
  const found = newSequence();
  const value = Array.isArray(input) && input.wrapsInput === true && input.length > 0 ? input[0] : input;
  const members = Array.isArray(value) ? value : isDictionary(value) ? Object.values(value) : [];
  run.step(members.length);
  for (const member of members) addFlat(member, found, run, 0);
  return members.some((member) => Array.isArray(member)) ? [...found] : found;
}

function addFlat(value: Value, found: List, run: Run, depth: number): void {
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  run.step(1);
  if (!Array.isArray(value)) {
    found.push(value);
    return;
  }
  for (const item of value) addFlat(item, found, run, depth + 1);
}

/** `**`: the value itself and everything below it, without the arrays. */
export function descendants(input: Value, run: Run): Value {
  if (input === undefined) return undefined;
  const found = newSequence();
  addDescendants(input, found, run, 0);
  return found.length === 1 ? found[0] : found;
}

function addDescendants(value: Value, found: List, run: Run, depth: number): void {
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  run.step(1);
  if (Array.isArray(value)) {
    for (const item of value) addDescendants(item, found, run, depth + 1);
    return;
  }
  found.push(value);
  if (value instanceof Callable || !isDictionary(value)) return;
  for (const key of Object.keys(value)) addDescendants(value[key], found, run, depth + 1);
}

/** `$append`: the items of both, or the one that is there. A new array, unless one of them is nothing. */
export function append(left: Value, right: Value, run: Run): Value {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const result: List = [];
  if (Array.isArray(left)) pushAll(result, left, run);
  else result.push(left);
  if (Array.isArray(right)) pushAll(result, right, run);
  else result.push(right);
  return result;
}
