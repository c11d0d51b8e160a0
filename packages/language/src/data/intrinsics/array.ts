import { MAX_INTRINSIC_ARGUMENTS } from '../limits.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

/** `States.Array(value, …)`: a list of its arguments. */
export const array: IntrinsicFunction = {
  name: 'States.Array',
  arity: [0, MAX_INTRINSIC_ARGUMENTS],
  call: (parameters) => [...parameters],
};
