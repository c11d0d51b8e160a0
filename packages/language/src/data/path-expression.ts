import { ExpressionSyntaxError } from '../errors.ts';
import type { Expression, ReferencePath } from './expression.ts';

/** Compiles a Path: `$…` on the input, `$$…` on the context object, `$name…` on a variable. */
export function compilePath(text: string): Expression {
  throw new ExpressionSyntaxError('paths are not compiled yet', text);
}

/** As {@link compilePath}; a miss names the field: `The JSONPath '$.x' specified for the field 'CausePath' could not be found …`. */
export function compileFieldPath(text: string, _field: string): Expression {
  return compilePath(text);
}

/** Compiles ResultPath's restricted form. */
export function compileReferencePath(text: string): ReferencePath {
  throw new ExpressionSyntaxError('reference paths are not compiled yet', text);
}

export function isPath(_text: string): boolean {
  return false;
}

export function isReferencePath(_text: string): boolean {
  return false;
}
