import { ExpressionSyntaxError } from '../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { getOwn, isNumber, isObject, toNumber } from '../json.ts';
import type { Diagnostic } from './diagnostics.ts';
import type { QueryLanguage } from './state-machine.ts';

export type StateMachineType = 'STANDARD' | 'EXPRESS';

/** What one walk over a definition shares. */
export interface Walk {
  readonly type: StateMachineType;
  readonly machineLanguage: QueryLanguage;
  readonly diagnostics: Diagnostic[];
  /** Every state's name, over all nested graphs, with where it was first seen. */
  readonly stateLocations: Map<string, string>;
  /** Every Distributed Map's Label with where it was first seen. */
  readonly labelLocations: Map<string, string>;
  /** Where states without a way to them or to nowhere are found: whether any state ends the workflow. */
  readonly graphs: GraphSketch[];
  /** Every variable that an Assign names, for the check of names over scopes. */
  readonly assignments: Assignment[];
}

/** The variables of one graph. Those of an outer scope can be read, and their names not be used again. */
export interface VariableScope {
  /** Null at the top, and in a Distributed Map, whose iterations see nothing around them. */
  readonly outer: VariableScope | null;
  readonly names: Set<string>;
}

export interface Assignment {
  readonly scope: VariableScope;
  readonly name: string;
  readonly location: string;
}

/** The names that one graph's states transition to, for the checks over the whole graph. */
export interface GraphSketch {
  /** `` for the machine itself, `/States/P/Branches[0]`. */
  readonly location: string;
  readonly startAt: string | null;
  readonly states: ReadonlyMap<string, StateSketch>;
}

export interface StateSketch {
  readonly location: string;
  readonly terminal: boolean;
  readonly targets: readonly TransitionTarget[];
}

export interface TransitionTarget {
  readonly name: string;
  readonly location: string;
}

/** In which query languages a field may be written. */
export type FieldTable = Readonly<Record<string, 'both' | QueryLanguage>>;

export interface IntegerRange {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The longest time a definition may name, in seconds: a little more than three years. */
export const MAXIMUM_SECONDS = 99_999_999;

/**
 * Reads the fields of one object of a definition. A reader answers null for a field that is absent, and for one that is
 * wrong after reporting it, so that the walk goes on and finds every problem at once.
 */
export class Fields {
  readonly walk: Walk;
  readonly object: JsonObject;
  /** `` for the document itself, else `/States/X`. */
  readonly location: string;

  constructor(walk: Walk, object: JsonObject, location: string) {
    this.walk = walk;
    this.object = object;
    this.location = location;
  }

  /** The same object as a part of an Express workflow. */
  asExpress(): Fields {
    return new Fields({ ...this.walk, type: 'EXPRESS' }, this.object, this.location);
  }

  at(name: string): string {
    return `${this.location}/${name}`;
  }

  get(name: string): Json | undefined {
    return getOwn(this.object, name);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.object, name);
  }

  report(message: string, location: string = this.location, code = 'SCHEMA_VALIDATION_FAILED'): void {
    this.walk.diagnostics.push({ severity: 'ERROR', code, message, location: location === '' ? '/' : location });
  }

  warn(code: string, message: string, location: string): void {
    this.walk.diagnostics.push({ severity: 'WARNING', code, message, location });
  }

  /** Reports the fields that nobody reads here, or not in this query language. */
  expectOnly(table: FieldTable, language: QueryLanguage): void {
    for (const name of Object.keys(this.object)) {
      const allowed = Object.hasOwn(table, name) ? table[name] : undefined;
      if (allowed === undefined) {
        this.report(`Field '${name}' is not supported`);
      } else if (allowed !== 'both' && allowed !== language) {
        this.report(
          `The QueryLanguage is set to '${language}', but field '${name}' is only supported for the '${allowed}' QueryLanguage`,
        );
      }
    }
  }

  require(...names: string[]): void {
    const missing = names.filter((name) => !this.has(name));
    if (missing.length > 0) this.report(`These fields are required: [${missing.join(', ')}]`);
  }

  /** At most one of the fields; exactly one with `required`. Answers the name of the one that is there. */
  oneOf(names: readonly string[], required: boolean): string | null {
    const present = names.filter((name) => this.has(name));
    if (present.length > 1) {
      this.report(`There should only be one of the following fields: [${names.join(', ')}]`);
    } else if (present.length === 0 && required) {
      this.report(`This object should have only one of the following fields: [${names.join(', ')}]`);
    }
    return present[0] ?? null;
  }

  string(name: string): string | null {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value ?? null;
    this.report('Expected value of type String', this.at(name));
    return null;
  }

  choice<T extends string>(name: string, values: readonly T[]): T | null {
    const value = this.get(name);
    if (value === undefined) return null;
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    this.report(`Value should be one of the following: [${values.join(', ')}]`, this.at(name));
    return null;
  }

  boolean(name: string): boolean | null {
    const value = this.get(name);
    if (value === undefined || typeof value === 'boolean') return value ?? null;
    this.report('Expected value of type Boolean', this.at(name));
    return null;
  }

  integer(name: string, range: IntegerRange): number | null {
    const value = this.get(name);
    if (value === undefined) return null;
    const number = isNumber(value) ? toNumber(value) : Number.NaN;
    if (Number.isInteger(number)) return this.#inRange(name, number, range, String);
    this.report('Expected value of type Integer', this.at(name));
    return null;
  }

  number(name: string, range: IntegerRange): number | null {
    const value = this.get(name);
    if (value === undefined) return null;
    const number = isNumber(value) ? toNumber(value) : Number.NaN;
    const asDecimal = (bound: number): string => (Number.isInteger(bound) ? `${bound}.0` : String(bound));
    if (Number.isFinite(number)) return this.#inRange(name, number, range, asDecimal);
    this.report('Expected value of type Float', this.at(name));
    return null;
  }

  #inRange(name: string, value: number, range: IntegerRange, show: (bound: number) => string): number | null {
    if (range.minimum !== undefined && value < range.minimum) {
      this.report(`Minimum value is ${show(range.minimum)}`, this.at(name));
      return null;
    }
    if (range.maximum !== undefined && value > range.maximum) {
      this.report(`Maximum value is ${show(range.maximum)}`, this.at(name));
      return null;
    }
    return value;
  }

  child(name: string): Fields | null {
    const value = this.get(name);
    if (value === undefined) return null;
    if (isObject(value)) return new Fields(this.walk, value, this.at(name));
    this.report('Expected value of type Object', this.at(name));
    return null;
  }

  /** The objects of an array field; elements that are none are reported and left out. */
  objects(name: string, allowEmpty: boolean): readonly Fields[] {
    const value = this.get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.report('Expected value of type Array', this.at(name));
      return [];
    }
    if (value.length === 0 && !allowEmpty) this.report('Value cannot be empty', this.at(name));
    const found: Fields[] = [];
    for (const [index, element] of value.entries()) {
      const location = `${this.at(name)}[${index}]`;
      if (isObject(element)) found.push(new Fields(this.walk, element, location));
      else this.report('Expected value of type Object', location);
    }
    return found;
  }

  strings(name: string): readonly string[] {
    const value = this.get(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.report('Expected value of type Array', this.at(name));
      return [];
    }
    if (value.length === 0) this.report('Value cannot be empty', this.at(name));
    const found: string[] = [];
    for (const [index, element] of value.entries()) {
      if (typeof element === 'string') found.push(element);
      else this.report('Expected value of type String', `${this.at(name)}[${index}]`);
    }
    return found;
  }

  /** Compiles; what the compiler refuses is reported and answered with null. */
  compile<T>(compile: () => T, message: (error: ExpressionSyntaxError) => string, location: string): T | null {
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionSyntaxError)) throw error;
      this.report(message(error), location);
      return null;
    }
  }
}
