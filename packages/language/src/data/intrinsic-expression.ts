import { ExpressionSyntaxError, StatesError } from '../errors.ts';
import type { StatesErrorName } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Scope } from './expression.ts';
import { IntrinsicError } from './intrinsics/intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsics/intrinsic-function.ts';
import { INTRINSIC_FUNCTIONS } from './intrinsics/registry.ts';
import { Reader } from './json-path/reader.ts';
import { MAX_INTRINSIC_NESTING } from './limits.ts';
import { Meter } from './meter.ts';
import type { MeteredExpression } from './meter.ts';
import { PathNotFoundError, compilePathSource, readPathSource } from './path-source.ts';
import type { PathSource } from './path-source.ts';

/** The error a function's own failure has; a path among its arguments without a match is States.Runtime. */
export const INTRINSIC_FAILURE: StatesErrorName = 'States.IntrinsicFailure';

type Evaluate = (scope: Scope, meter: Meter) => Json;

interface Argument {
  readonly evaluate: Evaluate;
  /** Of a text in quotes. */
  readonly text?: string;
}

/** Collects what a caller may want to know of a call without evaluating it. */
interface Compilation {
  readonly reader: Reader;
  readonly paths: PathSource[];
}

/**
 * Compiles a call of an intrinsic function, `States.Format('{}', $.x)`: its arguments are texts in single quotes,
 * numbers, true, false, null, paths and calls, at most ten deep.
 */
export function compileIntrinsic(text: string): MeteredExpression {
  const { evaluate } = parseIntrinsic(text);
  return { text, evaluate: (scope, meter = new Meter()) => evaluate(scope, meter) };
}

/** The names of the variables a path or an intrinsic call reads, each once, in the order of the text. */
export function referencedVariables(text: string): readonly string[] {
  const paths = text.startsWith('$') ? [compilePathSource(text)] : parseIntrinsic(text).paths;
  return [...new Set(paths.flatMap((path) => path.variable ?? []))];
}

function parseIntrinsic(text: string): { evaluate: Evaluate; paths: readonly PathSource[] } {
  const compilation: Compilation = { reader: new Reader(text), paths: [] };
  const { reader } = compilation;
  reader.skipSpace();
  const call = readCall(compilation, 1);
  reader.skipSpace();
  if (!reader.atEnd) reader.fail('unexpected character');
  return { evaluate: (scope, meter) => evaluateCall(text, call, scope, meter), paths: compilation.paths };
}

/** An argument's path found nothing: names the path for the expression's error text. */
class MissingArgumentError extends Error {
  readonly path: PathSource;
  constructor(path: PathSource) {
    super(`no value at ${path.text}`);
    this.name = 'MissingArgumentError';
    this.path = path;
  }
}

function evaluateCall(text: string, call: Evaluate, scope: Scope, meter: Meter): Json {
  try {
    return call(scope, meter);
  } catch (error) {
    if (error instanceof IntrinsicError) {
      throw new StatesError(INTRINSIC_FAILURE, `The function '${text}' had the following error: ${error.message}`);
    }
    if (!(error instanceof MissingArgumentError)) throw error;
    const { path } = error;
    const miss = `could not be found in the input '${path.documentText(scope)}'`;
    throw new StatesError(
      'States.Runtime',
      `The function '${text}' had the following error: The JsonPath argument for the field '${path.text}' ${miss}`,
    );
  }
}

const NAME = /States\.[A-Za-z0-9]+/y;

function readCall(compilation: Compilation, depth: number): Evaluate {
  const { reader } = compilation;
  if (depth > MAX_INTRINSIC_NESTING) reader.fail(`calls nest at most ${MAX_INTRINSIC_NESTING} deep`);
  const start = reader.position;
  const name = reader.match(NAME);
  if (name === undefined) return reader.fail("expected the name of an intrinsic function, such as 'States.Format'");
  const intrinsic = INTRINSIC_FUNCTIONS.get(name);
  if (intrinsic === undefined) {
    reader.position = start;
    return reader.fail(`unknown intrinsic function '${name}'`);
  }
  reader.skipSpace();
  reader.expect('(');
  const parameters = readArguments(compilation, intrinsic, depth);
  const [least, most] = intrinsic.arity;
  if (parameters.length < least || parameters.length > most) {
    const expected = least === most ? String(least) : `${least} to ${most}`;
    reader.position = start;
    reader.fail(`${name} takes ${expected} arguments, not ${parameters.length},`);
  }
  return compileCall(intrinsic, parameters);
}

function compileCall(intrinsic: IntrinsicFunction, parameters: readonly Argument[]): Evaluate {
  const [first] = parameters;
  const prepared = intrinsic.prepare !== undefined && first?.text !== undefined ? intrinsic.prepare(first.text) : null;
  const evaluations = (prepared === null ? parameters : parameters.slice(1)).map(({ evaluate }) => evaluate);
  const call = prepared ?? intrinsic.call;
  return (scope, meter) => {
    const values: Json[] = [];
    for (let index = 0; index < evaluations.length; index++) {
      const value = evaluations[index]?.(scope, meter) ?? null;
      meter.charge(value);
      values.push(value);
    }
    const result = call(values, scope);
    meter.charge(result);
    return result;
  };
}

function readArguments(compilation: Compilation, intrinsic: IntrinsicFunction, depth: number): Argument[] {
  const { reader } = compilation;
  const parameters: Argument[] = [];
  reader.skipSpace();
  if (reader.accept(')')) return parameters;
  do {
    reader.skipSpace();
    const asWritten = intrinsic.takesTemplate === true && parameters.length === 0;
    parameters.push(readArgument(compilation, depth, asWritten));
    reader.skipSpace();
  } while (reader.accept(','));
  reader.expect(')');
  return parameters;
}

function readArgument(compilation: Compilation, depth: number, asWritten: boolean): Argument {
  const { reader, paths } = compilation;
  if (reader.startsWith("'")) {
    const value = readText(reader, asWritten);
    return { evaluate: () => value, text: value };
  }
  if (reader.startsWith('$')) {
    const path = readPathSource(reader);
    paths.push(path);
    return { evaluate: (scope, meter) => readPath(path, scope, meter) };
  }
  if (reader.startsWith('States.')) return { evaluate: readCall(compilation, depth + 1) };
  const value = reader.readNumber() ?? reader.readKeyword();
  if (value === undefined) return reader.fail('expected an argument');
  return { evaluate: () => value };
}

function readPath(path: PathSource, scope: Scope, meter: Meter): Json {
  const plain = path.readPlain(scope);
  if (plain !== undefined) return plain;
  try {
    return path.read(scope, meter);
  } catch (error) {
    if (error instanceof PathNotFoundError) throw new MissingArgumentError(path);
    throw error;
  }
}

/** A text in single quotes. AWS knows `\'`, `\{`, `\}` and `\\` and refuses every other backslash. */
function readText(reader: Reader, asWritten: boolean): string {
  reader.expect("'");
  let text = '';
  while (!reader.accept("'")) {
    if (reader.atEnd) reader.fail("missing '");
    if (reader.accept('\\')) {
      const escaped = reader.peek();
      if (escaped === '' || !"'{}\\".includes(escaped)) reader.fail('illegal escape');
      if (asWritten) text += '\\';
    }
    text += reader.peek();
    reader.position++;
  }
  return text;
}

/** Whether the text is a valid call of an intrinsic function. */
export function isIntrinsic(text: string): boolean {
  try {
    parseIntrinsic(text);
    return true;
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return false;
    throw error;
  }
}
