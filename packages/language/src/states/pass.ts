import type { Outcome } from '../outcome.ts';
import type { PassState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';

/** A literal Result stands for the result; else Parameters, or the input itself, are. */
export function startPass(state: PassState, pipeline: Pipeline): Outcome {
  // A JSONata Pass has no result: its Output stands over its input.
  if (state.queryLanguage === 'JSONata') return pipeline.leaveWith(pipeline.input(), {});
  const result = state.result === null ? pipeline.parameters(state.parameters) : pipeline.literal(state.result);
  return pipeline.finish(result, null, state.resultPath);
}
