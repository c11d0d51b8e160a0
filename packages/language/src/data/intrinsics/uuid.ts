import type { IntrinsicFunction } from './intrinsic-function.ts';

/** `States.UUID()`: version 4. */
export const uuid: IntrinsicFunction = {
  name: 'States.UUID',
  arity: [0, 0],
  call: (_parameters, { random }) => random.uuid(),
};
