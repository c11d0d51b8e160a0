import type { Json } from '../../json.ts';
import type { RandomSource } from '../expression.ts';
import { JsonataError } from './errors.ts';
import { MAX_CALL_NESTING, MAX_CHARACTERS_WORKED, MAX_ITEMS_MADE, MAX_STEPS, MAX_TEXT_CHARACTERS } from './limits.ts';
import type { Value } from './value.ts';

/** What an evaluation sees of the world. */
export interface JsonataBindings {
  /** The value of `$states`. */
  readonly states: Json;
  /** The value of a variable of the machine, or undefined where there is none. */
  variables(name: string): Json | undefined;
  /** What `$now()` and `$millis()` give, in milliseconds since the epoch. */
  readonly now: number;
  readonly random: RandomSource;
  /** The input document. AWS has none: only tests of the language itself give one. */
  readonly input?: Json;
}

type Resolve = (name: string, bindings: JsonataBindings) => Value;

const UNKNOWN = Symbol('not looked up yet');

function unknown(count: number): (Value | typeof UNKNOWN)[] {
  const globals: (Value | typeof UNKNOWN)[] = [];
  for (let index = 0; index < count; index++) globals.push(UNKNOWN);
  return globals;
}

/** One evaluation: what it sees, and what it has cost so far. */
export class Run {
  readonly now: number;
  readonly #bindings: JsonataBindings;
  readonly #resolve: Resolve;
  readonly #names: readonly string[];
  /** What the names stand for, as far as they were looked up; null before the first. */
  #globals: (Value | typeof UNKNOWN)[] | null = null;
  #steps = 0;
  #items = 0;
  #characters = 0;
  #nesting = 0;

  /** `names` are the variables that the expression uses; `resolve` looks one up, at most once. */
  constructor(bindings: JsonataBindings, names: readonly string[], resolve: Resolve) {
    this.now = bindings.now;
    this.#bindings = bindings;
    this.#names = names;
    this.#resolve = resolve;
  }

  /** Made by the pipeline when it is first asked for. */
  get random(): RandomSource {
    return this.#bindings.random;
  }

  /** The variable that no part of the expression binds, by its index in the names. */
  global(index: number): Value {
    this.#globals ??= unknown(this.#names.length);
    const known = this.#globals[index];
    if (known !== UNKNOWN) return known;
    const value = this.#resolve(this.#names[index] ?? '', this.#bindings);
    this.#globals[index] = value;
    return value;
  }

  /** Counts work that takes about as long as looking at one item does. */
  step(count: number): void {
    this.#steps += count;
    if (this.#steps > MAX_STEPS) throw new JsonataError('D1012', { value: MAX_STEPS });
  }

  /** Counts items before they are written into an array or an object. */
  items(count: number): void {
    this.#items += count;
    if (this.#items > MAX_ITEMS_MADE) throw new JsonataError('D4005', { value: `${MAX_ITEMS_MADE} items` });
  }

  /** Counts characters before a function reads or writes them. */
  characters(count: number): void {
    this.#characters += count;
    if (this.#characters > MAX_CHARACTERS_WORKED) {
      throw new JsonataError('D4005', { value: `${MAX_CHARACTERS_WORKED} characters` });
    }
  }

  /** Checks the length of a text before it is built, and counts it. */
  text(length: number): void {
    this.checkText(length);
    this.characters(length);
  }

  checkText(length: number): void {
    if (length > MAX_TEXT_CHARACTERS) throw new JsonataError('D4006', { value: MAX_TEXT_CHARACTERS });
  }

  /** Opens a call whose body nests `levels` deep; {@link leave} closes it. An error ends the run, so it need not. */
  enter(levels: number): void {
    this.#nesting += levels;
    this.step(1);
    if (this.#nesting > MAX_CALL_NESTING) throw new JsonataError('D1011');
  }

  leave(levels: number): void {
    this.#nesting -= levels;
  }
}
