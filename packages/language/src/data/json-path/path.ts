import type { Json } from '../../json.ts';
import { Meter } from '../meter.ts';
import { compileFunction } from './functions.ts';
import { compileCondition } from './filter.ts';
import { parsePath } from './path-parser.ts';
import { compilePlainGather, compilePlainRead } from './plain-path.ts';
import type { PlainRead } from './plain-path.ts';
import { compileSteps, describeSteps } from './steps.ts';
import type { Operand, PathTree } from './syntax-tree.ts';
import { PathNotFoundError, Walk } from './walk.ts';
import type { Read } from './walk.ts';

/** A compiled JSONPath. */
export interface JsonPath {
  readonly definite: boolean;
  readonly tree: PathTree;
  /**
   * A definite path's one match (throws {@link PathNotFoundError} without one), or an indefinite path's list of
   * matches. Throws StatesError where the evaluation costs too much.
   */
  read(document: Json, meter?: Meter): Json;
  /** Reads a path of single names and indices at once, or gives undefined; null where the path does more. */
  readonly readPlain: PlainRead | null;
}

/** Compiles `$…`, in Jayway's dialect. Throws ExpressionSyntaxError. */
export function compileJsonPath(text: string): JsonPath {
  return compileTree(parsePath(text));
}

export function compileTree(tree: PathTree): JsonPath {
  const select = compileSelection(tree);
  return {
    tree,
    definite: tree.definite,
    readPlain: compilePlainRead(tree),
    read: (document, meter = new Meter()) => select(document, new Walk(document, meter)),
  };
}

type Select = (from: Json, walk: Walk) => Json;

function compileSelection(tree: PathTree): Select {
  const gather = compileGathering(tree);
  if (tree.call === null) return gather;
  const call = compileFunction(tree.call, compileOperand);
  return (from, walk) => call(gather(from, walk), walk);
}

/** The path without its function: one value, or the list of all. */
function compileGathering(tree: PathTree): Select {
  const gather = compilePlainGather(tree);
  if (gather !== null) return gather;
  const steps = compileSteps(tree, (condition) => compileCondition(condition, compileOperand));
  const definite = tree.call === null ? tree.definite : isDefinite(tree);
  const nothing = `No results for path: ${describeSteps(tree.root, tree.steps)}`;
  if (definite) {
    return (from, walk) => {
      let found: Json | undefined;
      steps(from, walk, (value) => {
        found = value;
      });
      if (found === undefined) throw new PathNotFoundError(nothing);
      return found;
    };
  }
  return (from, walk) => {
    const found: Json[] = [];
    try {
      steps(from, walk, (value) => {
        walk.checkItems(found.push(value));
      });
    } catch (error) {
      // AWS answers [] where Jayway stops at a missing property before the wildcard, slice or filter.
      if (error instanceof PathNotFoundError) return [];
      throw error;
    }
    return found;
  };
}

function isDefinite(tree: PathTree): boolean {
  return tree.steps.every((step) => (step.kind === 'names' ? step.names.length === 1 : step.kind === 'indices'));
}

/** What stands on either side of a filter's operator or between a function's parentheses. */
function compileOperand(operand: Operand): Read {
  if (operand.kind === 'literal') return () => operand.value;
  // A regular expression has a value for `=~` only, which takes it from the tree.
  if (operand.kind === 'pattern') return () => undefined;
  const { path } = operand;
  const select = compileSelection(path);
  const readPlain = compilePlainRead(path);
  return (item, walk) => {
    const plain = readPlain?.(path.root === '$' ? walk.root : item);
    if (plain !== undefined) {
      walk.visit(1);
      return plain;
    }
    try {
      return select(path.root === '$' ? walk.root : item, walk);
    } catch (error) {
      if (error instanceof PathNotFoundError) return undefined;
      throw error;
    }
  };
}
