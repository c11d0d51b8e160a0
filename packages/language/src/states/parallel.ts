import type { Frame } from '../execution-state.ts';
import { newFrame } from '../frames.ts';
import type { Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import type { ParallelState } from '../syntax/state-machine.ts';
import type { Pipeline } from './pipeline.ts';

/** Opens one frame per branch, each with the same input. */
export function startParallel(run: Run, frame: Frame, state: ParallelState, pipeline: Pipeline): Outcome {
  const input = pipeline.parameters(state.parameters);
  run.emit(frame, 'ParallelStateStarted');
  const total = state.branches.length;
  for (const [index, branch] of state.branches.entries()) {
    run.addFrame(newFrame({ parent: frame, index }, branch.startAt, input, frame.lastEventId));
  }
  const counters = { next: total, open: total, succeeded: 0, failed: 0, maxConcurrency: 0, toleratedFailures: 0 };
  return { kind: 'wait', waiting: { kind: 'children', total, ...counters } };
}
