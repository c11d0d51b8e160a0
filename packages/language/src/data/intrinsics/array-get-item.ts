import { arrayParameter, integerParameter, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayGetItem';

/** `States.ArrayGetItem(array, index)`: the item; null of an empty array, as AWS gives. */
export const arrayGetItem: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([list, position]) {
    const items = arrayParameter(name, list);
    const index = integerParameter(name, position);
    if (items.length === 0) return null;
    const item = items[index];
    if (item === undefined) throw invalidArguments(name);
    return item;
  },
};
