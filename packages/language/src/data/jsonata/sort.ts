import type { Compiler } from './compiler.ts';
import { JsonataError } from './errors.ts';
import type { Run } from './run.ts';
import type { SortNode } from './syntax-tree.ts';
import { Frame, plain } from './value.ts';
import type { Evaluator, List, Tuple, Value } from './value.ts';

/** `^(…)` on items, or on items with their bindings. */
export interface Sorter {
  ofValues(items: List, frame: Frame): List;
  ofTuples(tuples: readonly Tuple[], frame: Frame): Tuple[];
}

interface Term {
  readonly descending: boolean;
  readonly evaluate: Evaluator;
}

/** An item with the values it is sorted by, each evaluated when it is first needed. */
interface Entry<Item> {
  readonly item: Item;
  readonly keys: Value[];
  readonly isKnown: boolean[];
}

export function compileSort(node: SortNode, compiler: Compiler): Sorter {
  const terms = node.terms.map(
    ({ descending, expression }): Term => ({ descending, evaluate: compiler.compile(expression) }),
  );
  return {
    ofValues(items, frame) {
      if (items.length <= 1) return items;
      return sortBy(items, frame.run, (item, term) => term.evaluate(item, frame), terms);
    },
    ofTuples: (tuples, frame) =>
      sortBy(
        tuples,
        frame.run,
        (tuple, term) => term.evaluate(tuple.value, new Frame(frame.run, frame, tuple.bindings, null)),
        terms,
      ),
  };
}

function sortBy<Item>(
  items: readonly Item[],
  run: Run,
  evaluate: (item: Item, term: Term) => Value,
  terms: readonly Term[],
): Item[] {
  const entries = items.map((item): Entry<Item> => ({ item, keys: [], isKnown: [] }));
  run.items(items.length * 2);
  const keyOf = (entry: Entry<Item>, term: Term, index: number): Value => {
    if (entry.isKnown[index] !== true) {
      entry.keys[index] = plain(evaluate(entry.item, term));
      entry.isKnown[index] = true;
    }
    return entry.keys[index];
  };
  const isAfter = (left: Entry<Item>, right: Entry<Item>): boolean => {
    for (const [index, term] of terms.entries()) {
      const order = compareKeys(keyOf(left, term, index), keyOf(right, term, index));
      // Nothing stands last, whatever the direction.
      if (order === 'first' || order === 'last') return order === 'last';
      if (order !== 0) return term.descending ? order < 0 : order > 0;
    }
    return false;
  };
  return mergeSort(entries, isAfter, run).map((entry) => entry.item);
}

function compareKeys(left: Value, right: Value): number | 'first' | 'last' {
  if (left === undefined) return right === undefined ? 0 : 'last';
  if (right === undefined) return 'first';
  if (typeof left === 'number' && typeof right === 'number') return left === right ? 0 : left < right ? -1 : 1;
  if (typeof left === 'string' && typeof right === 'string') return left === right ? 0 : left < right ? -1 : 1;
  const isLeftSortable = typeof left === 'number' || typeof left === 'string';
  if (!isLeftSortable || !(typeof right === 'number' || typeof right === 'string')) {
    throw new JsonataError('T2008', { value: isLeftSortable ? right : left });
  }
  throw new JsonataError('T2007', { value: left, value2: right });
}

/** A stable merge sort, so that a comparison may be any function, even one that contradicts itself. */
export function mergeSort<Item>(
  items: readonly Item[],
  isAfter: (left: Item, right: Item) => boolean,
  run: Run,
): Item[] {
  if (items.length <= 1) return [...items];
  const middle = Math.floor(items.length / 2);
  const left = mergeSort(items.slice(0, middle), isAfter, run);
  const right = mergeSort(items.slice(middle), isAfter, run);
  run.step(items.length);
  const merged: Item[] = [];
  let fromLeft = 0;
  let fromRight = 0;
  while (fromLeft < left.length && fromRight < right.length) {
    const [one, other] = [left[fromLeft], right[fromRight]];
    if (one === undefined || other === undefined) break;
    if (isAfter(one, other)) {
      merged.push(other);
      fromRight += 1;
    } else {
      merged.push(one);
      fromLeft += 1;
    }
  }
  return [...merged, ...left.slice(fromLeft), ...right.slice(fromRight)];
}
