import type { TaskResult } from './activation.ts';
import type { PendingTask } from './execution-state.ts';
import type { ErrorDetails, HistoryEventDetails, HistoryEventType } from './history-event.ts';
import type { TaskResource } from './syntax/state-machine.ts';

/**
 * A task's events in AWS's three families: a function's ARN as Resource gives LambdaFunction events, an activity's
 * Activity events, everything else Task events.
 */
export interface NewEvent {
  readonly type: HistoryEventType;
  readonly details: HistoryEventDetails;
}

const NOT_TRUNCATED = { truncated: false };

export function scheduledEvent(task: PendingTask, parameters: string, region: string): NewEvent {
  const { resource } = task;
  const limits = {
    ...(task.timeoutSeconds === null ? {} : { timeoutInSeconds: task.timeoutSeconds }),
    ...(task.roleArn === null ? {} : { taskCredentials: { roleArn: task.roleArn } }),
  };
  const heartbeat = task.heartbeatSeconds === null ? {} : { heartbeatInSeconds: task.heartbeatSeconds };
  if (resource.kind === 'integration') {
    const details = { ...named(resource), region, parameters, ...limits, ...heartbeat };
    return { type: 'TaskScheduled', details: { taskScheduledEventDetails: details } };
  }
  const details = { resource: resource.arn, input: parameters, inputDetails: NOT_TRUNCATED, ...limits };
  if (resource.kind === 'lambda') {
    return { type: 'LambdaFunctionScheduled', details: { lambdaFunctionScheduledEventDetails: details } };
  }
  return { type: 'ActivityScheduled', details: { activityScheduledEventDetails: { ...details, ...heartbeat } } };
}

/** Activities have none here: theirs comes when a worker takes the task. */
export function startedEvent(resource: TaskResource): NewEvent | null {
  if (resource.kind === 'activity') return null;
  if (resource.kind === 'lambda') return { type: 'LambdaFunctionStarted', details: {} };
  return { type: 'TaskStarted', details: { taskStartedEventDetails: named(resource) } };
}

export function activityStartedEvent(workerName: string | null): NewEvent {
  const details = workerName === null ? {} : { workerName };
  return { type: 'ActivityStarted', details: { activityStartedEventDetails: details } };
}

export function submittedEvent(resource: TaskResource, output: string): NewEvent {
  const details = { ...named(resource), output, outputDetails: NOT_TRUNCATED };
  return { type: 'TaskSubmitted', details: { taskSubmittedEventDetails: details } };
}

export function succeededEvent(resource: TaskResource, output: string): NewEvent {
  const details = { output, outputDetails: NOT_TRUNCATED };
  switch (resource.kind) {
    case 'lambda':
      return { type: 'LambdaFunctionSucceeded', details: { lambdaFunctionSucceededEventDetails: details } };
    case 'activity':
      return { type: 'ActivitySucceeded', details: { activitySucceededEventDetails: details } };
    case 'integration':
      return { type: 'TaskSucceeded', details: { taskSucceededEventDetails: { ...named(resource), ...details } } };
  }
}

type FailedStage = Extract<TaskResult, { ok: false }>['stage'];

export function failedEvent(resource: TaskResource, error: ErrorDetails, stage: FailedStage): NewEvent {
  switch (resource.kind) {
    case 'lambda':
      if (stage === 'schedule') {
        return { type: 'LambdaFunctionScheduleFailed', details: { lambdaFunctionScheduleFailedEventDetails: error } };
      }
      if (stage === 'start') {
        return { type: 'LambdaFunctionStartFailed', details: { lambdaFunctionStartFailedEventDetails: error } };
      }
      return { type: 'LambdaFunctionFailed', details: { lambdaFunctionFailedEventDetails: error } };
    case 'activity':
      if (stage === 'schedule') {
        return { type: 'ActivityScheduleFailed', details: { activityScheduleFailedEventDetails: error } };
      }
      return { type: 'ActivityFailed', details: { activityFailedEventDetails: error } };
    case 'integration':
      return failedTaskEvent({ ...named(resource), ...error }, stage);
  }
}

function failedTaskEvent(details: ErrorDetails & ReturnType<typeof named>, stage: FailedStage): NewEvent {
  if (stage === 'start' || stage === 'schedule') {
    return { type: 'TaskStartFailed', details: { taskStartFailedEventDetails: details } };
  }
  if (stage === 'submit') {
    return { type: 'TaskSubmitFailed', details: { taskSubmitFailedEventDetails: details } };
  }
  return { type: 'TaskFailed', details: { taskFailedEventDetails: details } };
}

export function timedOutEvent(resource: TaskResource, error: string): NewEvent {
  switch (resource.kind) {
    case 'lambda':
      return { type: 'LambdaFunctionTimedOut', details: { lambdaFunctionTimedOutEventDetails: { error } } };
    case 'activity':
      return { type: 'ActivityTimedOut', details: { activityTimedOutEventDetails: { error } } };
    case 'integration':
      return { type: 'TaskTimedOut', details: { taskTimedOutEventDetails: { ...named(resource), error } } };
  }
}

function named(resource: TaskResource): { readonly resourceType: string; readonly resource: string } {
  return { resourceType: resource.service, resource: resource.action };
}
