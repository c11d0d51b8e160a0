import { StatesError } from '../errors.ts';
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';
import type { Expression, Scope } from './expression.ts';
import { MAX_EVALUATION_CHARACTERS, MAX_PATH_VISITS } from './limits.ts';

/** An expression that can be part of a bigger one, whose meter it then uses. */
export interface MeteredExpression extends Expression {
  evaluate(scope: Scope, meter?: Meter): Json;
}

/** What one evaluation of a whole field or template has cost so far, all its paths and calls together. */
export class Meter {
  #visits = 0;
  #characters = 0;

  /** Counts nodes that paths look at. Throws States.Runtime beyond the limit. */
  visit(nodes: number): void {
    this.#visits += nodes;
    if (this.#visits > MAX_PATH_VISITS) {
      throw new StatesError('States.Runtime', `An expression looked at more than ${MAX_PATH_VISITS} nodes.`);
    }
  }

  /** Counts what a function takes or makes: a text's length, a container's size. Throws States.DataLimitExceeded. */
  charge(value: Json): void {
    if (typeof value === 'string' || Array.isArray(value)) this.#characters += value.length;
    else if (isObject(value)) this.#characters += Object.keys(value).length;
    if (this.#characters > MAX_EVALUATION_CHARACTERS) {
      throw new StatesError('States.DataLimitExceeded', 'An expression works on too much data.');
    }
  }
}
