import { decodeBase64, decodeUtf8 } from './base64.ts';
import { codedParameter, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.Base64Decode';

/** `States.Base64Decode(text)`: what the bytes mean as UTF-8. As lenient as AWS: see `decodeBase64`. */
export const base64Decode: IntrinsicFunction = {
  name,
  arity: [1, 1],
  call: ([text]) => decodeUtf8(decodeBase64(codedParameter(name, textParameter(name, text)))),
};
