import type { Activation, TaskResult } from '../activation.ts';
import { StatesError, errorOf } from '../errors.ts';
import type { ExecutionState, Frame, PendingTask } from '../execution-state.ts';
import { getOwn, isNumber, isObject, jsonText, toNumber } from '../json.ts';
import type { Failure, Outcome } from '../outcome.ts';
import type { Run } from '../run.ts';
import { MAXIMUM_SECONDS } from '../syntax/fields.ts';
import type { TaskResource, TaskState } from '../syntax/state-machine.ts';
import {
  failedEvent,
  scheduledEvent,
  startedEvent,
  submittedEvent,
  succeededEvent,
  timedOutEvent,
} from '../task-events.ts';
import type { NewEvent } from '../task-events.ts';
import { formatTaskToken } from '../task-token.ts';
import { scheduleCommand } from '../tasks.ts';
import { type Pipeline, isTooLarge, tooLarge, unusableValue } from './pipeline.ts';
import { invalidReference } from './referenced-value.ts';

/**
 * Schedules the outside call. Its events are written at once, so that whoever owns the execution after a crash finds
 * the task pending and performs it.
 */
export function startTask(run: Run, frame: Frame, state: TaskState, pipeline: Pipeline): Outcome {
  const { facts } = run.execution;
  const { resource } = state;
  if (resource.kind === 'activity' && !run.surroundings.activityExists(resource.arn)) {
    throw new StatesError('States.Runtime', `The activity ${resource.arn} does not exist.`);
  }
  const taskId = run.nextEventId;
  const parameters = pipeline.parameters(state.parameters);
  const timeoutSeconds = duration(pipeline, state, 'TimeoutSeconds');
  const heartbeatSeconds = duration(pipeline, state, 'HeartbeatSeconds');
  const hasToken = resource.kind === 'activity' || resource.pattern === 'waitForTaskToken';
  const limits = run.surroundings.limitsOf?.({ resource, parameters, context: () => pipeline.context() }) ?? [];
  const limited = limits.length > 0;
  // An activity's clocks start when a worker takes the task; those of a task that waits for permits, when it has them.
  const from = resource.kind === 'activity' || limited ? null : run.now;
  const task: PendingTask = {
    taskId,
    stateName: state.name,
    resource,
    parameters,
    roleArn: roleArn(pipeline, state),
    token: hasToken ? formatTaskToken(facts.executionId, taskId, facts.tokenKey) : null,
    phase: limited ? 'limited' : 'scheduled',
    limited,
    timeoutSeconds,
    heartbeatSeconds,
    timeoutAt: after(from, timeoutSeconds),
    heartbeatAt: after(from, heartbeatSeconds),
    poll: null,
    early: null,
  };
  emit(run, frame, scheduledEvent(task, jsonText(parameters), facts.region));
  if (limited) run.command({ type: 'LimitTask', taskId, stateName: state.name, limits });
  else begin(run, frame, task);
  return { kind: 'wait', waiting: { kind: 'task', task } };
}

/** The task has its permits: it starts, and so do its clocks. */
export function permitTask(run: Run, frame: Frame, task: PendingTask): void {
  task.phase = 'scheduled';
  const from = task.resource.kind === 'activity' ? null : run.now;
  task.timeoutAt = after(from, task.timeoutSeconds);
  task.heartbeatAt = after(from, task.heartbeatSeconds);
  run.deadlineChanged(frame);
  begin(run, frame, task);
}

function begin(run: Run, frame: Frame, task: PendingTask): void {
  const started = startedEvent(task.resource);
  if (started !== null) emit(run, frame, started);
  run.command(scheduleCommand(task));
}

/** The token that a `.waitForTaskToken` task's context object shows, before or while the task is pending. */
export function taskTokenOf(execution: ExecutionState, frame: Frame, state: TaskState, taskId: number): string | null {
  if (state.resource.pattern !== 'waitForTaskToken') return null;
  if (frame.waiting?.kind === 'task') return frame.waiting.task.token;
  return formatTaskToken(execution.facts.executionId, taskId, execution.facts.tokenKey);
}

/** Whether the task's own answer is only the promise of one: a callback, a child or a worker decides it. */
export function isAnsweredLater(resource: TaskResource): boolean {
  return resource.kind === 'activity' || resource.pattern !== 'requestResponse';
}

type Submitted = Extract<Activation, { type: 'TaskSubmitted' }>;

export function submitTask(run: Run, frame: Frame, task: PendingTask, submitted: Submitted): void {
  const { output, started } = submitted;
  task.phase = 'submitted';
  if (started !== undefined) task.poll = { job: started.job, at: started.pollAt, count: 0 };
  emit(run, frame, submittedEvent(task.resource, jsonText(output)));
}

/** The task is answered: its last event, and what it means for the state. */
export function answerTask(run: Run, frame: Frame, task: PendingTask, result: TaskResult): Outcome {
  const { resource } = task;
  run.closeTask(frame, 'completed');
  if (result.ok && !isTooLarge(result.output)) {
    emit(run, frame, succeededEvent(resource, jsonText(result.output)));
    return { kind: 'result', value: result.output };
  }
  if (result.ok) {
    const what = resource.kind === 'integration' ? resource.service : resource.arn;
    const failure = { error: 'States.DataLimitExceeded', cause: tooLarge(what) };
    emit(run, frame, failedEvent(resource, failure, 'run'));
    return { kind: 'fail', failure };
  }
  const { retryAfterMs } = result;
  const failure: Failure = { ...errorOf(result), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  emit(run, frame, failedEvent(resource, failure, result.stage));
  return { kind: 'fail', failure };
}

/** A deadline of the task has passed. A missed heartbeat looks like a time-out, but Retry and Catch can name it. */
export function timeOutTask(run: Run, frame: Frame, task: PendingTask): Outcome {
  const error = 'States.Timeout';
  run.closeTask(frame, 'timed-out');
  emit(run, frame, timedOutEvent(task.resource, error));
  const heartbeat = task.heartbeatAt !== null && (task.timeoutAt === null || task.heartbeatAt <= task.timeoutAt);
  return { kind: 'fail', failure: { error, heartbeat } };
}

export function after(from: number | null, seconds: number | null): number | null {
  return from === null || seconds === null ? null : from + seconds * 1000;
}

function emit(run: Run, frame: Frame, event: NewEvent): void {
  run.emit(frame, event.type, event.details);
}

function duration(pipeline: Pipeline, state: TaskState, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): number | null {
  const expression = field === 'TimeoutSeconds' ? state.timeoutSeconds : state.heartbeatSeconds;
  if (expression === null) return null;
  const value = pipeline.evaluate(expression);
  const seconds = isNumber(value) ? toNumber(value) : Number.NaN;
  if (Number.isInteger(seconds) && seconds > 0 && seconds <= MAXIMUM_SECONDS) return seconds;
  throw invalidReference({ state, field, expression }, 'positive integer', value);
}

function roleArn(pipeline: Pipeline, state: TaskState): string | null {
  const { credentials } = state;
  if (credentials === null) return null;
  const value = pipeline.evaluate(credentials);
  const arn = isObject(value) ? getOwn(value, 'RoleArn') : undefined;
  if (typeof arn === 'string') return arn;
  throw unusableValue(state, 'Credentials/RoleArn', 'The Credentials field must have a RoleArn that is a string.');
}
