import { JsonSyntaxError, parseJson } from '../../json.ts';
import { invalidArguments, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.StringToJson';

/** `States.StringToJson(text)`: the value; null of an empty or blank text, as recorded of AWS. */
export const stringToJson: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call([parameter]) {
    const text = textParameter(name, parameter);
    if (text.trim() === '') return null;
    try {
      return parseJson(text);
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw invalidArguments(name);
      throw error;
    }
  },
};
