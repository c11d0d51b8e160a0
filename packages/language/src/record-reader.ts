import { InvariantError } from './errors.ts';
import { type Json, type JsonObject, getOwn, isNumber, isObject, parseJson, toNumber } from './json.ts';

/** Reads the fields of a stored record, and says which one is not as it was written. */
export class RecordReader {
  readonly #object: JsonObject;
  readonly #what: string;

  constructor(value: Json | undefined, what: string) {
    if (!isObject(value)) throw new InvariantError(`${what} is not an object`);
    this.#object = value;
    this.#what = what;
  }

  static parse(text: string, what: string): RecordReader {
    return new RecordReader(parseJson(text), what);
  }

  /** A reader of what the object becomes. */
  upgraded(upgrade: (object: JsonObject) => JsonObject): RecordReader {
    return new RecordReader(upgrade(this.#object), this.#what);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  json(name: string): Json {
    const value = getOwn(this.#object, name);
    if (value === undefined) throw this.#wrong(name, 'is missing');
    return value;
  }

  number(name: string): number {
    const value = this.json(name);
    if (isNumber(value)) return toNumber(value);
    throw this.#wrong(name, 'is not a number');
  }

  text(name: string): string {
    const value = this.json(name);
    if (typeof value === 'string') return value;
    throw this.#wrong(name, 'is not a string');
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  boolean(name: string): boolean {
    const value = this.json(name);
    if (typeof value === 'boolean') return value;
    throw this.#wrong(name, 'is not a boolean');
  }

  list(name: string): Json[] {
    const value = this.json(name);
    if (Array.isArray(value)) return value;
    throw this.#wrong(name, 'is not an array');
  }

  object(name: string): JsonObject {
    const value = this.json(name);
    if (isObject(value)) return value;
    throw this.#wrong(name, 'is not an object');
  }

  /** One of a few words. */
  word<Word extends string>(name: string, words: readonly Word[]): Word {
    const value = this.json(name);
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw this.#wrong(name, `is none of ${words.join(', ')}`);
    return word;
  }

  nullable<Value>(name: string, read: (name: string) => Value): Value | null {
    return this.json(name) === null ? null : read(name);
  }

  inner(name: string): RecordReader {
    return new RecordReader(this.json(name), `${this.#what}, ${name}`);
  }

  #wrong(name: string, problem: string): InvariantError {
    return new InvariantError(`${this.#what}: ${name} ${problem}`);
  }
}
