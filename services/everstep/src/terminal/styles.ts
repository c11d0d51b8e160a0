import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];
/** Colours a text, where its stream shows colours. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream: NO_COLOR, FORCE_COLOR and whether it is a terminal decide. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of a file on one line of a terminal: what could move the cursor or hide something is shown as its code. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) => {
    if (character === '\t') return ' ';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
