import { StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { MAX_ITEMS } from '../limits.ts';
import type { Meter } from '../meter.ts';

/** A definite path found nothing. `message` is Jayway's text, as AWS shows it. */
export class PathNotFoundError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PathNotFoundError';
  }
}

/** One evaluation of a path: the document that `$` names, and the meter its cost goes to, filters included. */
export class Walk {
  readonly root: Json;
  readonly #meter: Meter;

  constructor(root: Json, meter: Meter) {
    this.root = root;
    this.#meter = meter;
  }

  /** Counts nodes looked at. */
  visit(nodes: number): void {
    this.#meter.visit(nodes);
  }

  /** Guards a list that grows. */
  checkItems(count: number): void {
    if (count > MAX_ITEMS) throw new StatesError('States.Runtime', `A path found more than ${MAX_ITEMS} values.`);
  }
}

/** Takes one match. */
export type Emit = (value: Json) => void;
/** One step of a path with all that follows it, compiled. */
export type Step = (node: Json, walk: Walk, emit: Emit) => void;
/** What an operand gives for an item: undefined where its path finds nothing. */
export type Read = (item: Json, walk: Walk) => Json | undefined;
/** A filter's verdict on an item. */
export type Test = (item: Json, walk: Walk) => boolean;
