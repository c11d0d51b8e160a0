import type { Outcome } from '../outcome.ts';
import type { SucceedState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';

export function startSucceed(state: SucceedState, pipeline: Pipeline): Outcome {
  return pipeline.handOn(null, state.output, null);
}
