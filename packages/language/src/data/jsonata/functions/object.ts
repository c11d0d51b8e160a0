import { callBack } from '../callables.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { lookup, pushAll } from '../lookup.ts';
import { MAX_VALUE_NESTING } from '../limits.ts';
import type { Run } from '../run.ts';
import { isNumeric, truth } from '../truth.ts';
import { deepClone } from '../transform.ts';
import { Callable, isDictionary, member, newSequence, plain, setMember } from '../value.ts';
import type { Dictionary, List, Value } from '../value.ts';
import { dictionaryAt, functionAt, listAt, needed, textAt } from './arguments.ts';
import { callbackArguments } from './higher-order.ts';

function keysOf(value: Value, run: Run): List {
  const result = newSequence();
  if (Array.isArray(value)) {
    const merged: Dictionary = {};
    mergeKeys(value, merged, run, 0);
    pushAll(result, Object.keys(merged), run);
  } else if (isDictionary(value)) pushAll(result, Object.keys(value), run);
  return result;
}

function mergeKeys(items: List, merged: Dictionary, run: Run, depth: number): void {
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  for (const item of items) {
    run.step(1);
    if (Array.isArray(item)) mergeKeys(item, merged, run, depth + 1);
    else if (isDictionary(item)) for (const key of Object.keys(item)) setMember(merged, key, true);
  }
}

function spread(value: Value, run: Run, depth = 0): Value {
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  if (Array.isArray(value)) {
    const result: List = [];
    let isAppended = false;
    for (const item of value) {
      run.step(1);
      const parts = spread(item, run, depth + 1);
      if (parts === undefined) continue;
      isAppended = true;
      if (Array.isArray(parts)) pushAll(result, parts, run);
      else result.push(parts);
    }
    // The language appends here, which gives a plain array.
    return isAppended ? result : newSequence();
  }
  if (!isDictionary(value)) return value;
  const result = newSequence();
  run.items(Object.keys(value).length);
  for (const key of Object.keys(value)) {
    const one: Dictionary = {};
    setMember(one, key, value[key]);
    result.push(one);
  }
  return result;
}

function merge(given: readonly Value[], run: Run): Value {
  const objects = listAt(given, 0);
  if (objects === undefined) return undefined;
  const result: Dictionary = {};
  for (const object of objects) {
    if (!isDictionary(object)) continue;
    const keys = Object.keys(object);
    run.items(keys.length);
    for (const key of keys) setMember(result, key, object[key]);
  }
  return result;
}

function each(given: readonly Value[], run: Run): Value {
  const object = dictionaryAt(given, 0);
  const result = newSequence();
  if (object === undefined) return result;
  const callee = needed(functionAt(given, 1), 1);
  for (const key of Object.keys(object)) {
    const value = callBack(callee, callbackArguments(callee, object[key], key, object), run);
    if (value !== undefined) result.push(value);
  }
  return result;
}

function sift(given: readonly Value[], run: Run): Value {
  const object = dictionaryAt(given, 0);
  if (object === undefined) return undefined;
  const callee = needed(functionAt(given, 1), 1);
  const result: Dictionary = {};
  for (const key of Object.keys(object)) {
    const value = member(object, key);
    if (truth(callBack(callee, callbackArguments(callee, value, key, object), run), run)) setMember(result, key, value);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function typeOf(value: Value): string | undefined {
  const known = plain(value);
  if (known === undefined) return undefined;
  if (known === null) return 'null';
  if (isNumeric(known)) return 'number';
  if (typeof known === 'string' || typeof known === 'boolean') return typeof known;
  if (Array.isArray(known)) return 'array';
  return known instanceof Callable ? 'function' : 'object';
}

function assert(given: readonly Value[]): undefined {
  if (given[0] === true) return undefined;
  const message = textAt(given, 1);
  throw new JsonataError('D3141', {
    message: message === undefined || message === '' ? '$assert() statement failed' : message,
  });
}

function fail(given: readonly Value[]): never {
  const message = textAt(given, 0);
  throw new JsonataError('D3137', {
    message: message === undefined || message === '' ? '$error() function evaluated' : message,
  });
}

export const OBJECT_FUNCTIONS: readonly BuiltInDefinition[] = [
  { name: 'keys', signature: '<x-:a<s>>', arity: 1, call: ([value], run) => keysOf(value, run) },
  {
    name: 'lookup',
    signature: '<x-s:x>',
    arity: 2,
    call: (given, run) => lookup(given[0], textAt(given, 1) ?? 'undefined', run),
  },
  { name: 'spread', signature: '<x-:a<o>>', arity: 1, call: ([value], run) => spread(value, run) },
  { name: 'merge', signature: '<a<o>:o>', arity: 1, call: merge },
  { name: 'each', signature: '<o-f:a>', arity: 2, call: each },
  { name: 'sift', signature: '<o-f?:o>', arity: 2, call: sift },
  { name: 'clone', signature: '<(oa)-:o>', arity: 1, call: ([value], run) => deepClone(value, run) },
  { name: 'type', signature: '<x:s>', arity: 1, call: ([value]) => typeOf(value) },
  { name: 'exists', signature: '<x:b>', arity: 1, call: ([value]) => value !== undefined },
  {
    name: 'boolean',
    signature: '<x-:b>',
    arity: 1,
    call: ([value], run) => (value === undefined ? undefined : truth(value, run)),
  },
  {
    name: 'not',
    signature: '<x-:b>',
    arity: 1,
    call: ([value], run) => (value === undefined ? undefined : !truth(value, run)),
  },
  { name: 'assert', signature: '<bs?:x>', arity: 2, call: assert },
  { name: 'error', signature: '<s?:x>', arity: 1, call: fail },
];
