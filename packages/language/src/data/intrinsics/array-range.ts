import type { Json } from '../../json.ts';
import { MAX_RANGE_ITEMS } from '../limits.ts';
import { integerParameter, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayRange';

/** `States.ArrayRange(first, last, step)`: numbers from first to last, the last one included where a step meets it. */
export const arrayRange: IntrinsicFunction = {
  name,
  arity: [3, 3],
  call([from, to, by]) {
    const first = integerParameter(name, from);
    const last = integerParameter(name, to);
    const step = integerParameter(name, by);
    if (step === 0) throw invalidArguments(name);
    const count = Math.max(0, Math.floor((last - first) / step) + 1);
    if (count > MAX_RANGE_ITEMS) throw invalidArguments(name);
    const numbers: Json[] = [];
    for (let index = 0; index < count; index++) numbers.push(first + index * step);
    return numbers;
  },
};
