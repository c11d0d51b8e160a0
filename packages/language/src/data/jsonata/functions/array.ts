import { callBack } from '../callables.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { deepEquals } from '../equality.ts';
import { JsonataError } from '../errors.ts';
import { append } from '../lookup.ts';
import { STEPS_OF_RANDOM } from '../limits.ts';
import type { Run } from '../run.ts';
import { mergeSort } from '../sort.ts';
import { newSequence, plain } from '../value.ts';
import type { Callable, List, Value } from '../value.ts';
import { functionAt, listAt } from './arguments.ts';

/** What JavaScript takes for true, which is what the language asks of a comparison function. */
function isTruthy(value: Value): boolean {
  return Boolean(plain(value));
}

function sort(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  const compare = functionAt(given, 1);
  if (items === undefined || items.length <= 1) return items;
  run.items(items.length * 2);
  const isAfter = compare === undefined ? plainOrder(items) : customOrder(compare, run);
  // Boxed, as an item may be undefined.
  const boxed = items.map((item) => ({ item }));
  return mergeSort(boxed, (left, right) => isAfter(left.item, right.item), run).map(({ item }) => item);
}

function customOrder(compare: Callable, run: Run): (left: Value, right: Value) => boolean {
  return (left, right) => isTruthy(callBack(compare, [left, right], run));
}

function plainOrder(items: List): (left: Value, right: Value) => boolean {
  const type = typeof plain(items[0]);
  if ((type !== 'number' && type !== 'string') || items.some((item) => typeof plain(item) !== type)) {
    throw new JsonataError('D3070', { index: 1 });
  }
  return (left, right) => {
    const [one, other] = [plain(left), plain(right)];
    if (typeof one === 'number' && typeof other === 'number') return one > other;
    return typeof one === 'string' && typeof other === 'string' && one > other;
  };
}

function distinct([items]: readonly Value[], run: Run): Value {
  if (!Array.isArray(items) || items.length <= 1) return items;
  const results: List = items.sequence === true ? newSequence() : [];
  // Scalars are found by identity; only arrays and objects need to be compared one by one.
  const scalars = new Set<Value>();
  const composites: List = [];
  run.step(items.length);
  for (const item of items) {
    const known = plain(item);
    if (typeof known === 'object' && known !== null) {
      run.step(composites.length);
      if (composites.some((seen) => deepEquals(known, seen, run))) continue;
      composites.push(known);
    } else {
      // A set finds NaN again, which equals nothing.
      if (scalars.has(known) && !Number.isNaN(known)) continue;
      scalars.add(known);
    }
    results.push(item);
  }
  return results;
}

function shuffle(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined || items.length <= 1) return items;
  run.items(items.length);
  run.step(items.length * STEPS_OF_RANDOM);
  const result: List = [];
  items.forEach((item, index) => {
    const place = Math.floor(run.random.next() * (index + 1));
    if (place < index) result[index] = result[place];
    result[place] = item;
  });
  return result;
}

function reverse(given: readonly Value[], run: Run): Value {
  const items = listAt(given, 0);
  if (items === undefined || items.length <= 1) return items;
  run.items(items.length);
  const result: List = [];
  for (let index = items.length - 1; index >= 0; index--) result.push(items[index]);
  return result;
}

function zip(given: readonly Value[], run: Run): Value {
  const lists = given.map((list) => (Array.isArray(list) ? list : []));
  const length = lists.reduce((shortest, list) => Math.min(shortest, list.length), lists[0]?.length ?? 0);
  run.items(length * lists.length);
  const result: List = [];
  for (let index = 0; index < length; index++) result.push(lists.map((list) => list[index]));
  return result;
}

export const ARRAY_FUNCTIONS: readonly BuiltInDefinition[] = [
  { name: 'append', signature: '<xx:a>', arity: 2, call: ([left, right], run) => append(left, right, run) },
  { name: 'sort', signature: '<af?:a>', arity: 2, call: sort },
  { name: 'reverse', signature: '<a:a>', arity: 1, call: reverse },
  { name: 'shuffle', signature: '<a:a>', arity: 1, call: shuffle },
  { name: 'distinct', signature: '<x:x>', arity: 1, call: distinct },
  { name: 'zip', signature: '<a+>', arity: 0, call: zip },
];
