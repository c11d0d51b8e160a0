/** Splits a pattern at its unescaped `*`; `\*` is an asterisk and `\\` a backslash. */
function literalParts(pattern: string): readonly string[] {
  const parts = [''];
  for (let index = 0; index < pattern.length; index++) {
    let character = pattern.charAt(index);
    if (character === '*') {
      parts.push('');
      continue;
    }
    const next = pattern.charAt(index + 1);
    if (character === '\\' && (next === '*' || next === '\\')) {
      character = next;
      index++;
    }
    parts.push(`${parts.pop() ?? ''}${character}`);
  }
  return parts;
}

/**
 * For every prefix of the needle the length of its longest proper prefix that is also its suffix: what Knuth, Morris
 * and Pratt's search falls back to. It keeps a hostile pattern on a long text linear.
 */
function fallbacks(needle: string): Uint32Array {
  const table = new Uint32Array(needle.length);
  let length = 0;
  for (let index = 1; index < needle.length; index++) {
    while (length > 0 && needle[index] !== needle[length]) length = table[length - 1] ?? 0;
    if (needle[index] === needle[length]) length++;
    table[index] = length;
  }
  return table;
}

/** Finds the end of the first occurrence of the needle in `text` between `start` and `end`, or -1. */
type Finder = (text: string, start: number, end: number) => number;

function finder(needle: string): Finder {
  const table = fallbacks(needle);
  return (text, start, end) => {
    let matched = 0;
    if (needle === '') return start;
    for (let index = start; index < end; index++) {
      while (matched > 0 && text[index] !== needle[matched]) matched = table[matched - 1] ?? 0;
      if (text[index] === needle[matched]) matched++;
      if (matched === needle.length) return index + 1;
    }
    return -1;
  };
}

/**
 * Compiles a StringMatches pattern. The test takes time linear in text and pattern: the first and the last part are
 * anchored, and taking each part between them at its first occurrence leaves the most room for the rest.
 */
export function compileWildcard(pattern: string): (text: string) => boolean {
  const parts = literalParts(pattern);
  const first = parts[0] ?? '';
  if (parts.length === 1) return (text) => text === first;
  const last = parts.at(-1) ?? '';
  const middle = parts.slice(1, -1).map(finder);
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let position = first.length;
    for (const find of middle) {
      position = find(text, position, end);
      if (position === -1) return false;
    }
    return true;
  };
}
