import { type Json, isObject, jsonText } from '@everstep/language';
import { percentEncode } from '@everstep/protocol';
import { UnusableParametersError } from './unusable-parameters-error.ts';

/** Names and values in the order in which they are sent; names may repeat. */
export type Pairs = ReadonlyArray<readonly [name: string, value: string]>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What may go over the wire as it is: no line break, which would begin another header. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Which headers a state may not set, in lower case; a name that ends with a star stands for all that begin so. */
export class ForbiddenHeaders {
  readonly #names: ReadonlySet<string>;
  readonly #prefixes: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    this.#prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  }

  has(name: string): boolean {
    const lower = name.toLowerCase();
    return this.#names.has(lower) || this.#prefixes.some((prefix) => lower.startsWith(prefix));
  }
}

/**
 * The headers of a state: an object of texts or lists of them; what is neither is sent as its JSON.
 * Throws UnusableParametersError.
 */
export function readHeaders(value: Json | undefined, forbidden: ForbiddenHeaders): Pairs {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw new UnusableParametersError("The field 'Headers' must be an object.");
  const headers = Object.entries(value).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).map((one) => [name, scalarText(one)] as const),
  );
  for (const [name] of headers) {
    if (forbidden.has(name)) throw new UnusableParametersError(`The header '${name}' is not allowed in 'Headers'.`);
  }
  requireSendable(headers);
  return headers;
}

/** Throws UnusableParametersError; a value, which may be a secret, is not shown. */
export function requireSendable(headers: Pairs): void {
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw new UnusableParametersError(`'${name}' cannot be the name of a header.`);
    if (!HEADER_VALUE.test(value)) {
      throw new UnusableParametersError(`The value of the header '${name}' has characters that no header can have.`);
    }
  }
}

/** A text as it is, nothing for null, anything else as its JSON. */
export function scalarText(value: Json): string {
  if (typeof value === 'string') return value;
  return value === null ? '' : jsonText(value);
}

export function encodedPairs(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

/** As TestState shows headers. */
export function shownHeaders(headers: Pairs): string {
  return `[${headers.map(([name, value]) => `${name}: ${value}`).join(', ')}]`;
}
