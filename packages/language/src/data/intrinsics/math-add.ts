import { isNumber, toNumber } from '../../json.ts';
import type { Json } from '../../json.ts';
import { MAX_MATH_INTEGER, MIN_MATH_INTEGER } from '../limits.ts';
import { invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.MathAdd';

/** `States.MathAdd(one, other)`: both rounded to the nearest integer (halves upwards), then added; 32 bits throughout. */
export const mathAdd: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call: ([one, other]) => checked(rounded(one) + rounded(other)),
};

function rounded(value: Json | undefined): number {
  if (!isNumber(value)) throw invalidArguments(name);
  return checked(Math.round(toNumber(value)));
}

function checked(value: number): number {
  if (!(value >= MIN_MATH_INTEGER && value <= MAX_MATH_INTEGER)) throw invalidArguments(name);
  // Adding zero turns a minus zero into a plain one.
  return value + 0;
}
