import type { Compiler } from './compiler.ts';
import { isNumeric, truth } from './truth.ts';
import type { Run } from './run.ts';
import type { Node } from './syntax-tree.ts';
import { Frame, newSequence, plain, sequenceOf, TupleStream } from './value.ts';
import type { Evaluator, List, Tuple, Value } from './value.ts';

/** `[predicate]` on a value: an index, or a test of every item with that item as context. */
export interface Filter {
  ofValue(value: Value, frame: Frame): Value;
  ofTuples(tuples: readonly Tuple[], frame: Frame): Tuple[];
}

export function compileFilter(node: Node, compiler: Compiler): Filter {
  const predicate = compiler.compile(node);
  if (node.kind === 'literal' && typeof node.value === 'number' && node.predicates.length === 0) {
    return indexFilter(Math.floor(node.value));
  }
  return {
    ofValue(value, frame) {
      if (value instanceof TupleStream) return new TupleStream(filterTuples(value.tuples, predicate, frame));
      const items = Array.isArray(value) ? value : sequenceOf(value);
      const results = newSequence();
      frame.run.step(items.length);
      for (let index = 0; index < items.length; index++) {
        const item = items[index];
        const hits = countHits(predicate(item, frame), index, items.length, frame.run);
        for (let hit = 0; hit < hits; hit++) results.push(item);
      }
      return results;
    },
    ofTuples: (tuples, frame) => filterTuples(tuples, predicate, frame),
  };
}

function filterTuples(tuples: readonly Tuple[], predicate: Evaluator, frame: Frame): Tuple[] {
  const results: Tuple[] = [];
  frame.run.step(tuples.length);
  tuples.forEach((tuple, index) => {
    const inner = new Frame(frame.run, frame, tuple.bindings, null);
    const hits = countHits(predicate(tuple.value, inner), index, tuples.length, frame.run);
    for (let hit = 0; hit < hits; hit++) results.push(tuple);
  });
  return results;
}

function indexFilter(index: number): Filter {
  return {
    ofValue(value) {
      if (value instanceof TupleStream) return new TupleStream(tupleAt(value.tuples, index));
      const items = Array.isArray(value) ? value : [value];
      const item = items[index < 0 ? items.length + index : index];
      if (Array.isArray(item)) return item;
      return item === undefined ? newSequence() : sequenceOf(item);
    },
    ofTuples: (tuples) => tupleAt(tuples, index),
  };
}

function tupleAt(tuples: readonly Tuple[], index: number): Tuple[] {
  const tuple = tuples[index < 0 ? tuples.length + index : index];
  return tuple === undefined ? [] : [tuple];
}

/** How often an item belongs to the result: a predicate that gives numbers names indices, maybe one several times. */
function countHits(result: Value, index: number, length: number, run: Run): number {
  if (typeof result === 'boolean') return result ? 1 : 0;
  const known = plain(result);
  if (isNumeric(known)) return isIndex(known, index, length) ? 1 : 0;
  if (!Array.isArray(known)) return truth(known, run) ? 1 : 0;
  run.step(known.length);
  const numbers = numbersOf(known);
  if (numbers === null) return truth(known, run) ? 1 : 0;
  return numbers.filter((number) => isIndex(number, index, length)).length;
}

function isIndex(number: number, index: number, length: number): boolean {
  const wanted = Math.floor(number);
  return (wanted < 0 ? length + wanted : wanted) === index;
}

function numbersOf(items: List): number[] | null {
  const numbers: number[] = [];
  for (const item of items) {
    const known = plain(item);
    if (!isNumeric(known)) return null;
    numbers.push(known);
  }
  return numbers;
}
