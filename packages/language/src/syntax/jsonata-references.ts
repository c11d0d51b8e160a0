import type { Node } from '../data/jsonata/syntax-tree.ts';

/** What a JSONata expression reads from its surroundings, found without running it. */
export interface JsonataReferences {
  /** Names read from a context that is not there: `phone`, `$` for the context itself, `$$` for the whole document. */
  readonly topLevel: readonly string[];
  /** The fields of `$states` that paths begin with: `input`, `result`. */
  readonly statesFields: readonly string[];
  /** Variables that the expression does not bind itself, without `$states` and the functions of the language. */
  readonly variables: readonly string[];
}

/** Names bound by the expression itself, innermost first. */
interface Bindings {
  readonly names: Set<string>;
  readonly outer: Bindings | null;
}

function isBound(bindings: Bindings | null, name: string): boolean {
  for (let at = bindings; at !== null; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

function within(outer: Bindings, names: readonly string[] = []): Bindings {
  return { names: new Set(names), outer };
}

/** Where a part stands: `atTop` while its context is the one that the expression as a whole is evaluated in. */
interface Place {
  readonly atTop: boolean;
  readonly bindings: Bindings;
}

/**
 * Walks a parsed expression. Only the first step of a path reads the context around it: later steps, predicates, sort
 * terms and groupings read what the step before them gave. The body of a lambda keeps the context it is written in.
 */
export function findJsonataReferences(tree: Node, functionNames: ReadonlySet<string>): JsonataReferences {
  const walk = new ReferenceWalk(functionNames);
  walk.visit(tree, { atTop: true, bindings: { names: new Set(), outer: null } });
  return {
    topLevel: [...walk.topLevel],
    statesFields: [...walk.statesFields],
    variables: [...walk.variables],
  };
}

class ReferenceWalk {
  readonly topLevel = new Set<string>();
  readonly statesFields = new Set<string>();
  readonly variables = new Set<string>();
  readonly #functionNames: ReadonlySet<string>;

  constructor(functionNames: ReadonlySet<string>) {
    this.#functionNames = functionNames;
  }

  visit(node: Node, place: Place): void {
    this.#visitOwn(node, place);
    const inner = { ...place, atTop: false };
    this.#each(node.predicates, inner);
    for (const stage of node.stages) if (stage.kind === 'filter') this.visit(stage.predicate, inner);
    this.#each(node.group?.pairs.flat() ?? [], inner);
  }

  #visitOwn(node: Node, place: Place): void {
    const inner = { ...place, atTop: false };
    switch (node.kind) {
      case 'name':
        if (place.atTop) this.topLevel.add(node.name);
        return;
      case 'variable':
        return this.#visitVariable(node.name, place);
      case 'path':
        return this.#visitPath(node.steps, place);
      case 'bind':
        place.bindings.names.add(node.name);
        return this.visit(node.value, place);
      case 'block':
        return this.#each(node.expressions, { ...place, bindings: within(place.bindings) });
      case 'lambda':
        return this.visit(node.body, { ...place, bindings: within(place.bindings, node.parameters) });
      case 'sort':
        return this.#each(
          node.terms.map((term) => term.expression),
          inner,
        );
      case 'transform':
        return this.#each([node.pattern, node.update, node.remove], inner);
      default:
        return this.#each(partsOf(node), place);
    }
  }

  #visitPath(steps: readonly Node[], place: Place): void {
    const [first, second] = steps;
    if (first?.kind === 'variable' && first.name === 'states' && second?.kind === 'name') {
      this.statesFields.add(second.name);
    }
    // `@$v` and `#$i` bind names for the steps after them.
    const bindings = within(place.bindings, steps.flatMap(boundNames));
    for (const [index, step] of steps.entries()) this.visit(step, { atTop: place.atTop && index === 0, bindings });
  }

  #visitVariable(name: string, place: Place): void {
    if (name === '') {
      if (place.atTop) this.topLevel.add('$');
    } else if (name === '$') {
      this.topLevel.add('$$');
    } else if (name !== 'states' && !isBound(place.bindings, name) && !this.#functionNames.has(name)) {
      this.variables.add(name);
    }
  }

  #each(nodes: readonly (Node | null)[], place: Place): void {
    for (const node of nodes) if (node !== null) this.visit(node, place);
  }
}

function boundNames(step: Node): readonly string[] {
  const stages = step.stages.flatMap((stage) => (stage.kind === 'index' ? [stage.name] : []));
  return [step.focus, step.index, ...stages].filter((name) => name !== null);
}

/** The parts of a node that read the same context as the node itself. */
function partsOf(node: Node): readonly (Node | null)[] {
  switch (node.kind) {
    case 'array':
      return node.items.map((item) => item.node);
    case 'object':
      return node.pairs.flat();
    case 'negate':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'apply':
      return [node.left, calledBy(node.right)];
    case 'condition':
      return [node.condition, node.then, node.otherwise];
    case 'call':
    case 'partial':
      return [calledBy(node.procedure), ...node.arguments];
    case 'tail-call':
      return [node.call];
    default:
      return [];
  }
}

/** What is called is a function, which no variable of a workflow can hold. */
function calledBy(node: Node): Node | null {
  return node.kind === 'variable' ? null : node;
}
