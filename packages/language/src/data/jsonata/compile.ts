/**
 * How a JSONata expression becomes a closure.
 *
 * 1. `parse.ts` hands the text to the `jsonata` package, of which only the parser is used, after refusing what would
 *    make it copy parts of its tree without end. `read-tree.ts` turns the answer into the typed tree of
 *    `syntax-tree.ts`, within a bound of depth and size.
 * 2. `compile-node.ts` turns every part of the tree into an `Evaluator`, a closure from the context item and a frame of
 *    variables to a value. What can be known beforehand is decided here, once: which names only the outside can bind
 *    (they get an index instead of a search), which paths are plain member names, which object keys are literals. The
 *    parts that need more have a file each: paths, paths with bindings, filters, groups, order-by, calls, transformers,
 *    regular expressions. `functions/` holds the built-in functions by topic.
 * 3. An evaluation is one call of the outermost closure. It sees the world through its `Run`: `$states`, the variables,
 *    the time and the chance of the state, all given, so that the same evaluation always gives the same.
 *
 * Sequences. Paths and functions give arrays that are marked as sequences, and behind every part a sequence of one item
 * becomes that item and one of none becomes nothing (`normalise`). The marks stand on arrays that the evaluation made
 * itself, never on data, and `output.ts` copies them away.
 *
 * Calls. A lambda is a closure over its frame. A call in tail position answers with a `TailCall`, which the loop in
 * `callables.ts` runs, so that a loop by recursion has no depth. All other calls count the nesting of their bodies.
 *
 * Budgets. Everything that takes time or memory is counted by the run (`limits.ts`), never timed: items and nodes as
 * steps, what is written into arrays, characters. An expression without end fails at the same place everywhere.
 */
import { ExpressionSyntaxError, StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { compileNode } from './compile-node.ts';
import type { Compiler } from './compiler.ts';
import { errorMessage, JsonataError } from './errors.ts';
import { BUILT_INS } from './functions/registry.ts';
import { shownValue, toJson } from './output.ts';
import { parseJsonata } from './parse.ts';
import { PatternError } from './regex.ts';
import { Run } from './run.ts';
import type { JsonataBindings } from './run.ts';
import { Frame, sequenceOf } from './value.ts';
import type { Node } from './syntax-tree.ts';
import type { Evaluator, List, Value } from './value.ts';

/** The names of the built-in functions, without the `$`. */
export const JSONATA_FUNCTION_NAMES: ReadonlySet<string> = new Set(BUILT_INS.keys());

export interface JsonataExpression {
  /** Without the delimiters `{%` and `%}`. */
  readonly text: string;
  readonly tree: Node;
  /** undefined: the expression returned nothing. Throws {@link StatesError} `States.QueryEvaluationError`. */
  evaluate(bindings: JsonataBindings): Json | undefined;
}

/** Compiles a text without its delimiters. Throws {@link ExpressionSyntaxError} with the parser's code and position. */
export function compileJsonata(text: string): JsonataExpression {
  const { root, bound } = parseJsonata(text);
  const names: string[] = [];
  const indices = new Map<string, number>();
  const compiler: Compiler = {
    compile: (node) => compileNode(node, compiler),
    global(name) {
      const index = indices.get(name) ?? names.push(name) - 1;
      indices.set(name, index);
      return index;
    },
    isBound: (name) => bound.has(name),
  };
  const evaluate = compileOrRefuse(() => compiler.compile(root), text);
  return { text, tree: root, evaluate: (bindings) => runGuarded(evaluate, names, bindings) };
}

function compileOrRefuse(compile: () => Evaluator, text: string): Evaluator {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ExpressionSyntaxError(`S0303: The regular expression cannot be used: ${error.message}`, text);
  }
}

function runGuarded(evaluate: Evaluator, names: readonly string[], bindings: JsonataBindings): Json | undefined {
  const run = new Run(bindings, names, resolve);
  const { input } = bindings;
  try {
    const context: Value = Array.isArray(input) ? wrappedInput(input) : input;
    return toJson(evaluate(context, new Frame(run, null, null, null)));
  } catch (error) {
    throw queryError(error);
  }
}

/** An input document that is an array counts as one item. */
function wrappedInput(input: List): List {
  const wrapped = sequenceOf(input);
  wrapped.wrapsInput = true;
  return wrapped;
}

function resolve(name: string, bindings: JsonataBindings): Value {
  if (name === 'states') return bindings.states;
  if (name === '$') return bindings.input;
  const variable = bindings.variables(name);
  return variable === undefined ? BUILT_INS.get(name) : variable;
}

function queryError(error: unknown): unknown {
  if (error instanceof JsonataError) {
    return new StatesError('States.QueryEvaluationError', `${error.code}: ${errorMessage(error, shownValue)}`);
  }
  // The budgets end an evaluation long before the engine's stack does; where the caller has used most of it, not.
  if (error instanceof RangeError && /call stack|recursion/i.test(error.message)) {
    return queryError(new JsonataError('D1011'));
  }
  return error;
}
