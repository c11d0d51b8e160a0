import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import { jsonText } from '../json.ts';
import type { Json } from '../json.ts';
import type { Scope } from './expression.ts';
import { compileTree } from './json-path/path.ts';
import { parsePath, readNestedPath } from './json-path/path-parser.ts';
import type { PlainRead } from './json-path/plain-path.ts';
import type { Reader } from './json-path/reader.ts';
import type { PathTree } from './json-path/syntax-tree.ts';
import { PathNotFoundError } from './json-path/walk.ts';
import { MAX_VARIABLE_NAME_CHARACTERS } from './limits.ts';
import type { Meter } from './meter.ts';

export { PathNotFoundError };

/** A Path of the states language, compiled: `$…` on the input, `$$…` on the context object, `$name…` on a variable. */
export interface PathSource {
  readonly text: string;
  /** The variable's name, for `$name…`. */
  readonly variable: string | null;
  readonly root: 'input' | 'context' | 'variable';
  readonly tree: PathTree;
  /** Throws {@link PathNotFoundError}, or StatesError where the evaluation costs too much. */
  read(scope: Scope, meter: Meter): Json;
  /** As `read` without a meter, where the path is so plain that it needs none; undefined: ask `read`. */
  readPlain(scope: Scope): Json | undefined;
  /** What the path was looked up in, for an error's text. */
  documentText(scope: Scope): string;
}

// Variables are named as identifiers of Unicode (UAX #31), like the language's own.
const VARIABLE = /\$[\p{ID_Start}_][\p{ID_Continue}]*/uy;

/** Compiles a whole text. Throws ExpressionSyntaxError. */
export function compilePathSource(text: string): PathSource {
  const variable = readVariableName(text, 0);
  if (text.startsWith('$$')) return makeSource(text, 'context', null, parseRest(text, text.slice(1), 1));
  if (variable === null) return makeSource(text, 'input', null, parsePath(text));
  const rest = `$${text.slice(variable.length + 1)}`;
  return makeSource(text, 'variable', variable, parseRest(text, rest, variable.length));
}

/** Reads the path that comes next in an intrinsic call; its text is what was read. */
export function readPathSource(reader: Reader): PathSource {
  const start = reader.position;
  const variable = readVariableName(reader.text, start);
  const root = reader.startsWith('$$') ? 'context' : variable === null ? 'input' : 'variable';
  // The path parser steps over one character for its own `$`.
  reader.position += root === 'context' ? 1 : (variable?.length ?? 0);
  const tree = readNestedPath(reader, 0);
  return makeSource(reader.text.slice(start, reader.position), root, variable, tree);
}

function readVariableName(text: string, position: number): string | null {
  VARIABLE.lastIndex = position;
  const name = VARIABLE.exec(text)?.[0].slice(1);
  if (name === undefined) return null;
  if (name.length > MAX_VARIABLE_NAME_CHARACTERS) {
    throw new ExpressionSyntaxError(`The name of the variable '${name}' is too long`, text, position);
  }
  return name;
}

/** Parses a text whose root was rewritten to `$`, and reports errors in terms of the text as written. */
function parseRest(text: string, rest: string, shift: number): PathTree {
  try {
    return parsePath(rest);
  } catch (error) {
    if (!(error instanceof ExpressionSyntaxError)) throw error;
    const offset = error.offset === undefined ? undefined : error.offset + shift;
    throw new ExpressionSyntaxError(
      error.message.replace(`'${rest}'`, () => `'${text}'`),
      text,
      offset,
    );
  }
}

function makeSource(text: string, root: PathSource['root'], variable: string | null, tree: PathTree): PathSource {
  const path = compileTree(tree);
  return {
    text,
    variable,
    root,
    tree,
    read: (scope, meter) => path.read(documentOf(scope, root, variable), meter),
    readPlain: compilePlain(path.readPlain, root, variable),
    documentText: (scope) => {
      const value = root === 'variable' && variable !== null ? (scope.variable(variable) ?? {}) : undefined;
      return safeText(value ?? (root === 'context' ? scope.context : scope.input));
    },
  };
}

function compilePlain(
  readPlain: PlainRead | null,
  root: PathSource['root'],
  variable: string | null,
): PathSource['readPlain'] {
  if (readPlain === null) return () => undefined;
  if (variable !== null) {
    return (scope) => {
      const value = scope.variable(variable);
      return value === undefined ? undefined : readPlain(value);
    };
  }
  return root === 'context' ? (scope) => readPlain(scope.context) : (scope) => readPlain(scope.input);
}

function documentOf(scope: Scope, root: PathSource['root'], variable: string | null): Json {
  if (variable === null) return root === 'context' ? scope.context : scope.input;
  const value = scope.variable(variable);
  if (value === undefined) throw new PathNotFoundError(`No results for path: $['${variable}']`);
  return value;
}

/** Compact JSON; a value too deep for the engine's own recursion must not turn an error report into another error. */
export function safeText(value: Json): string {
  try {
    return jsonText(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new StatesError('States.Runtime', 'A value is nested too deeply.');
  }
}
