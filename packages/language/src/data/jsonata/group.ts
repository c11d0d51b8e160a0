import type { Compiler } from './compiler.ts';
import { JsonataError } from './errors.ts';
import { pushAll } from './lookup.ts';
import type { Group, Node } from './syntax-tree.ts';
import { Frame, setMember, TupleStream } from './value.ts';
import type { Dictionary, Evaluator, List, Tuple, Value } from './value.ts';

type Pair = readonly [key: Evaluator, value: Evaluator];

/**
 * `{key: value}` on items: the items with the same key are gathered, and `value` is evaluated once for them all. An
 * object constructor is the same for its context item, or for the items of an array in the context.
 */
export function compileGroup(group: Group, compiler: Compiler): (value: Value, frame: Frame) => Value {
  const literals = literalKeys(group);
  const values = group.pairs.map(([, value]) => compiler.compile(value));
  const pairs = group.pairs.map(([key], index): Pair => [compiler.compile(key), values[index] ?? (() => undefined)]);
  return (value, frame) => {
    if (value instanceof TupleStream) return groupTuples(value.tuples, pairs, frame);
    if (Array.isArray(value)) return groupItems(value.length === 0 ? [undefined] : value, pairs, frame);
    return literals === null ? groupItems([value], pairs, frame) : constructObject(literals, values, value, frame);
  };
}

/** The keys, where they are different literals: then nothing needs to be gathered for a single item. */
function literalKeys(group: Group): readonly string[] | null {
  const keys: string[] = [];
  for (const [key] of group.pairs) {
    if (!isPlainText(key) || keys.includes(key.value)) return null;
    keys.push(key.value);
  }
  return keys;
}

function isPlainText(node: Node): node is Node & { readonly kind: 'literal'; readonly value: string } {
  return (
    node.kind === 'literal' && typeof node.value === 'string' && node.predicates.length === 0 && node.group === null
  );
}

function constructObject(keys: readonly string[], values: readonly Evaluator[], item: Value, frame: Frame): Dictionary {
  const result: Dictionary = {};
  frame.run.items(keys.length);
  for (let index = 0; index < keys.length; index++) {
    const value = values[index]?.(item, frame);
    if (value !== undefined) setMember(result, keys[index] ?? '', value);
  }
  return result;
}

interface Gathered {
  readonly pair: number;
  data: Value;
  /** The array in `data`, where it was made here and may grow. */
  own: List | null;
}

function groupItems(items: List, pairs: readonly Pair[], frame: Frame): Dictionary {
  const groups = new Map<string, Gathered>();
  frame.run.step(items.length * pairs.length);
  for (const item of items) {
    pairs.forEach(([keyOf], pair) => {
      const key = checkedKey(keyOf(item, frame));
      if (key === undefined) return;
      const gathered = groups.get(key);
      if (gathered === undefined) groups.set(key, { pair, data: item, own: null });
      else {
        checkPair(gathered.pair, pair, key);
        addItem(gathered, item, frame);
      }
    });
  }
  const result: Dictionary = {};
  for (const [key, { pair, data }] of groups) {
    const value = pairs[pair]?.[1](data, frame);
    if (value !== undefined) setMember(result, key, value);
  }
  return result;
}

function addItem(gathered: Gathered, item: Value, frame: Frame): void {
  if (item === undefined) return;
  if (gathered.data === undefined) gathered.data = item;
  else if (gathered.own === null) {
    const own: List = [];
    pushAll(own, Array.isArray(gathered.data) ? gathered.data : [gathered.data], frame.run);
    pushAll(own, Array.isArray(item) ? item : [item], frame.run);
    gathered.own = own;
    gathered.data = own;
  } else pushAll(gathered.own, Array.isArray(item) ? item : [item], frame.run);
}

function groupTuples(tuples: readonly Tuple[], pairs: readonly Pair[], frame: Frame): Dictionary {
  const groups = new Map<string, { pair: number; members: Tuple[] }>();
  frame.run.step(tuples.length * pairs.length);
  for (const tuple of tuples) {
    const inner = new Frame(frame.run, frame, tuple.bindings, null);
    pairs.forEach(([keyOf], pair) => {
      const key = checkedKey(keyOf(tuple.value, inner));
      if (key === undefined) return;
      const gathered = groups.get(key);
      if (gathered === undefined) groups.set(key, { pair, members: [tuple] });
      else {
        checkPair(gathered.pair, pair, key);
        gathered.members.push(tuple);
      }
    });
  }
  const result: Dictionary = {};
  for (const [key, { pair, members }] of groups) {
    const { value, inner } = mergeTuples(members, frame);
    const outcome = pairs[pair]?.[1](value, inner);
    if (outcome !== undefined) setMember(result, key, outcome);
  }
  return result;
}

/** One context for several tuples: their values in one array, and so the values of each binding. */
function mergeTuples(tuples: readonly Tuple[], frame: Frame): { value: Value; inner: Frame } {
  const { run } = frame;
  const inner = new Frame(run, frame, null, null);
  const gathered = new Map<string, Gathered>();
  const add = (name: string, value: Value): void => {
    const one = gathered.get(name);
    if (one === undefined) gathered.set(name, { pair: 0, data: value, own: null });
    else addItem(one, value, frame);
  };
  const whole: Gathered = { pair: 0, data: undefined, own: null };
  for (const tuple of tuples) {
    addItem(whole, tuple.value, frame);
    const seen = new Set<string>();
    for (let binding = tuple.bindings; binding !== null; binding = binding.next) {
      run.step(1);
      if (!seen.has(binding.name)) add(binding.name, binding.value);
      seen.add(binding.name);
    }
  }
  for (const [name, { data }] of gathered) inner.bind(name, data);
  return { value: whole.data, inner };
}

function checkedKey(key: Value): string | undefined {
  if (key === undefined || typeof key === 'string') return key;
  throw new JsonataError('T1003', { value: key });
}

function checkPair(known: number, pair: number, key: string): void {
  if (known !== pair) throw new JsonataError('D1009', { value: key });
}
