import { ExpressionSyntaxError } from '../errors.ts';
import type { Expression } from './expression.ts';

/** Compiles a call of an intrinsic function, `States.Format('{}', $.x)`. */
export function compileIntrinsic(text: string): Expression {
  throw new ExpressionSyntaxError('intrinsic functions are not compiled yet', text);
}

/** Whether the text is a valid call of an intrinsic function. */
export function isIntrinsic(_text: string): boolean {
  return false;
}
