import type { ScheduleTask } from './command.ts';
import type { ExecutionState, PendingTask } from './execution-state.ts';
import { openFrames } from './open-frames.ts';

/** The tasks that are scheduled and not resolved, oldest first; none once the execution has ended. */
export function pendingTasks(execution: ExecutionState): PendingTask[] {
  const tasks: PendingTask[] = [];
  for (const frameId of openFrames(execution).tasks.values()) {
    const waiting = execution.frames.get(frameId)?.waiting;
    if (waiting?.kind === 'task') tasks.push(waiting.task);
  }
  return tasks.sort((left, right) => left.taskId - right.taskId);
}

/** What to perform for a task: a new owner finds what was committed and not done in its phase `scheduled`. */
export function scheduleCommand(task: PendingTask): ScheduleTask {
  return {
    type: 'ScheduleTask',
    taskId: task.taskId,
    stateName: task.stateName,
    resource: task.resource,
    parameters: task.parameters,
    roleArn: task.roleArn,
    token: task.token,
    timeoutAt: task.timeoutAt,
    timeoutSeconds: task.timeoutSeconds,
    heartbeatSeconds: task.heartbeatSeconds,
  };
}

/**
 * Whether a Continue activation would find work: true after a transition that hit its bound. Whoever loads such an
 * execution sends it a Continue.
 */
export function canContinue(execution: ExecutionState): boolean {
  return execution.head.status === 'RUNNING' && openFrames(execution).nextReady() !== undefined;
}
