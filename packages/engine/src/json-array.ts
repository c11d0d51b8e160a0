const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The texts of a JSON array's elements, character by character as they stand: nothing is parsed, so nothing changes. */
export function splitJsonArray(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = -1;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        depth++;
        if (depth === 1) start = index + 1;
        break;
      case COMMA:
        if (depth === 1) {
          elements.push(text.slice(start, index).trim());
          start = index + 1;
        }
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depth--;
        if (depth === 0) {
          const last = text.slice(start, index).trim();
          if (last !== '') elements.push(last);
        }
        break;
    }
  }
  return elements;
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    index += code === BACKSLASH ? 2 : 1;
  }
  throw new Error(`history is not a JSON array: an unclosed string at ${start}`);
}
