import { getOwn } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { RandomSource, Scope } from './expression.ts';

/** The parts of a scope that are not empty. */
export interface ScopeParts {
  readonly input?: Json;
  readonly context?: Json;
  readonly variables?: JsonObject;
  readonly states?: Json;
  readonly now?: number;
  readonly random?: RandomSource;
}

/** A scope made of plain values, for evaluating an expression by itself: previews and tests. Its chance is fixed. */
export function plainScope(parts: ScopeParts): Scope {
  const { variables = {}, input = {}, context = {} } = parts;
  return {
    input,
    context,
    states: parts.states === undefined ? { input, context } : parts.states,
    now: parts.now ?? 0,
    variable: (name) => getOwn(variables, name),
    random: parts.random ?? { next: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' },
  };
}
