import { jsonText } from '../json.ts';
import type { Json } from '../json.ts';
import { ExpressionSyntaxError } from '../errors.ts';
import type { Expression } from './expression.ts';

/** Compiles a payload template: keys ending in `.$` hold a path or an intrinsic call. */
export function compileTemplate(template: Json): Expression {
  throw new ExpressionSyntaxError('templates are not compiled yet', jsonText(template));
}

/** An expression that gives the same value always. */
export function constantExpression(value: Json): Expression {
  return { text: jsonText(value), evaluate: () => value };
}
