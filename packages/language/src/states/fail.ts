import type { Expression } from '../data/expression.ts';
import type { Failure, Outcome } from '../outcome.ts';
import type { FailState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';
import { invalidReference } from './referenced-value.ts';

/** An Error or Cause that is left out stays absent. */
export function startFail(state: FailState, pipeline: Pipeline): Outcome {
  pipeline.input();
  const failure: Failure = {
    ...(state.error === null ? {} : { error: text(state, pipeline, state.error, 'Error') }),
    ...(state.cause === null ? {} : { cause: text(state, pipeline, state.cause, 'Cause') }),
  };
  return { kind: 'fail', failure };
}

function text(state: FailState, pipeline: Pipeline, expression: Expression, field: string): string {
  const value = pipeline.evaluate(expression);
  if (typeof value === 'string') return value;
  throw invalidReference({ state, field, expression }, 'string', value);
}
