import { isRawNumber } from '../../json.ts';
import { callBack, Native } from './callables.ts';
import type { Compiler } from './compiler.ts';
import { JsonataError } from './errors.ts';
import { MAX_VALUE_NESTING } from './limits.ts';
import type { Run } from './run.ts';
import { Signature } from './signature.ts';
import type { TransformNode } from './syntax-tree.ts';
import { Callable, isDictionary, setMember, TupleStream } from './value.ts';
import type { Dictionary, Evaluator, List, Value } from './value.ts';

const SIGNATURE = new Signature('<(oa):o>');

/**
 * `|pattern|update, delete|`: a function that gives a copy of its argument with what the pattern finds changed. Only
 * what belongs to the copy is changed: a pattern may also find data that others share.
 */
export function compileTransform(node: TransformNode, compiler: Compiler): Evaluator {
  const pattern = compiler.compile(node.pattern);
  const update = compiler.compile(node.update);
  const remove = node.remove === null ? null : compiler.compile(node.remove);
  const clone = compiler.compile({ ...node, kind: 'variable', name: 'clone', predicates: [], group: null });
  const isOwnClone = compiler.isBound('clone');
  return (_input, frame) =>
    new Native(1, (given, run, context) => {
      const [value] = SIGNATURE.validate(given, context);
      if (value === undefined) return undefined;
      const cloner = clone(undefined, frame);
      if (!(cloner instanceof Callable)) throw new JsonataError('T2013');
      // An author's own `$clone` may hand out the data itself.
      const own = new Set<Value>();
      const copy = deepClone(isOwnClone ? callBack(cloner, [value], run) : value, run, own);
      const found = pattern(copy, frame);
      const matches = found === undefined ? [] : Array.isArray(found) ? found : [found];
      run.step(matches.length);
      for (const match of matches) {
        const target = isDictionary(match) && own.has(match) ? match : null;
        setMembers(target, update(match, frame));
        if (remove !== null) removeMembers(target, remove(match, frame));
      }
      return copy;
    });
}

function setMembers(target: Dictionary | null, changes: Value): void {
  if (changes === undefined) return;
  if (!isDictionary(changes)) throw new JsonataError('T2011', { value: changes });
  if (target === null) return;
  for (const key of Object.keys(changes)) setMember(target, key, changes[key]);
}

function removeMembers(target: Dictionary | null, names: Value): void {
  if (names === undefined) return;
  for (const name of Array.isArray(names) ? names : [names]) {
    if (typeof name !== 'string') throw new JsonataError('T2012', { value: names });
    if (target !== null) delete target[name];
  }
}

/** A deep copy, without functions and without the marks of sequences; `made` gets its objects. */
export function deepClone(value: Value, run: Run, made: Set<Value> | null = null, depth = 0): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Callable) return '';
  if (value instanceof TupleStream) return undefined;
  if (isRawNumber(value)) return value;
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  run.step(1);
  if (Array.isArray(value)) {
    run.items(value.length);
    return value.map((item): Value => deepClone(item, run, made, depth + 1) ?? null) satisfies List;
  }
  const copy: Value = {};
  made?.add(copy);
  const keys = Object.keys(value);
  run.items(keys.length);
  for (const key of keys) {
    const member = value[key];
    if (member !== undefined) setMember(copy, key, deepClone(member, run, made, depth + 1));
  }
  return copy;
}
