import type { Activation, TaskResult } from './activation.ts';
import { executionInput } from './context-object.ts';
import { type WorkflowError, errorOf } from './errors.ts';
import type { ExecutionState, Frame, PendingTask, Transition } from './execution-state.ts';
import { ROOT_FRAME, newFrame } from './frames.ts';
import { MAX_HISTORY_BYTES_PER_TRANSITION, MAX_STEPS_PER_TRANSITION } from './limits.ts';
import { frameDeadline } from './open-frames.ts';
import { redrive } from './redrive.ts';
import { Run, type Surroundings } from './run.ts';
import { answerMapRun } from './states/distributed-map.ts';
import { after, answerTask, isAnsweredLater, permitTask, submitTask, timeOutTask } from './states/task.ts';
import { endWait, enterState, retryState, settle } from './step.ts';
import type { StateMachine } from './syntax/state-machine.ts';
import { activityStartedEvent } from './task-events.ts';

const EVERYTHING_EXISTS: Surroundings = { activityExists: () => true };

/**
 * The answer to one activation: runs every frame until all of them wait, the execution ends, or a bound of steps or
 * bytes is hit (then a Continue command asks for more). Takes ownership of `execution` and changes it in place. An
 * activation that nothing waits for (stale, doubled, or after the end) changes nothing: empty history, commands,
 * closed and changes. Any split of the same activations over processes gives the same history and state.
 */
export function transition(
  machine: StateMachine,
  execution: ExecutionState,
  activation: Activation,
  surroundings: Surroundings = EVERYTHING_EXISTS,
): Transition {
  const run = new Run(machine, execution, activation.at, surroundings);
  const applied =
    activation.type === 'Redrive' ? redrive(run, activation.redriveCount) : run.running && apply(run, activation);
  if (!applied) return run.result();
  for (let steps = 0; run.running; steps++) {
    const frame = run.nextReady();
    if (frame === undefined) break;
    if (steps >= MAX_STEPS_PER_TRANSITION || run.historyBytes >= MAX_HISTORY_BYTES_PER_TRANSITION) {
      run.command({ type: 'Continue' });
      break;
    }
    enterState(run, frame);
  }
  return run.result();
}

/** False: nothing waits for this activation. */
function apply(run: Run, activation: Exclude<Activation, { type: 'Redrive' }>): boolean {
  const started = run.execution.head.lastEventId > 0;
  if (activation.type === 'Start') {
    if (!started) start(run);
    return !started;
  }
  if (activation.type === 'Stop') {
    // One that comes before the Start is applied leaves nothing of it to be done.
    if (!started) start(run);
    stop(run, activation);
    return true;
  }
  if (!started) return false;
  switch (activation.type) {
    case 'Continue':
      return run.nextReady() !== undefined;
    case 'TimerFired':
      return fireTimers(run);
    default:
      return applyToTask(run, activation);
  }
}

function start(run: Run): void {
  const { facts, head } = run.execution;
  // The first state's event names no previous one.
  run.emitStarted();
  if (run.machine.timeoutSeconds !== null) head.timeoutAt = run.now + run.machine.timeoutSeconds * 1000;
  run.addFrame(newFrame({ parent: null, index: 0 }, run.machine.startAt, executionInput(facts), 0));
}

function stop(run: Run, activation: WorkflowError): void {
  const details = errorOf(activation);
  run.emitAside(run.frame(ROOT_FRAME).lastEventId, 'ExecutionAborted', { executionAbortedEventDetails: details });
  run.end({ type: 'EndExecution', status: 'ABORTED', ...details });
}

function fireTimers(run: Run): boolean {
  const { timeoutAt } = run.execution.head;
  if (timeoutAt !== null && timeoutAt <= run.now) {
    const details = { error: 'States.Timeout' };
    run.emitAside(run.frame(ROOT_FRAME).lastEventId, 'ExecutionTimedOut', { executionTimedOutEventDetails: details });
    run.end({ type: 'EndExecution', status: 'TIMED_OUT', ...details });
    return true;
  }
  const due = run.due(run.now);
  for (const frame of due) {
    // An earlier one may have ended this frame, or the execution.
    if (!run.running || run.execution.frames.get(frame.id) !== frame) continue;
    const deadline = frameDeadline(frame);
    if (deadline !== null && deadline <= run.now) fireTimer(run, frame);
  }
  return due.length > 0;
}

function fireTimer(run: Run, frame: Frame): void {
  const { waiting } = frame;
  if (waiting?.kind === 'timer') endWait(run, frame);
  else if (waiting?.kind === 'retry') retryState(run, frame);
  else if (waiting?.kind === 'task') settle(run, frame, timeOutTask(run, frame, waiting.task));
}

type TaskActivation = Extract<Activation, { taskId: number }>;

function applyToTask(run: Run, activation: TaskActivation): boolean {
  const frame = run.waitingFor(activation.taskId);
  if (frame?.waiting?.kind === 'mapRun') {
    if (activation.type !== 'MapRunEnded') return false;
    settle(run, frame, answerMapRun(run, frame, frame.waiting.mapRun, activation.result));
    return true;
  }
  if (frame?.waiting?.kind !== 'task') return false;
  const { task } = frame.waiting;
  // Nobody outside knows of it yet.
  if (task.phase === 'limited' && activation.type !== 'TaskPermitted') return false;
  switch (activation.type) {
    case 'TaskPermitted':
      if (task.phase !== 'limited') return false;
      permitTask(run, frame, task);
      return true;
    case 'TaskSubmitted':
      if (task.phase === 'submitted' || task.resource.kind === 'activity' || !isAnsweredLater(task.resource))
        return false;
      submitTask(run, frame, task, activation);
      applyEarly(run, frame, task);
      return true;
    case 'TaskPolled':
      return applyPolled(run, frame, task, activation);
    case 'ActivityStarted':
      if (task.phase === 'submitted' || task.resource.kind !== 'activity') return false;
      startActivity(run, frame, task, activation.workerName);
      applyEarly(run, frame, task);
      return true;
    case 'TaskResult':
    case 'ChildResult':
      return applyResult(run, frame, task, activation.result);
    case 'Heartbeat':
      return applyHeartbeat(run, frame, task, activation.deadline);
    case 'MapRunEnded':
      return false;
  }
}

/** The job has not ended. An answer to an earlier question changes nothing. */
function applyPolled(
  run: Run,
  frame: Frame,
  task: PendingTask,
  { count, pollAt }: Extract<Activation, { type: 'TaskPolled' }>,
): boolean {
  const { poll } = task;
  if (poll === null || count !== poll.count + 1) return false;
  task.poll = { job: poll.job, at: pollAt, count };
  run.deadlineChanged(frame);
  return true;
}

function applyResult(run: Run, frame: Frame, task: PendingTask, result: TaskResult): boolean {
  const ofRequest = !result.ok && result.stage !== undefined && result.stage !== 'run';
  if (task.phase === 'scheduled' && isAnsweredLater(task.resource) && !ofRequest) {
    if (task.early !== null) return false;
    task.early = result.ok ? result : { ok: false, ...errorOf(result) };
    run.deadlineChanged(frame);
    return true;
  }
  // A request that failed after its callback was accepted: the callback was acknowledged, and holds.
  settle(run, frame, answerTask(run, frame, task, task.early ?? result));
  return true;
}

/** A callback that overtook its own request's answer comes into force. */
function applyEarly(run: Run, frame: Frame, task: PendingTask): void {
  if (task.early !== null) settle(run, frame, answerTask(run, frame, task, task.early));
}

function startActivity(run: Run, frame: Frame, task: PendingTask, workerName: string | null): void {
  const event = activityStartedEvent(workerName);
  run.emit(frame, event.type, event.details);
  task.phase = 'submitted';
  task.timeoutAt = after(run.now, task.timeoutSeconds);
  task.heartbeatAt = after(run.now, task.heartbeatSeconds);
  run.deadlineChanged(frame);
}

function applyHeartbeat(run: Run, frame: Frame, task: PendingTask, deadline: number): boolean {
  if (task.heartbeatAt === null || deadline <= task.heartbeatAt) return false;
  task.heartbeatAt = deadline;
  run.deadlineChanged(frame);
  return true;
}
