/** What a JSONata expression reads from its surroundings, found without running it. */
export interface JsonataReferences {
  /** Names read from a context that is not there: `phone`, `$` for the context itself, `$$` for the whole document. */
  readonly topLevel: readonly string[];
  /** The fields of `$states` that paths begin with: `input`, `result`. */
  readonly statesFields: readonly string[];
  /** Variables that the expression does not bind itself, without `$states` and the functions of the language. */
  readonly variables: readonly string[];
}

/** A node of the tree that the `jsonata` package parses to, read field by field: it is not typed in full there. */
type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nodes(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The pairs of an object constructor or a grouping. */
function pairs(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.flatMap(nodes) : [];
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

/** Where a node stands: `atTop` while its context is the one that the expression as a whole is evaluated in. */
interface Place {
  readonly atTop: boolean;
  readonly bindings: Bindings;
}

/**
 * Walks a parsed expression. Only the first step of a path reads the context around it: later steps, predicates, sort
 * terms and groupings read what the step before them gave. The body of a lambda keeps the context it is written in.
 */
export function findJsonataReferences(tree: unknown, functionNames: ReadonlySet<string>): JsonataReferences {
  const found = { topLevel: new Set<string>(), statesFields: new Set<string>(), variables: new Set<string>() };
  const walk = new ReferenceWalk(found, functionNames);
  if (isNode(tree)) walk.visit(tree, { atTop: true, bindings: { names: new Set(), outer: null } });
  return {
    topLevel: [...found.topLevel],
    statesFields: [...found.statesFields],
    variables: [...found.variables],
  };
}

interface Found {
  readonly topLevel: Set<string>;
  readonly statesFields: Set<string>;
  readonly variables: Set<string>;
}

class ReferenceWalk {
  readonly #found: Found;
  readonly #functionNames: ReadonlySet<string>;

  constructor(found: Found, functionNames: ReadonlySet<string>) {
    this.#found = found;
    this.#functionNames = functionNames;
  }

  visit(node: Node, place: Place): void {
    this.#visitOwn(node, place);
    const inner = { ...place, atTop: false };
    for (const stage of [...nodes(node['predicate']), ...nodes(node['stages'])]) this.#child(stage['expr'], inner);
    if (isNode(node['group'])) this.#each(pairs(node['group']['lhs']), inner);
  }

  #visitOwn(node: Node, place: Place): void {
    switch (node['type']) {
      case 'path':
        return this.#visitPath(nodes(node['steps']), place);
      case 'name':
        if (place.atTop) this.#found.topLevel.add(text(node['value']));
        return;
      case 'variable':
        return this.#visitVariable(text(node['value']), place);
      case 'unary':
        this.#each(nodes(node['expressions']), place);
        this.#each(pairs(node['lhs']), place);
        return this.#child(node['expression'], place);
      case 'function':
      case 'partial':
        return this.#visitCall(node, place);
      case 'lambda':
        return this.#visitLambda(node, place);
      case 'block':
        return this.#each(nodes(node['expressions']), { ...place, bindings: within(place.bindings) });
      case 'bind':
        if (isNode(node['lhs'])) place.bindings.names.add(text(node['lhs']['value']));
        return this.#child(node['rhs'], place);
      case 'condition':
        for (const part of ['condition', 'then', 'else']) this.#child(node[part], place);
        return;
      case 'sort':
        for (const term of nodes(node['terms'])) this.#child(term['expression'], { ...place, atTop: false });
        return;
      case 'transform':
        for (const part of ['pattern', 'update', 'delete']) this.#child(node[part], { ...place, atTop: false });
        return;
      default:
        this.#child(node['lhs'], place);
        this.#child(node['rhs'], place);
    }
  }

  #visitPath(steps: readonly Node[], place: Place): void {
    const [first, second] = steps;
    if (first?.['type'] === 'variable' && first['value'] === 'states' && second?.['type'] === 'name') {
      this.#found.statesFields.add(text(second['value']));
    }
    // `@$v` and `#$i` bind names for the steps after them.
    const bound = steps.flatMap((step) => [text(step['focus']), text(step['index'])]);
    const bindings = within(place.bindings, bound);
    for (const [index, step] of steps.entries()) this.visit(step, { atTop: place.atTop && index === 0, bindings });
  }

  #visitVariable(name: string, place: Place): void {
    if (name === '') {
      if (place.atTop) this.#found.topLevel.add('$');
    } else if (name === '$') {
      this.#found.topLevel.add('$$');
    } else if (name !== 'states' && !isBound(place.bindings, name) && !this.#functionNames.has(name)) {
      this.#found.variables.add(name);
    }
  }

  #visitCall(node: Node, place: Place): void {
    const procedure = node['procedure'];
    // What is called is a function, which no variable of a workflow can hold.
    if (isNode(procedure) && procedure['type'] !== 'variable') this.visit(procedure, place);
    this.#each(nodes(node['arguments']), place);
  }

  #visitLambda(node: Node, place: Place): void {
    const names = nodes(node['arguments']).map((argument) => text(argument['value']));
    this.#child(node['body'], { ...place, bindings: within(place.bindings, names) });
  }

  #child(value: unknown, place: Place): void {
    if (isNode(value)) this.visit(value, place);
  }

  #each(list: readonly Node[], place: Place): void {
    for (const node of list) this.visit(node, place);
  }
}
