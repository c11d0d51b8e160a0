import { utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeBase64, decodeUtf8, encodeBase64 } from '../../intrinsics/base64.ts';
import type { BuiltInDefinition } from '../callables.ts';
import { JsonataError } from '../errors.ts';
import { textAt } from './arguments.ts';

function coder(name: string, code: (text: string) => string): BuiltInDefinition {
  return {
    name,
    signature: '<s-:s>',
    arity: 1,
    call(given, run) {
      const text = textAt(given, 0);
      if (text === undefined) return undefined;
      run.text(text.length * 3);
      return code(text);
    },
  };
}

function urlCoder(functionName: string, code: (text: string) => string): BuiltInDefinition {
  return coder(functionName, (text) => {
    try {
      return code(text);
    } catch (error) {
      if (error instanceof URIError) throw new JsonataError('D3140', { value: text, functionName });
      throw error;
    }
  });
}

/** Base64 is that of the text's UTF-8, so that every text comes back as it was. */
export const ENCODING_FUNCTIONS: readonly BuiltInDefinition[] = [
  coder('base64encode', (text) => encodeBase64(utf8ToBytes(text))),
  coder('base64decode', (text) => decodeUtf8(decodeBase64(text))),
  urlCoder('encodeUrlComponent', encodeURIComponent),
  urlCoder('encodeUrl', encodeURI),
  urlCoder('decodeUrlComponent', decodeURIComponent),
  urlCoder('decodeUrl', decodeURI),
];
