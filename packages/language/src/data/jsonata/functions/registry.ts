import { BuiltIn } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { Signature } from '../signature.ts';
import { ARRAY_FUNCTIONS } from './array.ts';
import { ENCODING_FUNCTIONS } from './encoding.ts';
import { HIGHER_ORDER_FUNCTIONS } from './higher-order.ts';
import { NUMERIC_FUNCTIONS } from './numeric.ts';
import { OBJECT_FUNCTIONS } from './object.ts';
import { PATTERN_FUNCTIONS } from './pattern.ts';
import { PICTURE_FUNCTIONS } from './picture.ts';
import { STATES_FUNCTIONS } from './states.ts';
import { STRING_FUNCTIONS } from './string.ts';

/** The name is known, so that its use is told from a slip of the pen; AWS does not run text as code, and neither do we. */
const EVAL = {
  name: 'eval',
  signature: '<sx?:x>',
  arity: 2,
  call(): never {
    throw new JsonataError('D4009');
  },
};

/** The built-in functions by their names, without the `$`. */
export const BUILT_INS: ReadonlyMap<string, BuiltIn> = new Map(
  [
    ...STRING_FUNCTIONS,
    ...PATTERN_FUNCTIONS,
    ...ENCODING_FUNCTIONS,
    ...NUMERIC_FUNCTIONS,
    ...PICTURE_FUNCTIONS,
    ...ARRAY_FUNCTIONS,
    ...OBJECT_FUNCTIONS,
    ...HIGHER_ORDER_FUNCTIONS,
    ...STATES_FUNCTIONS,
    EVAL,
  ].map((definition) => [definition.name, new BuiltIn(definition, new Signature(definition.signature))]),
);
