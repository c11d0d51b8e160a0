import { canonicalText } from '../equality.ts';
import { arrayParameter, checkSize } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayUnique';

/**
 * `States.ArrayUnique(array)`: the first of every set of equal items, in the order of the array. (AWS promises no order
 * and keeps this one for texts and numbers only.)
 */
export const arrayUnique: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call([list]) {
    const items = arrayParameter(name, list);
    checkSize(items);
    const seen = new Set<string>();
    return items.filter((item) => {
      const text = canonicalText(item);
      if (seen.has(text)) return false;
      seen.add(text);
      return true;
    });
  },
};
