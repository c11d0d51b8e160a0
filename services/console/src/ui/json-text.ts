/** JSON as people read it, made from the text itself: numbers keep their digits, depth costs no stack. */

const INDENT = '  ';
/** Deeper than this, lines are not indented any further: they would be wider than they are worth. */
const DEEPEST = 40;

/** Indented; the text as it is where it is no JSON. */
export function prettyJson(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  const out: string[] = [];
  let depth = 0;
  const line = (): void => {
    out.push('\n', INDENT.repeat(Math.min(depth, DEEPEST)));
  };
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') {
      depth += 1;
      out.push(token);
      line();
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      const isEmpty = out.length >= 3 && (out.at(-3) === '{' || out.at(-3) === '[');
      if (isEmpty) out.splice(-2);
      else line();
      out.push(token);
    } else if (token === ',') {
      out.push(token);
      line();
    } else out.push(token === ':' ? ': ' : token);
  }
  return out.join('');
}

const TOKEN = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+/g;

function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

export type JsonPart = { readonly text: string; readonly kind: 'k' | 's' | 'n' | 'w' | null };

const PART = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

/** What is what in a text, for its colours. */
export function jsonParts(text: string): JsonPart[] {
  const parts: JsonPart[] = [];
  let end = 0;
  for (const match of text.matchAll(PART)) {
    const [whole, string, colon, number] = match;
    if (match.index > end) parts.push({ text: text.slice(end, match.index), kind: null });
    if (string !== undefined) {
      parts.push({ text: string, kind: colon === undefined ? 's' : 'k' });
      if (colon !== undefined) parts.push({ text: colon, kind: null });
    } else parts.push({ text: whole, kind: number === undefined ? 'w' : 'n' });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), kind: null });
  return parts;
}
