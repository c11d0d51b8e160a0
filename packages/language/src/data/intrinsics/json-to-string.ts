import { jsonText } from '../../json.ts';
import { checkSize, invalidArguments } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.JsonToString';

/** `States.JsonToString(value)`: its compact JSON. */
export const jsonToString: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call([value]) {
    if (value === undefined) throw invalidArguments(name);
    checkSize(value);
    return jsonText(value);
  },
};
