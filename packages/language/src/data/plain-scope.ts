import { getOwn } from '../json.ts';
import type { Json, JsonObject } from '../json.ts';
import type { RandomSource, Scope } from './expression.ts';

/** The parts of a scope that are not empty. */
export interface ScopeParts {
  readonly input?: Json;
  readonly context?: Json;
  readonly variables?: JsonObject;
  readonly random?: RandomSource;
}

/** A scope made of plain values, for evaluating an expression by itself: previews and tests. Its chance is fixed. */
export function plainScope(parts: ScopeParts): Scope {
  const { variables = {} } = parts;
  return {
    input: parts.input === undefined ? {} : parts.input,
    context: parts.context === undefined ? {} : parts.context,
    variable: (name) => getOwn(variables, name),
    random: parts.random ?? { next: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' },
  };
}
