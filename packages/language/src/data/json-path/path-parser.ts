import { MAX_PATH_STEPS } from '../limits.ts';
import { readFilter, readOperand } from './filter-parser.ts';
import type { ReadPath } from './filter-parser.ts';
import { Reader } from './reader.ts';
import { FUNCTION_NAMES } from './syntax-tree.ts';
import type { FunctionCall, FunctionName, Operand, PathStep, PathTree } from './syntax-tree.ts';

/** Parses a whole text, which must begin with `$`. Throws ExpressionSyntaxError. */
export function parsePath(text: string): PathTree {
  const reader = new Reader(text);
  if (reader.peek() !== '$') reader.fail("a path must begin with '$'");
  const path = readPath(reader, 0, PLAIN_NAME);
  if (!reader.atEnd) reader.fail('unexpected character');
  return path;
}

/** Reads the path that comes next inside another expression, an intrinsic call's arguments or a filter. */
export const readNestedPath: ReadPath = (reader, depth) => readPath(reader, depth, NESTED_NAME);

// A name after a dot ends where the next step begins; inside a filter also where an operator or the filter's end does.
const PLAIN_NAME = /[^.[\]()\s]+/y;
const NESTED_NAME = /[^.[\]()\s,<>=!~&|]+/y;

function readPath(reader: Reader, depth: number, name: RegExp): PathTree {
  const root = reader.peek() === '@' ? '@' : '$';
  reader.position++;
  const steps: PathStep[] = [];
  let call: FunctionCall | null = null;
  while (call === null && (reader.startsWith('.') || reader.startsWith('['))) {
    if (reader.accept('..')) {
      if (reader.atEnd) reader.fail("a path must not end with '..'");
      steps.push({ kind: 'scan' });
    } else if (reader.accept('.') && reader.atEnd) reader.fail("a path must not end with '.'");
    if (steps.length > MAX_PATH_STEPS) reader.fail(`a path has at most ${MAX_PATH_STEPS} steps`);
    if (reader.startsWith('[')) steps.push(readBracket(reader, depth));
    else {
      const step = readDotted(reader, depth, name);
      if ('kind' in step) steps.push(step);
      else if (steps.at(-1)?.kind === 'scan') reader.fail("a function cannot follow '..'");
      else call = step;
    }
  }
  return { root, steps, call, definite: steps.every(isDefinite) || call !== null };
}

/** Several names at the path's end count as definite too (they become one object). */
function isDefinite(step: PathStep, index: number, steps: readonly PathStep[]): boolean {
  if (step.kind === 'names') return step.names.length === 1 || index === steps.length - 1;
  return step.kind === 'indices' && step.indices.length === 1;
}

function readDotted(reader: Reader, depth: number, name: RegExp): PathStep | FunctionCall {
  if (reader.accept('*')) return { kind: 'wildcard' };
  const word = reader.match(name);
  if (word === undefined) reader.fail('expected a name');
  if (!reader.accept('(')) return { kind: 'names', names: [word] };
  if (!isFunctionName(word)) reader.fail(`unknown function '${word}'`);
  return { name: word, arguments: readArguments(reader, depth + 1) };
}

function isFunctionName(word: string): word is FunctionName {
  return FUNCTION_NAMES.some((name) => name === word);
}

function readArguments(reader: Reader, depth: number): FunctionCall['arguments'] {
  const operands: Operand[] = [];
  reader.skipSpace();
  if (reader.accept(')')) return operands;
  do {
    reader.skipSpace();
    operands.push(readOperand(reader, depth, readNestedPath));
    reader.skipSpace();
  } while (reader.accept(','));
  reader.expect(')');
  return operands;
}

function readBracket(reader: Reader, depth: number): PathStep {
  reader.expect('[');
  reader.skipSpace();
  const step = readSelector(reader, depth);
  reader.skipSpace();
  reader.expect(']');
  return step;
}

function readSelector(reader: Reader, depth: number): PathStep {
  if (reader.accept('*')) return { kind: 'wildcard' };
  if (reader.accept('?')) return { kind: 'filter', condition: readFilter(reader, depth + 1, readNestedPath) };
  const first = reader.peek();
  if (first === "'" || first === '"') return { kind: 'names', names: readList(reader, () => reader.readQuoted()) };
  const start = reader.readInteger();
  reader.skipSpace();
  if (reader.accept(':')) {
    reader.skipSpace();
    const end = reader.readInteger();
    reader.skipSpace();
    if (reader.peek() === ':') reader.fail('slices have no step');
    return { kind: 'slice', start: start ?? null, end: end ?? null };
  }
  if (start === undefined) reader.fail("expected a quoted name, a number, '*', ':' or '?'");
  const more = reader.accept(',')
    ? readList(reader, () => reader.readInteger() ?? reader.fail('expected a number'))
    : [];
  return { kind: 'indices', indices: [start, ...more] };
}

function readList<T>(reader: Reader, readItem: () => T): T[] {
  const items: T[] = [];
  do {
    reader.skipSpace();
    items.push(readItem());
    reader.skipSpace();
  } while (reader.accept(','));
  return items;
}
