import { InvariantError } from '../../errors.ts';
import { MAX_EXPRESSION_NESTING, MAX_EXPRESSION_NODES } from './limits.ts';
import type { CallNode, CallShape, Group, Node, SortTerm, Stage, Traits } from './syntax-tree.ts';

type Raw = Readonly<Record<string, unknown>>;

/** The tree is too deep or too big. */
export class TreeLimitError extends Error {}

/** Reads the parser's tree, whose shape its types only half tell. Throws {@link TreeLimitError}. */
export function readTree(tree: unknown): Tree {
  const reader = new TreeReader();
  const root = reader.read(tree, 1);
  return { root, bound: reader.bound };
}

export interface Tree {
  readonly root: Node;
  /** The names that some part of the expression binds; all others can only come from outside. */
  readonly bound: ReadonlySet<string>;
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null;
}

function raw(value: unknown): Raw {
  if (!isRaw(value)) throw new InvariantError('a part of a JSONata expression is no object');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new InvariantError('a name in a JSONata expression is no text');
  return value;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvariantError('a list in a JSONata expression is none');
  return value;
}

class TreeReader {
  readonly bound = new Set<string>();
  #nodes = 0;
  #highest = 0;
  /** Calls in tail position are read as plain calls. */
  #isPlain = false;

  read(value: unknown, depth: number): Node {
    this.#nodes += 1;
    if (depth > MAX_EXPRESSION_NESTING) throw new TreeLimitError('The expression is nested too deeply');
    if (this.#nodes > MAX_EXPRESSION_NODES) throw new TreeLimitError('The expression is too complex');
    const outer = this.#highest;
    this.#highest = 0;
    const node = this.#readNode(raw(value), depth + 1);
    this.#highest = Math.max(outer, node.height);
    return node;
  }

  #readNode(node: Raw, depth: number): Node {
    switch (node['type']) {
      case 'path':
      case 'sort':
      case 'wildcard':
      case 'descendant':
      case 'parent':
      case 'name':
      case 'variable':
      case 'regex':
        return this.#readPathPart(node, depth);
      case 'function':
      case 'partial':
      case 'lambda':
      case 'apply':
      case 'transform':
        return this.#readFunctionPart(node, depth);
      case 'string':
      case 'number':
      case 'value':
        return { kind: 'literal', value: literal(node['value']), ...this.#traits(node, depth) };
      case 'binary': {
        const [left, right] = [this.read(node['lhs'], depth), this.read(node['rhs'], depth)];
        return { kind: 'binary', operator: text(node['value']), left, right, ...this.#traits(node, depth) };
      }
      case 'unary':
        return this.#readUnary(node, depth);
      case 'condition':
        return this.#readCondition(node, depth);
      case 'block': {
        const expressions = list(node['expressions']).map((one) => this.read(one, depth));
        return { kind: 'block', expressions, ...this.#traits(node, depth) };
      }
      case 'bind': {
        const value = this.read(node['rhs'], depth);
        return { kind: 'bind', name: this.#bind(raw(node['lhs'])['value']), value, ...this.#traits(node, depth) };
      }
      default:
        throw new InvariantError(`a JSONata expression has a part of the unknown kind ${String(node['type'])}`);
    }
  }

  #readPathPart(node: Raw, depth: number): Node {
    switch (node['type']) {
      case 'path': {
        const steps = list(node['steps']).map((step) => this.read(step, depth));
        const keepSingletonArray = node['keepSingletonArray'] === true;
        return { kind: 'path', steps, keepSingletonArray, ...this.#traits(node, depth) };
      }
      case 'sort': {
        const terms = list(node['terms']).map((term): SortTerm => {
          const { descending, expression } = raw(term);
          return { descending: descending === true, expression: this.read(expression, depth) };
        });
        return { kind: 'sort', terms, ...this.#traits(node, depth) };
      }
      case 'parent':
        return { kind: 'parent', label: text(raw(node['slot'])['label']), ...this.#traits(node, depth) };
      case 'name':
        return { kind: 'name', name: text(node['value']), ...this.#traits(node, depth) };
      case 'variable':
        return { kind: 'variable', name: text(node['value']), ...this.#traits(node, depth) };
      case 'regex': {
        const pattern = node['value'];
        if (!(pattern instanceof RegExp)) throw new InvariantError('a regular expression of JSONata is none');
        return { kind: 'regex', source: pattern.source, flags: pattern.flags, ...this.#traits(node, depth) };
      }
      default:
        return { kind: node['type'] === 'wildcard' ? 'wildcard' : 'descendant', ...this.#traits(node, depth) };
    }
  }

  #readFunctionPart(node: Raw, depth: number): Node {
    switch (node['type']) {
      case 'function':
        return this.#readCall(node, depth);
      case 'partial': {
        const given = list(node['arguments']).map((one) =>
          raw(one)['type'] === 'operator' ? null : this.read(one, depth),
        );
        return { kind: 'partial', ...this.#callShape(node, depth), arguments: given, ...this.#traits(node, depth) };
      }
      case 'apply': {
        const [left, right] = [this.read(node['lhs'], depth), this.read(node['rhs'], depth)];
        return { kind: 'apply', left, right, ...this.#traits(node, depth) };
      }
      case 'transform': {
        const [pattern, update] = [this.read(node['pattern'], depth), this.read(node['update'], depth)];
        const remove = node['delete'] === undefined ? null : this.read(node['delete'], depth);
        return { kind: 'transform', pattern, update, remove, ...this.#traits(node, depth) };
      }
      default:
        return this.#readLambda(node, depth);
    }
  }

  #readCall(node: Raw, depth: number): CallNode {
    const given = list(node['arguments']).map((one) => this.read(one, depth));
    return { kind: 'call', ...this.#callShape(node, depth), arguments: given, ...this.#traits(node, depth) };
  }

  #callShape(node: Raw, depth: number): CallShape {
    const procedure = this.read(node['procedure'], depth);
    const first = procedure.kind === 'path' ? procedure.steps[0] : undefined;
    const bareName = first?.kind === 'name' || first?.kind === 'variable' ? first.name : null;
    const name = procedure.kind === 'variable' ? procedure.name : (bareName ?? undefined);
    return { procedure, name, bareName };
  }

  #readLambda(node: Raw, depth: number): Node {
    if (node['thunk'] === true) {
      if (this.#isPlain) return this.#readNode(raw(node['body']), depth);
      const call = this.#readCall(raw(node['body']), depth);
      this.#highest = Math.max(this.#highest, call.height);
      return { kind: 'tail-call', call, ...this.#traits(node, depth) };
    }
    const parameters = list(node['arguments']).map((parameter) => this.#bind(raw(parameter)['value']));
    const signature = node['signature'] === undefined ? null : text(raw(node['signature'])['definition']);
    const wasPlain = this.#isPlain;
    this.#isPlain = false;
    const body = this.read(node['body'], depth);
    this.#isPlain = wasPlain;
    return { kind: 'lambda', parameters, signature, body, ...this.#traits(node, depth) };
  }

  #readUnary(node: Raw, depth: number): Node {
    switch (node['value']) {
      case '[': {
        const items = list(node['expressions']).map((item) => ({
          node: this.read(item, depth),
          nested: raw(item)['value'] === '[',
        }));
        return { kind: 'array', items, ...this.#traits(node, depth) };
      }
      case '{':
        return { kind: 'object', pairs: this.#readPairs(node['lhs'], depth), ...this.#traits(node, depth) };
      default:
        return { kind: 'negate', operand: this.read(node['expression'], depth), ...this.#traits(node, depth) };
    }
  }

  #readPairs(pairs: unknown, depth: number): Group['pairs'] {
    return list(pairs).map((pair) => {
      const [key, value] = list(pair);
      return [this.read(key, depth), this.read(value, depth)];
    });
  }

  #readCondition(node: Raw, depth: number): Node {
    const condition = this.#readTest(node, depth);
    const then = this.read(node['then'], depth);
    const otherwise = node['else'] === undefined ? null : this.read(node['else'], depth);
    return { kind: 'condition', condition, then, otherwise, ...this.#traits(node, depth) };
  }

  /**
   * The parser makes `a ?: b` into `a ? a : b`, and `a ?? b` into `$exists(a) ? a : b`, with a copy of `a` that lost its
   * regular expressions. Where it did, `a` is read again from what stands behind the `?`.
   */
  #readTest(node: Raw, depth: number): Node {
    const test = raw(node['condition']);
    if (!lostPattern(test)) return this.read(test, depth);
    const wasPlain = this.#isPlain;
    this.#isPlain = true;
    const isCoalescing = test['type'] === 'function' && raw(test['procedure'])['position'] === undefined;
    const whole = isCoalescing ? { ...test, arguments: [node['then']] } : node['then'];
    const read = this.read(whole, depth);
    this.#isPlain = wasPlain;
    return read;
  }

  #bind(name: unknown): string {
    const bound = text(name);
    this.bound.add(bound);
    return bound;
  }

  #traits(node: Raw, depth: number): Traits {
    const predicates = list(node['predicate']).map((predicate) => this.read(raw(predicate)['expr'], depth));
    const stages = list(node['stages']).map((stage): Stage => {
      const { type, expr, value } = raw(stage);
      if (type === 'index') return { kind: 'index', name: this.#bind(value) };
      return { kind: 'filter', predicate: this.read(expr, depth) };
    });
    const group = node['group'] === undefined ? null : { pairs: this.#readPairs(raw(node['group'])['lhs'], depth) };
    return {
      position: typeof node['position'] === 'number' ? node['position'] : 0,
      height: this.#highest + heightOf(node),
      keepArray: node['keepArray'] === true,
      predicates,
      group,
      stages,
      focus: node['focus'] === undefined ? null : this.#bind(node['focus']),
      index: node['index'] === undefined ? null : this.#bind(node['index']),
      ancestor: node['ancestor'] === undefined ? null : text(raw(node['ancestor'])['label']),
      tuple: node['tuple'] === true,
      constructed: node['consarray'] === true,
    };
  }
}

/** How many calls of the engine a part takes before the parts below it are reached, about; measured. */
const HEIGHTS = new Map<unknown, number>([
  ['path', 3],
  ['sort', 7],
  ['function', 2],
  ['transform', 3],
]);

function heightOf(node: Raw): number {
  const filters = node['predicate'] === undefined && node['stages'] === undefined ? 0 : 2;
  const groups = node['group'] === undefined && node['value'] !== '{' ? 0 : 3;
  const tuples = node['tuple'] === true ? 2 : 0;
  return (HEIGHTS.get(node['type']) ?? 1) + filters + groups + tuples;
}

function literal(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  throw new InvariantError('a literal of a JSONata expression is none');
}

/** Whether a regular expression below became an empty object. */
function lostPattern(node: Raw): boolean {
  const pending: unknown[] = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!isRaw(next) || next instanceof RegExp) continue;
    if (next['type'] === 'regex' && !(next['value'] instanceof RegExp)) return true;
    for (const below of Object.values(next)) if (isRaw(below)) pending.push(below);
  }
  return false;
}
