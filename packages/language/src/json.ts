/**
 * JSON as the language sees it. Numbers whose text matters (`1.0`, integers beyond 2^53) are kept losslessly as the
 * engine's own raw-JSON objects, which `JSON.stringify` writes verbatim; all other numbers are plain numbers and cost
 * nothing. Values are never mutated once they are part of an execution, so their text may be cached by identity.
 */

/** A number kept by its text. Made by {@link rawNumber}; recognised by {@link isRawNumber}. */
export interface RawNumber {
  readonly rawJSON: string;
}
export type JsonObject = { [key: string]: Json };
export type Json = null | boolean | number | string | RawNumber | Json[] | JsonObject;

interface RawJsonBuiltins {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
}
// The ES2026 built-ins are not in TypeScript's library yet; this view of the same object is their declared shape.
const builtins: RawJsonBuiltins = JSON as unknown as RawJsonBuiltins;

/** Text was not JSON. `offset` is the UTF-16 index of the first bad character where the parser told it. */
export class JsonSyntaxError extends Error {
  readonly offset: number | undefined;
  constructor(message: string, offset?: number) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.offset = offset;
  }
}

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && builtins.isRawJSON(value);
}

/** `text` must be a JSON number. */
export function rawNumber(text: string): RawNumber {
  return builtins.rawJSON(text);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

export function isNumber(value: Json | undefined): value is number | RawNumber {
  return typeof value === 'number' || isRawNumber(value);
}

/** The double nearest to a JSON number. */
export function toNumber(value: number | RawNumber): number {
  return typeof value === 'number' ? value : Number(value.rawJSON);
}

/** Sets an own property, whatever its name: `__proto__` is data like any other key. */
export function setOwn(target: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

/** An own property, or undefined; never something inherited. */
export function getOwn(target: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}

// A number that native parsing would not give back unchanged contains a fraction's trailing zero, an exponent, a minus
// zero or at least 16 digits. The scan also hits inside strings, which costs the slow way and nothing else.
// Every alternative begins with a digit or a sign, which is what the engine looks for first.
const SUSPICIOUS = /\d(?:\d{15}|\.\d*0(?!\d)|[eE]|\.\d{15})|-0(?![.\d])/;

/** Parses JSON text losslessly, but `-0` is the integer 0, as AWS reads it. Throws {@link JsonSyntaxError}. */
export function parseJson(text: string): Json {
  try {
    if (!SUSPICIOUS.test(text)) return JSON.parse(text) as Json;
    return builtins.parse(text, (_key, value, context) => {
      if (typeof value !== 'number' || context.source === undefined) return value;
      if (context.source === '-0') return 0;
      return String(value) === context.source ? value : rawNumber(context.source);
    }) as Json;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const at = /position (\d+)/.exec(message);
    throw new JsonSyntaxError(message, at?.[1] === undefined ? undefined : Number(at[1]));
  }
}

// The same value is written several times in a row: as one state's output, as the next one's input, into the checkpoint.
// A few places, overwritten in turn, find it again; a WeakMap of all values cost more in garbage collection than
// writing them anew.
const PLACES = 16;
let lastValue: object | null = null;
let lastText = '';
const recentValues: Array<object | null> = Array.from({ length: PLACES }, () => null);
const recentTexts: string[] = Array.from({ length: PLACES }, () => '');
let nextPlace = 0;

/** Compact JSON text of a value; remembered for a while for objects and arrays, which never change. */
export function jsonText(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value === lastValue) return lastText;
  const known = knownText(value);
  const text = known ?? JSON.stringify(value);
  if (known === undefined) remember(value, text);
  lastValue = value;
  lastText = text;
  return text;
}

function knownText(value: object): string | undefined {
  const place = recentValues.indexOf(value);
  return place < 0 ? undefined : recentTexts[place];
}

function remember(value: object, text: string): void {
  recentValues[nextPlace] = value;
  recentTexts[nextPlace] = text;
  nextPlace = (nextPlace + 1) % PLACES;
}

/** A member that an object gets. */
export interface AddedMember {
  readonly name: string;
  /** `"name":` */
  readonly text: string;
}

/** null: an object has its numbered members first, wherever they are added. */
export function addedMember(name: string): AddedMember | null {
  return /^\d/.test(name) ? null : { name, text: `${JSON.stringify(name)}:` };
}

/**
 * `extended` is a copy of `base` with one more member, and is about to be written: its text is put together from that of
 * `base`, which was written before, and that of the member. Changes nothing where it cannot be.
 */
export function noteMemberAdded(base: Json, { name, text: key }: AddedMember, member: Json, extended: Json): void {
  if (!isObject(base) || !isObject(extended)) return;
  const text = knownText(base);
  // A member that was there keeps its place.
  if (text === undefined || Object.hasOwn(base, name)) return;
  remember(extended, text === '{}' ? `{${key}${jsonText(member)}}` : `${text.slice(0, -1)},${key}${jsonText(member)}}`);
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Length in UTF-8 bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  // The engine looks for a character far faster than a loop does.
  if (!BEYOND_ASCII.test(text)) return bytes;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}
