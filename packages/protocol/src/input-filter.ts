import { ApiError } from './errors.ts';

/** What a value of an execution's input is compared with. `text`: as it was written, which keeps a number's digits. */
export interface InputCondition {
  /** Names of members and indexes of items, from the input's root. */
  readonly path: ReadonlyArray<string | number>;
  /** JSON text of a string, a number, true, false or null. */
  readonly value: string;
}

const MAX_CONDITIONS = 10;
const MEMBER = /(?:\$\.?)?([^\s.[\]"'=<>!]+)/y;
const QUOTED_MEMBER = /\[\s*("(?:[^"\\]|\\.)*")\s*\]/y;
const INDEX = /\[\s*(\d{1,9})\s*\]/y;
const EQUALS = /\s*==?\s*/y;
const QUOTED_VALUE = /"(?:[^"\\]|\\.)*"/y;
const BARE_VALUE = /[^"\s](?:.*?)(?=\s+and\s|\s*$)/isy;
const AND = /\s+and\s+/iy;
const END = /\s*$/y;
const SCALAR = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/**
 * `orderId = 42 and customer.name = "Ann" and items[0].sku = A17`: an unquoted value that is no number, true, false or
 * null is a text; a name with other characters is quoted in brackets, `["first name"] = Ann`. All conditions must hold.
 * Errors: ValidationException.
 */
export function parseInputFilter(text: string): InputCondition[] {
  const reader = new Reader(text.trim());
  const conditions: InputCondition[] = [];
  do {
    if (conditions.length === MAX_CONDITIONS) {
      throw new ApiError('ValidationException', `inputFilter: there are more than ${MAX_CONDITIONS} conditions.`);
    }
    conditions.push(readCondition(reader));
  } while (reader.take(AND) !== null);
  if (reader.take(END) === null) throw reader.wrong("'and' or the end");
  return conditions;
}

function readCondition(reader: Reader): InputCondition {
  const path = readPath(reader);
  if (reader.take(EQUALS) === null) throw reader.wrong("'='");
  const quoted = reader.take(QUOTED_VALUE);
  if (quoted !== null) return { path, value: reader.json(quoted[0]) };
  const bare = reader.take(BARE_VALUE)?.[0];
  if (bare === undefined || /^[[{]/.test(bare)) throw reader.wrong('a text, a number, true, false or null after the =');
  return { path, value: SCALAR.test(bare) ? bare : JSON.stringify(bare) };
}

function readPath(reader: Reader): Array<string | number> {
  const path: Array<string | number> = [];
  const first = reader.take(MEMBER)?.[1];
  if (first !== undefined && first !== '$') path.push(first);
  for (;;) {
    const quoted = reader.take(QUOTED_MEMBER)?.[1];
    const index = reader.take(INDEX)?.[1];
    const member = reader.take(/\.([^\s.[\]"'=<>!]+)/y)?.[1];
    if (quoted !== undefined) path.push(String(JSON.parse(reader.json(quoted))));
    if (index !== undefined) path.push(Number(index));
    if (member !== undefined) path.push(member);
    if (quoted === undefined && index === undefined && member === undefined) break;
  }
  if (path.length === 0) throw reader.wrong('the name of a member of the input');
  return path;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  /** A quoted text, checked. */
  json(text: string): string {
    try {
      return JSON.stringify(JSON.parse(text));
    } catch {
      throw new ApiError('ValidationException', `inputFilter: ${text} is not a JSON string.`);
    }
  }

  wrong(expected: string): ApiError {
    const rest = this.#text.slice(this.#at, this.#at + 40);
    const found = rest === '' ? 'the end' : `'${rest}'`;
    const example = 'orderId = 42 and customer.name = "Ann"';
    return new ApiError(
      'ValidationException',
      `inputFilter: expected ${expected}, found ${found}. A filter looks like ${example}`,
    );
  }
}
