import type { Json } from '../../json.ts';
import { arrayParameter, integerParameter, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.ArrayPartition';

/** `States.ArrayPartition(array, size)`: the array in chunks; the last one holds what is left. */
export const arrayPartition: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([list, chunk]) {
    const items = arrayParameter(name, list);
    const size = integerParameter(name, chunk);
    if (size < 1) throw invalidArguments(name);
    const chunks: Json[] = [];
    for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size));
    return chunks;
  },
};
