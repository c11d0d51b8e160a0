import type { Json } from '../../json.ts';

/** A path as it is written: what follows `$` (the document) or, inside a filter, `@` (the item looked at). */
export interface PathTree {
  readonly root: '$' | '@';
  readonly steps: readonly PathStep[];
  /** A function at the end, applied to what the steps find. */
  readonly call: FunctionCall | null;
  /** Jayway's word: at most one match, which is the answer; without a match it is an error. */
  readonly definite: boolean;
}

export type PathStep =
  /** One name, or several: as the last step several names give one object with these members. */
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'indices'; readonly indices: readonly number[] }
  | { readonly kind: 'slice'; readonly start: number | null; readonly end: number | null }
  | { readonly kind: 'filter'; readonly condition: Condition }
  /** `..`: the next step is tried on every node from here down. */
  | { readonly kind: 'scan' };

export const FUNCTION_NAMES = [
  'min',
  'max',
  'avg',
  'stddev',
  'length',
  'size',
  'sum',
  'keys',
  'concat',
  'append',
  'first',
  'last',
  'index',
] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

export interface FunctionCall {
  readonly name: FunctionName;
  readonly arguments: readonly Operand[];
}

export type Operand =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'path'; readonly path: PathTree }
  | { readonly kind: 'pattern'; readonly pattern: Pattern };

/** A regular expression that runs in linear time. */
export interface Pattern {
  /** Whether the whole text matches. */
  matches(text: string): boolean;
}

export const COMPARISONS = [
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  'in',
  'nin',
  'subsetof',
  'anyof',
  'noneof',
  'size',
  'empty',
  'contains',
  'all',
] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'exists'; readonly operand: Operand }
  | { readonly kind: 'comparison'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand };
