import { arrayParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayLength';

/** `States.ArrayLength(array)`. */
export const arrayLength: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call: ([list]) => arrayParameter(name, list).length,
};
