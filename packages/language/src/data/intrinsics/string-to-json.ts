import { JsonSyntaxError, isRawNumber, parseJson } from '../../json.ts';
import { invalidArguments, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.StringToJson';

/** `States.StringToJson(text)`: the value; null of an empty or blank text, and 0 of `-0`, as recorded of AWS. */
export const stringToJson: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call([parameter]) {
    const text = textParameter(name, parameter);
    if (text.trim() === '') return null;
    try {
      const value = parseJson(text);
      return isRawNumber(value) && value.rawJSON === '-0' ? 0 : value;
    } catch (error) {
      if (error instanceof JsonSyntaxError) throw invalidArguments(name);
      throw error;
    }
  },
};
