import { equals } from '../equality.ts';
import { arrayParameter, checkSize, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayContains';

/** `States.ArrayContains(array, value)`: whether an item equals the value. */
export const arrayContains: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([list, value]) {
    const items = arrayParameter(name, list);
    if (value === undefined) throw invalidArguments(name);
    checkSize(items);
    return items.some((item) => equals(item, value));
  },
};
