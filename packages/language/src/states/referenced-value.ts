import type { Expression } from '../data/expression.ts';
import type { StatesError } from '../errors.ts';
import { type Json, jsonText } from '../json.ts';
import type { State } from '../syntax/state-machine.ts';
import { unusableValue } from './pipeline.ts';

/** A field whose value a path or an expression gave. */
export interface Reference {
  readonly state: State;
  /** Without `Path`: `MaxConcurrency`. */
  readonly field: string;
  readonly expression: Expression;
}

/** The error of a field that was given another kind of value, `integer` or `float`, than it needs. */
export function invalidReference({ state, field, expression }: Reference, kind: string, value: Json): StatesError {
  const isPath = state.queryLanguage === 'JSONPath' && expression.text.startsWith('$');
  const name = isPath ? `${field}Path` : field;
  const shown = typeof value === 'string' ? value : jsonText(value);
  const detail = `The ${name} field refers to value "${shown}" which is not a valid ${kind}: ${expression.text}`;
  return unusableValue(state, field, detail);
}
