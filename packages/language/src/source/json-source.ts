import type { SourceMember, SourceNode, Span } from './source-node.ts';

/** Where everything stands in text that is JSON and nests at most some hundred levels deep; null for other text. */
export function readJsonSource(text: string): SourceNode | null {
  return readValue({ text, position: 0 });
}

interface Scan {
  readonly text: string;
  position: number;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[\w.+-]+/y;

/** The next character that is no white space. */
function peek(scan: Scan): string {
  SPACE.lastIndex = scan.position;
  scan.position += SPACE.exec(scan.text)?.[0].length ?? 0;
  return scan.text.charAt(scan.position);
}

function accept(scan: Scan, character: string): boolean {
  if (peek(scan) !== character) return false;
  scan.position += 1;
  return true;
}

function readValue(scan: Scan): SourceNode | null {
  const first = peek(scan);
  const start = scan.position;
  if (first === '{') return readObject(scan, start);
  if (first === '[') return readArray(scan, start);
  if (first === '"') {
    const span = readString(scan);
    return span === null ? null : { ...span, members: null, items: null, text: textOf(scan, span) };
  }
  SCALAR.lastIndex = start;
  const scalar = SCALAR.exec(scan.text)?.[0];
  if (scalar === undefined) return null;
  scan.position += scalar.length;
  return { start, end: scan.position, members: null, items: null, text: null };
}

function readObject(scan: Scan, start: number): SourceNode | null {
  const members = new Map<string, SourceMember>();
  scan.position += 1;
  if (!accept(scan, '}')) {
    do {
      peek(scan);
      const key = readString(scan);
      if (key === null || !accept(scan, ':')) return null;
      const value = readValue(scan);
      if (value === null) return null;
      members.set(textOf(scan, key), { key, value });
    } while (accept(scan, ','));
    if (!accept(scan, '}')) return null;
  }
  return { start, end: scan.position, members, items: null, text: null };
}

function readArray(scan: Scan, start: number): SourceNode | null {
  const items: SourceNode[] = [];
  scan.position += 1;
  if (!accept(scan, ']')) {
    do {
      const item = readValue(scan);
      if (item === null) return null;
      items.push(item);
    } while (accept(scan, ','));
    if (!accept(scan, ']')) return null;
  }
  return { start, end: scan.position, members: null, items, text: null };
}

function readString(scan: Scan): Span | null {
  const { text, position: start } = scan;
  if (text.charAt(start) !== '"') return null;
  for (let index = start + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === '"') {
      scan.position = index + 1;
      return { start, end: scan.position };
    }
  }
  return null;
}

function textOf(scan: Scan, span: Span): string {
  return String(JSON.parse(scan.text.slice(span.start, span.end)));
}
