import type { RandomSource } from '../data/expression.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import type { Json } from '../json.ts';

/** A compiled JSONata expression and the tree it was compiled from. */
export interface JsonataExpression {
  readonly tree: unknown;
  evaluate(bindings: {
    readonly states: Json;
    readonly variables: (name: string) => Json | undefined;
    readonly now: number;
    readonly random: RandomSource;
  }): Json | undefined;
}

export const JSONATA_FUNCTION_NAMES: ReadonlySet<string> = new Set();

export function compileJsonata(text: string): JsonataExpression {
  throw new ExpressionSyntaxError('JSONata is not supported by this version', text);
}
