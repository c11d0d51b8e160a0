import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { javaText } from '../java-text.ts';
import { codedParameter, invalidArguments, textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.Hash';

const ALGORITHMS = new Map<string, (message: Uint8Array) => Uint8Array>([
  ['MD5', md5],
  ['SHA-1', sha1],
  ['SHA-256', sha256],
  ['SHA-384', sha384],
  ['SHA-512', sha512],
]);

/** `States.Hash(data, algorithm)`: in hexadecimal. Data that is no text is hashed as AWS prints it. */
export const hash: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([data, algorithm]) {
    const digest = ALGORITHMS.get(textParameter(name, algorithm));
    if (digest === undefined || data === undefined || data === null) throw invalidArguments(name);
    return bytesToHex(digest(utf8ToBytes(codedParameter(name, javaText(data)))));
  },
};
