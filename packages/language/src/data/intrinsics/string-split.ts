import { textParameter } from './intrinsic-function.ts';
import type { IntrinsicFunction } from './intrinsic-function.ts';

const name = 'States.StringSplit';

/** `States.StringSplit(text, delimiters)`: every character of the delimiters splits; empty pieces are left out. */
export const stringSplit: IntrinsicFunction = {
  name,
  arity: [2, 2],
  call([text, delimiters]) {
    const splitters = textParameter(name, delimiters);
    const whole = textParameter(name, text);
    if (splitters.length === 1 && splitters.charCodeAt(0) < FIRST_SURROGATE) return splitAt(splitters, whole);
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

const FIRST_SURROGATE = 0xd800;

/** The usual split, at one character. */
function splitAt(splitter: string, whole: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let end = whole.indexOf(splitter); end >= 0; end = whole.indexOf(splitter, start)) {
    if (end > start) pieces.push(whole.slice(start, end));
    start = end + 1;
  }
  if (start < whole.length) pieces.push(whole.slice(start));
  return pieces;
}
