import { JsonataError } from './errors.ts';
import { MAX_TEXT_CHARACTERS, MAX_VALUE_NESTING } from './limits.ts';
import type { Run } from './run.ts';
import { Callable, isDictionary, plain } from './value.ts';
import type { Dictionary, List, Value } from './value.ts';

/** A value as text: a text itself, JSON for all else, nothing for a function. Undefined counts as an empty text. */
export function stringOf(value: Value, run: Run, isPretty = false): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value instanceof Callable) return '';
  const known = plain(value);
  if (typeof known === 'number') {
    if (!Number.isFinite(known)) throw new JsonataError('D3001', { value: known });
    return numberText(known);
  }
  const whole = Array.isArray(known) && known.wrapsInput === true ? known[0] : known;
  return new JsonWriter(run, isPretty ? '  ' : '').write(whole, '\n');
}

/** Fifteen significant digits, so that 0.1 + 0.2 shows as 0.3. */
function numberText(value: number): string {
  return JSON.stringify(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
}

/** Writes JSON as `JSON.stringify` does, and stops where it gets too long or too deep. */
class JsonWriter {
  readonly #run: Run;
  readonly #indent: string;
  #length = 0;
  #depth = 0;

  constructor(run: Run, indent: string) {
    this.#run = run;
    this.#indent = indent;
  }

  write(value: Value, lineStart: string): string {
    if (typeof value === 'string') return this.#count(JSON.stringify(value));
    if (value instanceof Callable) return '""';
    const known = plain(value);
    if (typeof known === 'number') return this.#count(this.#number(known));
    if (known === undefined || known === null) return this.#count('null');
    if (typeof known === 'boolean') return this.#count(String(known));
    if (!Array.isArray(known) && !isDictionary(known)) return this.#count('null');
    this.#run.step(1);
    this.#depth += 1;
    if (this.#depth > MAX_VALUE_NESTING) throw new JsonataError('D4007', { value: MAX_VALUE_NESTING });
    const text = Array.isArray(known) ? this.#list(known, lineStart) : this.#dictionary(known, lineStart);
    this.#depth -= 1;
    return text;
  }

  #number(value: number): string {
    if (Number.isNaN(value)) return 'null';
    if (!Number.isFinite(value)) throw new JsonataError('D1001', { value });
    return numberText(value);
  }

  #list(items: List, lineStart: string): string {
    const inner = this.#indent === '' ? '' : lineStart + this.#indent;
    const texts = items.map((item) => this.write(item, inner));
    return this.#join('[', texts, ']', inner, lineStart);
  }

  #dictionary(value: Dictionary, lineStart: string): string {
    const inner = this.#indent === '' ? '' : lineStart + this.#indent;
    const colon = this.#indent === '' ? ':' : ': ';
    const texts: string[] = [];
    for (const key of Object.keys(value)) {
      const one = value[key];
      if (one === undefined) continue;
      texts.push(this.#count(JSON.stringify(key)) + colon + this.write(one, inner));
    }
    return this.#join('{', texts, '}', inner, lineStart);
  }

  #join(open: string, texts: readonly string[], close: string, inner: string, lineStart: string): string {
    this.#length += 2 + texts.length * (inner.length + 2);
    if (texts.length === 0) return open + close;
    const end = this.#indent === '' ? '' : lineStart;
    return `${open}${inner}${texts.join(`,${inner}`)}${end}${close}`;
  }

  #count(text: string): string {
    this.#length += text.length;
    if (this.#length > MAX_TEXT_CHARACTERS) throw new JsonataError('D4006', { value: MAX_TEXT_CHARACTERS });
    this.#run.characters(text.length);
    return text;
  }
}
