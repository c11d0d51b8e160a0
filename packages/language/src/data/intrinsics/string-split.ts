import { textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.StringSplit';

const ONE_ASCII_CHARACTER = /^[\0-\x7f]$/;

/** `States.StringSplit(text, delimiters)`: every character of the delimiters splits; empty pieces are left out. */
export const stringSplit: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([text, delimiters]) {
    const splitters = textParameter(name, delimiters);
    const whole = textParameter(name, text);
    if (ONE_ASCII_CHARACTER.test(splitters)) return whole.split(splitters).filter((found) => found !== '');
    const splitting = new Set(splitters);
    const pieces: string[] = [];
    let piece = '';
    for (const character of whole) {
      if (!splitting.has(character)) piece += character;
      else {
        if (piece !== '') pieces.push(piece);
        piece = '';
      }
    }
    if (piece !== '') pieces.push(piece);
    return pieces;
  },
};
