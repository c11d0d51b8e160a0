const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const OPENING = new Set(['[', '{'].map((character) => character.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((character) => character.charCodeAt(0)));

/**
 * The elements of the JSON text of an array, each as it stands there: parsing and writing them again would cost more
 * and could change numbers. The text must be valid JSON.
 */
export function splitJsonArray(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (OPENING.has(code)) {
      if (depth++ === 0) start = at + 1;
    } else if (code === COMMA && depth === 1) {
      elements.push(text.slice(start, at).trim());
      start = at + 1;
    } else if (CLOSING.has(code) && --depth === 0) {
      const last = text.slice(start, at).trim();
      if (last !== '') elements.push(last);
    }
  }
  return elements;
}

/** The index of the quote that ends the string beginning at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}
