import type { ExecutionState, Transition } from './execution-state.ts';
import { Run } from './run.ts';
import type { StateMachine } from './syntax/state-machine.ts';

/** Of an execution that cannot go on nothing is asked that its machine would have to answer: that may be what is broken. */
export const NO_MACHINE: StateMachine = {
  ...{ startAt: '', states: new Map(), queryLanguage: 'JSONPath' },
  ...{ comment: null, version: null, timeoutSeconds: null },
};

export interface ExecutionFailure {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** How often it was redriven, the last time included though it may not have heard of that. */
  readonly redriveCount: number;
  readonly error: string;
  readonly cause: string;
}

/**
 * Fails an execution that cannot go on, wherever it stands: what it waits for is closed and no longer wanted, as at any
 * other end. One that has not begun, or not begun again, begins with that. Takes ownership of `execution`, of which only
 * what its frames wait for must be there.
 */
export function failExecution(
  execution: ExecutionState,
  { at, redriveCount, error, cause }: ExecutionFailure,
): Transition {
  const { head } = execution;
  const run = new Run(NO_MACHINE, execution, at, { activityExists: () => false });
  if (head.lastEventId === 0) run.emitStarted();
  if (!run.running) {
    run.emitAside(head.lastEventId, 'ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount } });
    Object.assign(head, { status: 'RUNNING', redriveCount, redriveTime: run.now });
  }
  const details = { error, cause };
  run.emitAside(head.lastEventId, 'ExecutionFailed', { executionFailedEventDetails: details });
  run.end({ type: 'EndExecution', status: 'FAILED', ...details });
  return run.result();
}
