/**
 * The syntax tree of an expression, as the rest of this folder reads it. It is the parser's tree with every kind of
 * part named, and with what the parser writes beside a part (predicates, bindings, marks) in {@link Traits}.
 */
export interface Traits {
  readonly position: number;
  /** How deep the engine's stack gets when the part is evaluated, about, without the functions it calls. */
  readonly height: number;
  /** `part[]`: one item stays an array. */
  readonly keepArray: boolean;
  /** Filters behind a part that is no step of a path. */
  readonly predicates: readonly Node[];
  /** `part{key: value}`. */
  readonly group: Group | null;
  /** Filters and index bindings behind a step. */
  readonly stages: readonly Stage[];
  /** `step@$name`. */
  readonly focus: string | null;
  /** `step#$name`. */
  readonly index: string | null;
  /** The name under which later steps find this step's parent: `%`. */
  readonly ancestor: string | null;
  /** From here on, items carry bindings. */
  readonly tuple: boolean;
  /** An array constructor at the start or the end of a path. */
  readonly constructed: boolean;
}

export type Stage =
  | { readonly kind: 'filter'; readonly predicate: Node }
  | { readonly kind: 'index'; readonly name: string };

export interface Group {
  readonly pairs: readonly (readonly [key: Node, value: Node])[];
}

export interface SortTerm {
  readonly descending: boolean;
  readonly expression: Node;
}

export interface CallShape {
  readonly procedure: Node;
  /** What errors call the function. */
  readonly name: string | undefined;
  /** The name that a call such as `sum(…)`, without its `$`, has; null where it is no name. */
  readonly bareName: string | null;
}

export type PathNode = Traits & {
  readonly kind: 'path';
  readonly steps: readonly Node[];
  readonly keepSingletonArray: boolean;
};
export type SortNode = Traits & { readonly kind: 'sort'; readonly terms: readonly SortTerm[] };
export type BinaryNode = Traits & {
  readonly kind: 'binary';
  readonly operator: string;
  readonly left: Node;
  readonly right: Node;
};
export type ArrayNode = Traits & {
  readonly kind: 'array';
  /** `nested`: the item is itself an array constructor, whose array is not flattened. */
  readonly items: readonly { readonly node: Node; readonly nested: boolean }[];
};
export type ObjectNode = Traits & Group & { readonly kind: 'object' };
export type CallNode = Traits & CallShape & { readonly kind: 'call'; readonly arguments: readonly Node[] };
/** null: a `?`, to be given later. */
export type PartialNode = Traits &
  CallShape & { readonly kind: 'partial'; readonly arguments: readonly (Node | null)[] };
export type LambdaNode = Traits & {
  readonly kind: 'lambda';
  readonly parameters: readonly string[];
  readonly signature: string | null;
  readonly body: Node;
};
export type ConditionNode = Traits & {
  readonly kind: 'condition';
  readonly condition: Node;
  readonly then: Node;
  readonly otherwise: Node | null;
};
export type TransformNode = Traits & {
  readonly kind: 'transform';
  readonly pattern: Node;
  readonly update: Node;
  readonly remove: Node | null;
};

export type Node =
  | PathNode
  | SortNode
  | BinaryNode
  | ArrayNode
  | ObjectNode
  | CallNode
  | PartialNode
  | LambdaNode
  | ConditionNode
  | TransformNode
  | (Traits & { readonly kind: 'negate'; readonly operand: Node })
  | (Traits & { readonly kind: 'literal'; readonly value: string | number | boolean | null })
  | (Traits & { readonly kind: 'name'; readonly name: string })
  | (Traits & { readonly kind: 'wildcard' })
  | (Traits & { readonly kind: 'descendant' })
  | (Traits & { readonly kind: 'parent'; readonly label: string })
  | (Traits & { readonly kind: 'block'; readonly expressions: readonly Node[] })
  | (Traits & { readonly kind: 'bind'; readonly name: string; readonly value: Node })
  | (Traits & { readonly kind: 'regex'; readonly source: string; readonly flags: string })
  | (Traits & { readonly kind: 'variable'; readonly name: string })
  /** A call as the last thing that a function does: it replaces the function's own call. */
  | (Traits & { readonly kind: 'tail-call'; readonly call: CallNode })
  | (Traits & { readonly kind: 'apply'; readonly left: Node; readonly right: Node });
