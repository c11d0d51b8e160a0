// A raw string may hold U+0000, which Postgres text refuses, or lone surrogates, which UTF-8 cannot write. Such a string
// is stored as this mark and its JSON text; so is one that begins with the mark. All others are stored as they are.
const MARK = '\u0001';

/** A raw string as it is stored: whatever it holds, Postgres takes it and {@link decodeText} gives it back unchanged. */
export function encodeText(text: string): string {
  if (!text.includes('\0') && text.isWellFormed() && !text.startsWith(MARK)) return text;
  return MARK + JSON.stringify(text);
}

export function decodeText(stored: string): string {
  if (!stored.startsWith(MARK)) return stored;
  const text: unknown = JSON.parse(stored.slice(MARK.length));
  if (typeof text !== 'string') throw new Error('store-postgres: a marked text column holds no JSON string');
  return text;
}

export function encodeNullable(text: string | null): string | null {
  return text === null ? null : encodeText(text);
}

export function decodeNullable(stored: string | null): string | null {
  return stored === null ? null : decodeText(stored);
}
