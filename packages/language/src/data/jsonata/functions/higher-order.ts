import { callBack } from '../callables.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import type { Run } from '../run.ts';
import { truth } from '../truth.ts';
import { newSequence } from '../value.ts';
import type { Callable, List, Value } from '../value.ts';
import { functionAt, listAt, needed } from './arguments.ts';

/** As many of the value, its index or key, and the whole as the function takes. */
export function callbackArguments(callee: Callable, value: Value, key: Value, whole: Value): readonly Value[] {
  const { arity } = callee;
  if (arity >= 3) return [value, key, whole];
  return arity === 2 ? [value, key] : [value];
}

function isChosen(callee: Callable, items: List, index: number, run: Run): boolean {
  return truth(callBack(callee, callbackArguments(callee, items[index], index, items), run), run);
}

function map(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined) return undefined;
  const callee = needed(functionAt(given, 1), 1);
  const result = newSequence();
  for (let index = 0; index < items.length; index++) {
    const value = callBack(callee, callbackArguments(callee, items[index], index, items), run);
    if (value !== undefined) result.push(value);
  }
  return result;
}

function filter(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined) return undefined;
  const callee = needed(functionAt(given, 1), 1);
  const result = newSequence();
  for (let index = 0; index < items.length; index++) {
    if (isChosen(callee, items, index, run)) result.push(items[index]);
  }
  return result;
}

function single(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined) return undefined;
  const callee = functionAt(given, 1);
  let found: Value;
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    if (callee !== undefined && !isChosen(callee, items, index, run)) continue;
    if (count > 0) throw new JsonataError('D3138', { index });
    found = items[index];
    count += 1;
  }
  if (count === 0) throw new JsonataError('D3139');
  return found;
}

function reduce(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined) return undefined;
  const callee = needed(functionAt(given, 1), 1);
  const { arity } = callee;
  if (arity < 2) throw new JsonataError('D3050', { index: 1 });
  const startsWithItem = given[2] === undefined && items.length > 0;
  let result = startsWithItem ? items[0] : given[2];
  for (let index = startsWithItem ? 1 : 0; index < items.length; index++) {
    const passed: Value[] = [result, items[index]];
    if (arity >= 3) passed.push(index);
    if (arity >= 4) passed.push(items);
    result = callBack(callee, passed, run);
  }
  return result;
}

export const HIGHER_ORDER_FUNCTIONS: readonly BuiltInDefinition[] = [
  { name: 'map', signature: '<af>', arity: 2, call: map },
  { name: 'filter', signature: '<af>', arity: 2, call: filter },
  { name: 'single', signature: '<af?>', arity: 2, call: single },
  { name: 'reduce', signature: '<afj?:j>', arity: 3, call: reduce },
];
