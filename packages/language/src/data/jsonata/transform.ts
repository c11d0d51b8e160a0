import { isRawNumber } from '../../json.ts';
import { callBack, Native } from './callables.ts';
import type { Compiler } from './compiler.ts';
import { JsonataError } from './errors.ts';
import { MAX_VALUE_NESTING } from './limits.ts';
import type { Run } from './run.ts';
import { Signature } from './signature.ts';
import type { TransformNode } from './syntax-tree.ts';
import { Callable, isDictionary, setMember, TupleStream } from './value.ts';
import type { Evaluator, Frame, List, Value } from './value.ts';

const SIGNATURE = new Signature('<(oa):o>');

/** `|pattern|update, delete|`: a function that gives a copy of its argument with what the pattern finds changed. */
export function compileTransform(node: TransformNode, compiler: Compiler): Evaluator {
  const pattern = compiler.compile(node.pattern);
  const update = compiler.compile(node.update);
  const remove = node.remove === null ? null : compiler.compile(node.remove);
  const clone = compiler.compile({ ...node, kind: 'variable', name: 'clone', predicates: [], group: null });
  return (_input, frame) =>
    new Native(1, (given, run, context) => {
      const [value] = SIGNATURE.validate(given, context);
      if (value === undefined) return undefined;
      const cloner = clone(undefined, frame);
      if (!(cloner instanceof Callable)) throw new JsonataError('T2013');
      const copy = callBack(cloner, [value], run);
      const found = pattern(copy, frame);
      const matches = found === undefined ? [] : Array.isArray(found) ? found : [found];
      run.step(matches.length);
      for (const match of matches) {
        updateMatch(match, update, frame);
        if (remove !== null) removeMembers(match, remove, frame);
      }
      return copy;
    });
}

function updateMatch(match: Value, update: Evaluator, frame: Frame): void {
  const changes = update(match, frame);
  if (changes === undefined) return;
  if (!isDictionary(changes)) throw new JsonataError('T2011', { value: changes });
  if (!isDictionary(match)) return;
  for (const key of Object.keys(changes)) setMember(match, key, changes[key]);
}

function removeMembers(match: Value, remove: Evaluator, frame: Frame): void {
  const names = remove(match, frame);
  if (names === undefined) return;
  for (const name of Array.isArray(names) ? names : [names]) {
    if (typeof name !== 'string') throw new JsonataError('T2012', { value: names });
    if (isDictionary(match)) delete match[name];
  }
}

/** A deep copy, without functions and without the marks of sequences. */
export function deepClone(value: Value, run: Run, depth = 0): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Callable) return '';
  if (value instanceof TupleStream) return undefined;
  if (isRawNumber(value)) return value;
  if (depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
  run.step(1);
  if (Array.isArray(value)) {
    run.items(value.length);
    return value.map((item): Value => deepClone(item, run, depth + 1) ?? null) satisfies List;
  }
  const copy: Value = {};
  const keys = Object.keys(value);
  run.items(keys.length);
  for (const key of keys) {
    const member = value[key];
    if (member !== undefined) setMember(copy, key, deepClone(member, run, depth + 1));
  }
  return copy;
}
