import type { ExecutionState } from './execution-state.ts';
import { openFrames } from './open-frames.ts';

/**
 * When somebody must look at the execution, in milliseconds since the epoch: the earliest end of a wait, a retry's
 * delay, a task's time-out or heartbeat, or the execution's own time-out. Null: there is no such moment.
 */
export function nextTimer(execution: ExecutionState): number | null {
  if (execution.head.status !== 'RUNNING') return null;
  let earliest = execution.head.timeoutAt ?? Number.POSITIVE_INFINITY;
  for (const deadline of openFrames(execution).deadlines.values()) earliest = Math.min(earliest, deadline);
  return earliest === Number.POSITIVE_INFINITY ? null : earliest;
}
