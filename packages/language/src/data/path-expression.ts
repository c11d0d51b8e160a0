import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { addedMember, isObject, setOwn } from '../json.ts';
import type { Json } from '../json.ts';
import type { Expression, ReferencePath, Scope } from './expression.ts';
import { parsePath } from './json-path/path-parser.ts';
import type { PathStep } from './json-path/syntax-tree.ts';
import { Meter } from './meter.ts';
import type { MeteredExpression } from './meter.ts';
import { PathNotFoundError, compilePathSource, safeText } from './path-source.ts';
import type { PathSource } from './path-source.ts';

/**
 * Compiles a Path: `$…` on the input, `$$…` on the context object, `$name…` on a variable. A definite path without a
 * match fails with States.Runtime, `Invalid path '$.x' : No results for path: $['x']`.
 */
export function compilePath(text: string): Expression {
  return makeExpression(compilePathSource(text), (source, _scope, error) => {
    return `Invalid path '${source.text}' : ${error.message}`;
  });
}

/**
 * As {@link compilePath}, for a field whose miss AWS words otherwise: `The JSONPath '$.x' specified for the field
 * 'CausePath' could not be found in the input '{…}'`.
 */
export function compileFieldPath(text: string, field: string): MeteredExpression {
  return makeExpression(compilePathSource(text), (source, scope) => describeMiss(source, field, scope));
}

/** AWS's words for a template's or a Fail state's path without a match. */
function describeMiss(source: PathSource, field: string, scope: Scope): string {
  const input = source.documentText(scope);
  return `The JSONPath '${source.text}' specified for the field '${field}' could not be found in the input '${input}'`;
}

function makeExpression(
  source: PathSource,
  describe: (source: PathSource, scope: Scope, error: PathNotFoundError) => string,
): MeteredExpression {
  return {
    text: source.text,
    evaluate(scope, meter) {
      const plain = source.readPlain(scope);
      if (plain !== undefined) return plain;
      try {
        return source.read(scope, meter ?? new Meter());
      } catch (error) {
        if (!(error instanceof PathNotFoundError)) throw error;
        throw new StatesError('States.Runtime', describe(source, scope, error));
      }
    },
  };
}

/**
 * Compiles ResultPath's restricted form: `.name`, `['name']` and `[index]` after `$`. Writing creates the objects that
 * are missing; an array's item must be there already. What is in the way fails with States.ResultPathMatchFailure.
 */
export function compileReferencePath(text: string): ReferencePath {
  const keys = parseReferencePath(text);
  const [first] = keys;
  return {
    text,
    member: keys.length === 1 && typeof first === 'string' ? addedMember(first) : null,
    write(document, value) {
      const written = place(document, keys, 0, value);
      if (written !== undefined) return written;
      const input = safeText(document);
      throw new StatesError('States.ResultPathMatchFailure', `Unable to apply ReferencePath ${text} to input ${input}`);
    },
  };
}

function parseReferencePath(text: string): (string | number)[] {
  const tree = parsePath(text);
  const keys = singularKeys(tree.steps);
  if (keys === null || tree.call !== null) {
    throw new ExpressionSyntaxError(`'${text}' is not a Reference Path: it must name a single node`, text);
  }
  return keys;
}

/** The keys of a path that is nothing but single names and indices, or null. */
function singularKeys(steps: readonly PathStep[]): (string | number)[] | null {
  const keys: (string | number)[] = [];
  for (const step of steps) {
    const list: readonly (string | number)[] =
      step.kind === 'names' ? step.names : step.kind === 'indices' ? step.indices : [];
    const [key] = list;
    if (list.length !== 1 || key === undefined || (typeof key === 'number' && key < 0)) return null;
    keys.push(key);
  }
  return keys;
}

/** A copy of `target` with `value` at the keys, or undefined where something else is in the way. */
function place(
  target: Json | undefined,
  keys: readonly (string | number)[],
  at: number,
  value: Json,
): Json | undefined {
  const key = keys[at];
  if (key === undefined) return value;
  if (typeof key === 'number') {
    if (!Array.isArray(target) || key >= target.length) return undefined;
    const item = place(target[key], keys, at + 1, value);
    return item === undefined ? undefined : target.with(key, item);
  }
  if (target !== undefined && !isObject(target)) return undefined;
  const member = place(
    target !== undefined && Object.hasOwn(target, key) ? target[key] : undefined,
    keys,
    at + 1,
    value,
  );
  if (member === undefined) return undefined;
  const copy = { ...target };
  setOwn(copy, key, member);
  return copy;
}

/** Whether the text is a valid Path, on the input, the context object or a variable. */
export function isPath(text: string): boolean {
  return compiles(() => compilePathSource(text));
}

/** Whether the text is a Reference Path as ResultPath takes it. */
export function isReferencePath(text: string): boolean {
  return compiles(() => parseReferencePath(text));
}

/** Whether the text is a Path that names a single node of the input, the context object or a variable. */
export function isSingularPath(text: string): boolean {
  return compiles(() => {
    const { tree } = compilePathSource(text);
    if (tree.call !== null || singularKeys(tree.steps) === null) {
      throw new ExpressionSyntaxError(`'${text}' does not name a single node`, text);
    }
  });
}

function compiles(compile: () => unknown): boolean {
  try {
    compile();
    return true;
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return false;
    throw error;
  }
}
