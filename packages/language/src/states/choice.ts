import { StatesError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';
import type { ChoiceState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';

/** The first rule whose condition holds decides; it brings its own Assign and Output, Default takes the state's. */
export function startChoice(state: ChoiceState, pipeline: Pipeline): Outcome {
  const scope = pipeline.scope(pipeline.input());
  for (const rule of state.choices) {
    if (!rule.condition.test(scope)) continue;
    return pipeline.handOn(rule.assign, rule.output, rule.next);
  }
  if (state.default !== null) return pipeline.handOn(state.assign, state.output, state.default);
  throw new StatesError(
    'States.NoChoiceMatched',
    'Failed to transition out of the state. The state does not point to a next state.',
  );
}
