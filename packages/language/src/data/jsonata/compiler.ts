import type { Node } from './syntax-tree.ts';
import type { Evaluator } from './value.ts';

/** What the files that compile one kind of part need of the whole. */
export interface Compiler {
  compile(node: Node): Evaluator;
  /** The index under which a run knows the variable `name` of the outside. */
  global(name: string): number;
  /** Whether some part of the expression binds the name. */
  isBound(name: string): boolean;
}

export function compileAll(nodes: readonly Node[], compiler: Compiler): readonly Evaluator[] {
  return nodes.map((node) => compiler.compile(node));
}
