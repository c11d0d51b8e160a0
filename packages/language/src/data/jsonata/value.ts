import { isRawNumber, toNumber } from '../../json.ts';
import type { RawNumber } from '../../json.ts';
import type { Run } from './run.ts';

/**
 * An array while an expression is evaluated. JSONata tells arrays that the data or the author made from *sequences*,
 * which paths and functions make: a sequence of one item is that item, one of none is nothing. The marks are set only
 * on arrays made by the evaluation itself, never on data, and none of them leaves it.
 */
export interface List extends Array<Value> {
  sequence?: boolean;
  /** A sequence that stays an array even with one item: `path[]`. */
  keepSingleton?: boolean;
  /** An array constructor at the end of a path, which the path does not flatten. */
  constructed?: boolean;
  /** The whole input document, where that is an array: it counts as one item. */
  wrapsInput?: boolean;
}

export interface Dictionary {
  [key: string]: Value;
}

export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | RawNumber
  | Callable
  | TupleStream
  | List
  | Dictionary;

/** A compiled part of an expression: its value for the context item `input` in the variables of `frame`. */
export type Evaluator = (input: Value, frame: Frame) => Value;

/** A function as a value. It has no properties of its own, so that no path finds any. */
export abstract class Callable {
  /** How many arguments a higher-order function passes to it. */
  abstract get arity(): number;
  /** `input` stands in for a missing argument where the signature allows it. May answer with a {@link TailCall}. */
  abstract invoke(args: readonly Value[], input: Value, run: Run): Value;
}

/** One binding of a name. Lists of them are shared between frames and tuples, so only `value` ever changes. */
export class Binding {
  readonly name: string;
  value: Value;
  readonly next: Binding | null;

  constructor(name: string, value: Value, next: Binding | null) {
    this.name = name;
    this.value = value;
    this.next = next;
  }
}

/** The variables of one block, call or tuple. */
export class Frame {
  readonly run: Run;
  readonly parent: Frame | null;
  /** Bindings of a tuple, which other frames see too. */
  readonly shared: Binding | null;
  #own: Binding | null;

  constructor(run: Run, parent: Frame | null, shared: Binding | null, own: Binding | null) {
    this.run = run;
    this.parent = parent;
    this.shared = shared;
    this.#own = own;
  }

  bind(name: string, value: Value): void {
    for (let binding = this.#own; binding !== null; binding = binding.next) {
      if (binding.name === name) {
        binding.value = value;
        return;
      }
    }
    this.#own = new Binding(name, value, this.#own);
  }

  /** The binding of a name in this frame or further out, or null where only the outside can know the name. */
  find(name: string): Binding | null {
    const own = this.#findHere(name);
    if (own !== null) return own;
    for (let frame = this.parent; frame !== null; frame = frame.parent) {
      const binding = frame.#findHere(name);
      if (binding !== null) return binding;
    }
    return null;
  }

  #findHere(name: string): Binding | null {
    for (let binding = this.#own; binding !== null; binding = binding.next) {
      if (binding.name === name) return binding;
    }
    for (let binding = this.shared; binding !== null; binding = binding.next) {
      if (binding.name === name) return binding;
    }
    return null;
  }
}

/** An item on its way through a path that binds variables with `@`, `#` or looks for parents with `%`. */
export class Tuple {
  readonly #value: Value;
  #bindings: Binding | null;

  constructor(value: Value, bindings: Binding | null) {
    this.#value = value;
    this.#bindings = bindings;
  }

  get value(): Value {
    return this.#value;
  }

  get bindings(): Binding | null {
    return this.#bindings;
  }

  bind(name: string, value: Value): void {
    this.#bindings = new Binding(name, value, this.#bindings);
  }
}

/** The items of a path with their bindings. Only other steps of a path ever see it. */
export class TupleStream {
  readonly #tuples: Tuple[];

  constructor(tuples: Tuple[]) {
    this.#tuples = tuples;
  }

  get tuples(): Tuple[] {
    return this.#tuples;
  }
}

export function newSequence(): List {
  const list: List = [];
  list.sequence = true;
  return list;
}

export function sequenceOf(value: Value): List {
  const list: List = [value];
  list.sequence = true;
  return list;
}

/** What a sequence stands for: nothing, its only item, or itself. All else stands for itself. */
export function normalise(value: Value, keepArray: boolean): Value {
  if (!Array.isArray(value) || value.sequence !== true) return value;
  if (keepArray) value.keepSingleton = true;
  if (value.length === 0) return undefined;
  if (value.length === 1) return value.keepSingleton === true ? value : value[0];
  return value;
}

/** An object of data: no array, no number kept by its text, no function. */
export function isDictionary(value: Value): value is Dictionary {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Callable) &&
    !(value instanceof TupleStream) &&
    !isRawNumber(value)
  );
}

/** A number kept by its text becomes a double; all else stays. */
export function plain(value: Value): Exclude<Value, RawNumber> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (value instanceof Callable || value instanceof TupleStream) return value;
  return isRawNumber(value) ? toNumber(value) : value;
}

export function setMember(target: Dictionary, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}

export function member(target: Dictionary, key: string): Value {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}
