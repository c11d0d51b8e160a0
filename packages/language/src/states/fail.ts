import type { Expression } from '../data/expression.ts';
import { StatesError } from '../errors.ts';
import type { Failure, Outcome } from '../outcome.ts';
import type { FailState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';

/** An Error or Cause that is left out stays absent. */
export function startFail(state: FailState, pipeline: Pipeline): Outcome {
  pipeline.input();
  const failure: Failure = {
    ...(state.error === null ? {} : { error: text(pipeline, state.error, 'Error') }),
    ...(state.cause === null ? {} : { cause: text(pipeline, state.cause, 'Cause') }),
  };
  return { kind: 'fail', failure };
}

function text(pipeline: Pipeline, expression: Expression, field: string): string {
  const value = pipeline.evaluate(expression);
  if (typeof value === 'string') return value;
  throw new StatesError('States.Runtime', `The ${field} field must be a string: ${expression.text}`);
}
