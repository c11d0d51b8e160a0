import type { ExecutionState } from './execution-state.ts';
import { openFrames } from './open-frames.ts';
import { pendingTasks } from './tasks.ts';

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

/**
 * When the next job must be asked for, after `since`, in milliseconds since the epoch; null: there is none. It is no
 * deadline: asking is a call, and what it comes to is an activation.
 */
export function nextPoll(execution: ExecutionState, since = 0): number | null {
  let earliest: number | null = null;
  for (const { poll } of pendingTasks(execution)) {
    if (poll !== null && poll.at > since && (earliest === null || poll.at < earliest)) earliest = poll.at;
  }
  return earliest;
}
