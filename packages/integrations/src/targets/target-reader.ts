import { parseServerAddress } from '@everstep/engine';
import { type Json, type JsonObject, getOwn, isNumber, isObject, toNumber } from '@everstep/language';
import { readFileSync } from 'node:fs';
import type { TargetBase } from './target.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const LONGEST_TIMEOUT_MS = 3_600_000;
const ACCOUNT = /^\d{12}$/;

/** Reads one target of the file, and says of each member what is wrong with it. Values never stand in a message. */
export class TargetReader {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #problems: string[];
  readonly #read = new Set<string>();

  constructor(
    value: Json,
    path: string,
    { environment, problems }: { readonly environment: NodeJS.ProcessEnv; readonly problems: string[] },
  ) {
    this.#path = path;
    this.#environment = environment;
    this.#problems = problems;
    this.#object = isObject(value) ? value : {};
    if (!isObject(value)) this.#wrong('', 'must be an object');
  }

  base(): TargetBase {
    const accounts = this.has('accounts') ? this.texts('accounts') : null;
    if (accounts?.every((account) => ACCOUNT.test(account)) === false)
      this.#wrong('accounts', 'must be 12 digits each');
    return {
      accounts,
      timeoutMs: this.integer('timeoutMs', { least: 1, most: LONGEST_TIMEOUT_MS, fallback: DEFAULT_TIMEOUT_MS }),
    };
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  value(name: string): Json | undefined {
    this.#read.add(name);
    return getOwn(this.#object, name);
  }

  /** A text, or where it is found: `{"env": "NAME"}`, `{"file": "/run/secrets/name"}`. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === null) this.#wrong(name, 'is missing');
    return value ?? '';
  }

  optionalText(name: string): string | null {
    const value = this.value(name);
    return value === undefined || value === null ? null : this.#resolved(name, value);
  }

  url(name: string, ...protocols: readonly string[]): string {
    return this.#checkedUrl(name, this.text(name), protocols);
  }

  #checkedUrl(name: string, text: string, protocols: readonly string[]): string {
    const protocol = URL.canParse(text) ? new URL(text).protocol.replace(':', '') : '';
    if (text !== '' && !protocols.includes(protocol)) {
      this.#wrong(name, `must be a URL that begins with ${protocols.map((one) => `${one}://`).join(' or ')}`);
    }
    return text;
  }

  /** Of one Redis, or of some nodes of a cluster. */
  redisUrl(name: string): string {
    const text = this.text(name);
    if (!/^rediss?\+cluster:/.test(text)) return this.#checkedUrl(name, text, ['redis', 'rediss']);
    if (parseServerAddress(text, 1) === null) this.#wrong(name, 'must be like redis+cluster://host:port,host:port');
    return text;
  }

  integer(name: string, { least, most, fallback }: { least: number; most: number; fallback: number }): number {
    const value = this.value(name);
    if (value === undefined) return fallback;
    const number = isNumber(value) ? toNumber(value) : Number.NaN;
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    this.#wrong(name, `must be a whole number from ${least} to ${most}`);
    return fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.value(name);
    if (value === undefined || typeof value === 'boolean') return value ?? fallback;
    this.#wrong(name, 'must be true or false');
    return fallback;
  }

  word<const Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const value = this.value(name);
    if (value === undefined) return fallback;
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) this.#wrong(name, `must be ${words.join(' or ')}`);
    return word ?? fallback;
  }

  texts(name: string): string[] {
    return this.list(name).map((value, index) => this.#resolved(`${name}[${index}]`, value));
  }

  list(name: string): readonly Json[] {
    const value = this.value(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.#wrong(name, 'must be a list');
    return [];
  }

  textsByName(name: string): Record<string, string> {
    const value = this.value(name);
    if (value === undefined) return {};
    if (!isObject(value)) this.#wrong(name, 'must be an object');
    const entries = Object.entries(isObject(value) ? value : {});
    return Object.fromEntries(entries.map(([key, entry]) => [key, this.#resolved(`${name}.${key}`, entry)]));
  }

  /** Nothing may stand there that nobody reads: a misspelt `readOnly` must not be ignored. */
  finish(): void {
    for (const name of Object.keys(this.#object)) if (!this.#read.has(name)) this.#wrong(name, 'is not known');
  }

  problem(name: string, what: string): void {
    this.#wrong(name, what);
  }

  #resolved(name: string, value: Json): string {
    if (typeof value === 'string') return value;
    const variable = isObject(value) ? value['env'] : undefined;
    const file = isObject(value) ? value['file'] : undefined;
    if (typeof variable === 'string') {
      const found = this.#environment[variable];
      if (found === undefined) this.#wrong(name, `names the variable ${variable}, which is not set`);
      return found ?? '';
    }
    if (typeof file === 'string') return this.#fromFile(name, file);
    this.#wrong(name, 'must be a text, {"env": "NAME"} or {"file": "PATH"}');
    return '';
  }

  #fromFile(name: string, file: string): string {
    try {
      return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    } catch {
      this.#wrong(name, `names the file ${file}, which cannot be read`);
      return '';
    }
  }

  #wrong(name: string, what: string): void {
    this.#problems.push(`${this.#path}${name === '' ? '' : `.${name}`} ${what}`);
  }
}
