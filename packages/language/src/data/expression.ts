import type { AddedMember, Json } from '../json.ts';

/** Deterministic randomness of one state entry, derived from the execution's seed and the entry's event id. */
export interface RandomSource {
  /** In [0, 1). */
  next(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** What an expression can see. */
export interface Scope {
  /** What `$` names. */
  readonly input: Json;
  /** The context object, what `$$` names. */
  readonly context: Json;
  /** What `$states` names in JSONata: `input`, `context`, and `result` or `errorOutput` where there is one. */
  readonly states: Json;
  /** The moment of the evaluation, in milliseconds since the epoch: what JSONata's `$now` and `$millis` give. */
  readonly now: number;
  /** The value of a variable visible here (own scope first, then outwards), or undefined where there is none. */
  variable(name: string): Json | undefined;
  readonly random: RandomSource;
}

/**
 * A compiled, synchronous expression of either query language: a constant, a path, an intrinsic call, a payload
 * template. Evaluation throws {@link StatesError} and nothing else.
 */
export interface Expression {
  /** As written in the definition. */
  readonly text: string;
  evaluate(scope: Scope): Json;
}

/** Where a result goes: the restricted paths of ResultPath. */
export interface ReferencePath {
  readonly text: string;
  /** Where the path is `$.name`, and an object has that member behind its others. */
  readonly member: AddedMember | null;
  /** A copy of `document` with `value` placed at the path. Throws States.ResultPathMatchFailure. */
  write(document: Json, value: Json): Json;
}
