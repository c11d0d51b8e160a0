/** Where text stops being JSON. */
export interface JsonFault {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

/** Whether objects and arrays nest deeper than `limit`, found without recursion and before anything is built. */
export function jsonDepthExceeds(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === 0x5c) index++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > limit) return true;
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return false;
}

// What needs no escape in a string: everything from the blank on but the quote and the backslash.
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
const SPACE = /[ \t\n\r]*/y;

type Expectation = 'value' | 'value or close' | 'name' | 'name or close' | 'colon' | 'comma or close' | 'end';

const EXPECTED: Readonly<Record<Expectation, string>> = {
  value: 'a value',
  'value or close': "a value or ']'",
  name: 'double-quote to start field name',
  'name or close': "double-quote to start field name or '}'",
  colon: 'a colon to separate field name and value',
  'comma or close': 'comma to separate entries, or the close marker',
  end: 'the end of the text',
};

/** The scanner's place: where it is, what may come next, and the open brackets. */
interface Scan {
  readonly text: string;
  position: number;
  expected: Expectation;
  readonly open: ('{' | '[')[];
}

function take(scan: Scan, pattern: RegExp): boolean {
  pattern.lastIndex = scan.position;
  const length = pattern.exec(scan.text)?.[0].length ?? 0;
  scan.position += length;
  return length > 0;
}

function afterValue(scan: Scan): boolean {
  scan.expected = scan.open.length === 0 ? 'end' : 'comma or close';
  return true;
}

function close(scan: Scan): boolean {
  scan.open.pop();
  scan.position++;
  return afterValue(scan);
}

function advance(scan: Scan, expected: Expectation): boolean {
  scan.position++;
  scan.expected = expected;
  return true;
}

/** Takes the next token; false where none fits. */
function step(scan: Scan): boolean {
  const character = scan.text.charAt(scan.position);
  const innermost = scan.open.at(-1);
  switch (scan.expected) {
    case 'name':
    case 'name or close':
      if (character === '}' && scan.expected === 'name or close') return close(scan);
      if (!take(scan, STRING)) return false;
      scan.expected = 'colon';
      return true;
    case 'colon':
      return character === ':' && advance(scan, 'value');
    case 'comma or close':
      if (character === ',') return advance(scan, innermost === '{' ? 'name' : 'value');
      return character === (innermost === '{' ? '}' : ']') && close(scan);
    case 'value':
    case 'value or close':
      if (character === ']' && scan.expected === 'value or close') return close(scan);
      return takeValue(scan, character);
    case 'end':
      return false;
  }
}

function takeValue(scan: Scan, character: string): boolean {
  if (character === '{' || character === '[') {
    scan.open.push(character);
    return advance(scan, character === '{' ? 'name or close' : 'value or close');
  }
  return (take(scan, STRING) || take(scan, SCALAR)) && afterValue(scan);
}

/** Finds the first fault of text that native parsing refused, which does not always tell a place. */
export function findJsonFault(text: string): JsonFault {
  const scan: Scan = { text, position: 0, expected: 'value', open: [] };
  do take(scan, SPACE);
  while (step(scan));
  const before = text.slice(0, scan.position);
  const lineStart = before.lastIndexOf('\n') + 1;
  const place = { line: before.split('\n').length, column: scan.position - lineStart + 1 };
  if (scan.position >= text.length)
    return { message: `Unexpected end-of-input: was expecting ${EXPECTED[scan.expected]}`, ...place };
  if (text[scan.position] === '"' && scan.expected.startsWith('value')) {
    return {
      message: 'Invalid string: it does not end, or holds a character or an escape that JSON forbids',
      ...place,
    };
  }
  const code = text.codePointAt(scan.position) ?? 0;
  const character = String.fromCodePoint(code);
  return {
    message: `Unexpected character ('${character}' (code ${code})): was expecting ${EXPECTED[scan.expected]}`,
    ...place,
  };
}
