import { JsonataError } from './errors.ts';
import { Callable, plain } from './value.ts';
import type { Value } from './value.ts';

/** One letter for every type of value; `m` is a missing one. */
type Letter = 's' | 'n' | 'b' | 'l' | 'a' | 'o' | 'f' | 'm';

interface Parameter {
  readonly type: string;
  /** The letters that an argument may have. */
  readonly letters: string;
  isOptional: boolean;
  isRepeated: boolean;
  /** Where the argument is missing, the context item takes its place. */
  usesContext: boolean;
  /** What the items of an array are. */
  itemType: string | null;
}

const PLURALS = new Map([
  ['a', 'arrays'],
  ['b', 'booleans'],
  ['f', 'functions'],
  ['n', 'numbers'],
  ['o', 'objects'],
  ['s', 'strings'],
]);

const LETTERS = new Map([
  ['s', 'sm'],
  ['n', 'nm'],
  ['b', 'bm'],
  ['l', 'lm'],
  ['o', 'om'],
  ['a', 'asnblfom'],
  ['f', 'f'],
  ['j', 'asnblom'],
  ['x', 'asnblfom'],
]);

/**
 * The signature of a function, `<s-nn?:s>`: it checks arguments, fills missing ones with the context item and makes
 * arrays of single values. The parser has already refused a malformed one.
 */
export class Signature {
  readonly #parameters: readonly Parameter[];
  readonly #hasRepetition: boolean;
  readonly #hasArrays: boolean;

  constructor(definition: string) {
    this.#parameters = parseParameters(definition);
    this.#hasRepetition = this.#parameters.some(({ isRepeated }) => isRepeated);
    this.#hasArrays = this.#parameters.some(({ type }) => type === 'a');
  }

  /** The arguments as the function takes them. Throws T0410, T0411 or T0412, without the function's name. */
  validate(given: readonly Value[], context: Value): readonly Value[] {
    return this.#validateInOrder(given) ?? this.#validateByPattern(given, context);
  }

  /** The usual case: an argument for each parameter, but for optional ones at the end. Null where it is another one. */
  #validateInOrder(given: readonly Value[]): readonly Value[] | null {
    if (this.#hasRepetition || given.length > this.#parameters.length) return null;
    for (let index = 0; index < this.#parameters.length; index++) {
      const parameter = this.#parameters[index];
      if (parameter === undefined) return null;
      const isFine =
        index < given.length
          ? parameter.letters.includes(letterOf(given[index]))
          : parameter.isOptional && !parameter.usesContext;
      if (!isFine) return null;
    }
    return this.#hasArrays ? this.#fitInOrder(given) : given;
  }

  #fitInOrder(given: readonly Value[]): readonly Value[] {
    let validated = given;
    for (let index = 0; index < given.length; index++) {
      const parameter = this.#parameters[index];
      if (parameter?.type !== 'a') continue;
      const value = given[index];
      const letter = letterOf(value);
      const fitted = fitArgument(parameter, value, letter, letter, index);
      if (fitted !== value) validated = validated.map((one, at) => (at === index ? fitted : one));
    }
    return validated;
  }

  #validateByPattern(given: readonly Value[], context: Value): readonly Value[] {
    const letters = given.map(letterOf);
    const counts = this.#match(letters, true);
    if (counts === null) throw this.#mismatch(given, letters);
    const validated: Value[] = [];
    let at = 0;
    this.#parameters.forEach((parameter, index) => {
      const count = counts[index] ?? 0;
      if (count === 0 && parameter.usesContext) {
        if (!parameter.letters.includes(letterOf(context))) {
          throw new JsonataError('T0411', { value: context, index: at + 1 });
        }
        validated.push(context);
      } else if (count === 0) {
        validated.push(given[at]);
        at += 1;
      } else {
        const taken = letters.slice(at, at + count).join('');
        for (let taking = 0; taking < count; taking++, at++) {
          validated.push(fitArgument(parameter, given[at], letters[at] ?? 'm', taken, at));
        }
      }
    });
    return validated;
  }

  /** How many arguments each parameter takes, as many as it can from left to right; null where they do not fit. */
  #match(letters: readonly Letter[], isWhole: boolean, parameters = this.#parameters): readonly number[] | null {
    const failed = new Set<number>();
    const counts: number[] = [];
    const attempt = (index: number, at: number): boolean => {
      const parameter = parameters[index];
      if (parameter === undefined) return !isWhole || at === letters.length;
      const key = index * (letters.length + 1) + at;
      if (failed.has(key)) return false;
      const most = this.#longestRun(parameter, letters, at);
      const least = parameter.isOptional || parameter.usesContext ? 0 : 1;
      for (let count = most; count >= least; count--) {
        counts[index] = count;
        if (attempt(index + 1, at + count)) return true;
      }
      failed.add(key);
      return false;
    };
    return attempt(0, 0) ? counts.slice(0, parameters.length) : null;
  }

  #longestRun(parameter: Parameter, letters: readonly Letter[], at: number): number {
    let count = 0;
    const most = parameter.isRepeated ? letters.length : 1;
    while (count < most && at + count < letters.length && parameter.letters.includes(letters[at + count] ?? 'm')) {
      count++;
    }
    return count;
  }

  /** Which argument is the first that does not fit. */
  #mismatch(given: readonly Value[], letters: readonly Letter[]): JsonataError {
    let fitting = 0;
    for (let index = 0; index < this.#parameters.length; index++) {
      const counts = this.#match(letters, false, this.#parameters.slice(0, index + 1));
      if (counts === null) break;
      fitting = counts.reduce((sum, count) => sum + count, 0);
    }
    return new JsonataError('T0410', { value: given[fitting], index: fitting + 1 });
  }
}

function letterOf(value: Value): Letter {
  switch (typeof value) {
    case 'string':
      return 's';
    case 'number':
      return 'n';
    case 'boolean':
      return 'b';
    case 'undefined':
      return 'm';
    default:
      if (value === null) return 'l';
      if (Array.isArray(value)) return 'a';
      if (value instanceof Callable) return 'f';
      return typeof plain(value) === 'number' ? 'n' : 'o';
  }
}

function fitArgument(parameter: Parameter, value: Value, letter: Letter, taken: string, at: number): Value {
  if (parameter.type !== 'a' || letter === 'm') return value;
  const { itemType } = parameter;
  if (itemType !== null && !itemsFit(itemType, value, taken)) {
    throw new JsonataError('T0412', { value, index: at + 1, type: PLURALS.get(itemType) ?? itemType });
  }
  return Array.isArray(value) ? value : [value];
}

function itemsFit(itemType: string, value: Value, taken: string): boolean {
  if (!Array.isArray(value)) return taken === itemType;
  return value.every((item) => letterOf(item) === itemType.charAt(0));
}

function parseParameters(definition: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (let at = 1; at < definition.length; at++) {
    const sign = definition.charAt(at);
    if (sign === ':') break;
    const last = parameters.at(-1);
    const letters = LETTERS.get(sign);
    if (letters !== undefined) parameters.push(parameter(sign, letters));
    else if (sign === '-' && last !== undefined) last.usesContext = true;
    else if (sign === '?' && last !== undefined) last.isOptional = true;
    else if (sign === '+' && last !== undefined) last.isRepeated = true;
    else if (sign === '(') {
      const end = closing(definition, at, '(', ')');
      const choice = definition.slice(at + 1, end);
      parameters.push(parameter(`(${choice})`, `${choice}m`));
      at = end;
    } else if (sign === '<' && last !== undefined) {
      const end = closing(definition, at, '<', '>');
      last.itemType = definition.slice(at + 1, end);
      at = end;
    }
  }
  return parameters;
}

function parameter(type: string, letters: string): Parameter {
  return { type, letters, isOptional: false, isRepeated: false, usesContext: false, itemType: null };
}

function closing(text: string, start: number, open: string, close: string): number {
  let depth = 1;
  let at = start;
  while (at < text.length && depth > 0) {
    at++;
    if (text.charAt(at) === close) depth--;
    else if (text.charAt(at) === open) depth++;
  }
  return at;
}
