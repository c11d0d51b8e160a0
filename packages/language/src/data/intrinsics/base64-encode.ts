import { utf8ToBytes } from '@noble/hashes/utils.js';
import { encodeBase64 } from './base64.ts';
import { codedParameter, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.Base64Encode';

/** `States.Base64Encode(text)`: of the text's UTF-8 bytes. */
export const base64Encode: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call: ([text]) => encodeBase64(utf8ToBytes(codedParameter(name, textParameter(name, text)))),
};
