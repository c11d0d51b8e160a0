import { textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.StringSplit';

/** `States.StringSplit(text, delimiters)`: every character of the delimiters splits; empty pieces are left out. */
export const stringSplit: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([text, delimiters]) {
    const splitting = new Set(textParameter(name, delimiters));
    const pieces: string[] = [];
    let piece = '';
    for (const character of textParameter(name, text)) {
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
