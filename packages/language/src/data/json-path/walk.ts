import { StatesError } from '../../errors.ts';
import type { Json } from '../../json.ts';
import { MAX_ITEMS, MAX_PATH_VISITS } from '../limits.ts';

/** A definite path found nothing. `message` is Jayway's text, as AWS shows it. */
export class PathNotFoundError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PathNotFoundError';
  }
}

/** One evaluation: the document that `$` names, and what the evaluation has cost so far, filters included. */
export class Walk {
  readonly root: Json;
  #visits = 0;

  constructor(root: Json) {
    this.root = root;
  }

  /** Counts nodes looked at. */
  visit(nodes: number): void {
    this.#visits += nodes;
    if (this.#visits > MAX_PATH_VISITS) {
      throw new StatesError('States.Runtime', `A path looked at more than ${MAX_PATH_VISITS} nodes.`);
    }
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
