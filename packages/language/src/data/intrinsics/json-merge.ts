import { isObject, setOwn } from '../../json.ts';
import type { JsonObject } from '../../json.ts';
import { invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.JsonMerge';

/** `States.JsonMerge(one, other, false)`: both objects' members, the other's where both have one. AWS has no deep mode. */
export const jsonMerge: IntrinsicFunction = {
  name,
  arity: [3, 3],
  call([one, other, deep]) {
    if (!isObject(one) || !isObject(other) || deep === true) throw invalidArguments(name);
    const merged: JsonObject = {};
    for (const source of [one, other]) {
      for (const [key, value] of Object.entries(source)) setOwn(merged, key, value);
    }
    return merged;
  },
};
