import type { Command, EndExecution, TaskLimit } from './command.ts';
import { InvariantError, invariant } from './errors.ts';
import type {
  Changes,
  ClosedTask,
  ExecutionState,
  Frame,
  PendingTask,
  Transition,
  Waiting,
} from './execution-state.ts';
import type {
  ExecutionStartedDetails,
  HistoryEvent,
  HistoryEventDetails,
  HistoryEventType,
  OutputDetails,
  StateEnteredDetails,
  StateExitedDetails,
} from './history-event.ts';
import type { Inspection } from './inspection.ts';
import { type OpenFrames, openFrames, reopenFrames } from './open-frames.ts';
import type { Json, JsonObject } from './json.ts';
import type { StateMachine, TaskResource } from './syntax/state-machine.ts';

/** What an event costs besides its texts: a rough figure, for the bound on one transition's history only. */
const EVENT_OVERHEAD_BYTES = 160;

const NOTHING: ReadonlySet<string> = new Set();

/** A task that is about to be scheduled. */
export interface StartingTask {
  readonly resource: TaskResource;
  /** What it is called with. */
  readonly parameters: Json;
  /** The context object, made when it is asked for. */
  readonly context: () => JsonObject;
}

/** What a transition may ask about the world outside the execution. */
export interface Surroundings {
  /** Whether an activity is there at the moment: AWS fails a state whose activity was deleted before it is scheduled. */
  activityExists(arn: string): boolean;
  /** The permits that a task needs before it starts; absent: no task needs any. */
  limitsOf?(task: StartingTask): readonly TaskLimit[];
}

/**
 * One call of `transition` at work: the only place that changes an execution's state, so that what was changed, asked
 * for and recorded is noted where it happens.
 */
export class Run {
  readonly machine: StateMachine;
  readonly execution: ExecutionState;
  /** Milliseconds since the epoch; never before the execution's last event. */
  readonly now: number;
  readonly surroundings: Surroundings;
  /** Watches a single state that is stepped through; null in an execution. */
  readonly inspection: Inspection | null;
  /** Estimated size of the events written so far. */
  historyBytes = 0;
  #open: OpenFrames;
  readonly #history: HistoryEvent[] = [];
  readonly #commands: Command[] = [];
  readonly #closed: ClosedTask[] = [];
  readonly #written = new Set<string>();
  /** Made when the first record is deleted. */
  #deleted: Set<string> | null = null;
  /** The frame that was written last: it needs no second note. */
  #lastTouched: Frame | null = null;

  constructor(
    machine: StateMachine,
    execution: ExecutionState,
    at: number,
    surroundings: Surroundings,
    inspection: Inspection | null = null,
  ) {
    this.machine = machine;
    this.inspection = inspection;
    this.surroundings = surroundings;
    this.execution = execution;
    this.now = Math.max(at, execution.head.lastEventTime);
    this.#open = openFrames(execution);
  }

  get running(): boolean {
    return this.execution.head.status === 'RUNNING';
  }

  /** The id that the next event will have. */
  get nextEventId(): number {
    return this.execution.head.lastEventId + 1;
  }

  frame(id: string): Frame {
    const frame = this.execution.frames.get(id);
    if (frame === undefined) throw new InvariantError(`no frame ${id}`);
    return frame;
  }

  /** Writes the frame's next event, which follows its last one. */
  emit(frame: Frame, type: HistoryEventType, details: HistoryEventDetails = {}): number {
    const id = this.emitAside(frame.lastEventId, type, details);
    frame.lastEventId = id;
    this.touch(frame);
    return id;
  }

  /** Writes an event that no frame's next event names as its previous one. */
  emitAside(previousEventId: number, type: HistoryEventType, details: HistoryEventDetails = {}): number {
    return this.#record({ id: 0, previousEventId, timestamp: this.now, type, ...details }, textLength(details));
  }

  /** As {@link emitAside}, for the two events that every execution has. */
  emitStarted(): void {
    const { input, roleArn, stateMachineAliasArn, stateMachineVersionArn } = this.execution.facts;
    const started = { input, inputDetails: { truncated: false }, roleArn };
    const isNamed = stateMachineAliasArn !== null || stateMachineVersionArn !== null;
    const details: ExecutionStartedDetails = isNamed
      ? {
          ...started,
          ...(stateMachineAliasArn === null ? {} : { stateMachineAliasArn }),
          ...(stateMachineVersionArn === null ? {} : { stateMachineVersionArn }),
        }
      : started;
    const event = { id: 0, previousEventId: 0, timestamp: this.now, type: 'ExecutionStarted' as const };
    this.#record({ ...event, executionStartedEventDetails: details }, input.length);
  }

  emitSucceeded(frame: Frame, details: OutputDetails): void {
    const { lastEventId: previousEventId } = frame;
    const event = { id: 0, previousEventId, timestamp: this.now, type: 'ExecutionSucceeded' as const };
    this.#record({ ...event, executionSucceededEventDetails: details }, details.output?.length ?? 0);
    frame.lastEventId = this.execution.head.lastEventId;
    this.touch(frame);
  }

  /** As {@link emit}, for the two events that every state has; they are written out, as most of a history are these. */
  emitEntered(frame: Frame, type: HistoryEventType, details: StateEnteredDetails): number {
    const { lastEventId: previousEventId } = frame;
    const event = { id: 0, previousEventId, timestamp: this.now, type, stateEnteredEventDetails: details };
    frame.lastEventId = this.#record(event, details.input?.length ?? 0);
    this.touch(frame);
    return frame.lastEventId;
  }

  emitExited(frame: Frame, type: HistoryEventType, details: StateExitedDetails): void {
    const { lastEventId: previousEventId } = frame;
    const event = { id: 0, previousEventId, timestamp: this.now, type, stateExitedEventDetails: details };
    frame.lastEventId = this.#record(event, details.output?.length ?? 0);
    this.touch(frame);
  }

  #record(event: { -readonly [Key in keyof HistoryEvent]: HistoryEvent[Key] }, characters: number): number {
    const { head } = this.execution;
    head.lastEventId += 1;
    head.lastEventTime = this.now;
    event.id = head.lastEventId;
    this.#history.push(event);
    this.historyBytes += EVENT_OVERHEAD_BYTES + characters;
    return event.id;
  }

  command(command: Command): void {
    this.#commands.push(command);
  }

  addFrame(frame: Frame): void {
    this.execution.frames.set(frame.id, frame);
    this.#open.note(frame);
    this.touch(frame);
  }

  /** Parks a frame, or makes it ready (null). */
  setWaiting(frame: Frame, waiting: Waiting | null): void {
    // A ready frame that goes on to its next state stays where it is.
    if (frame.waiting !== null || waiting !== null) {
      this.#open.forget(frame);
      frame.waiting = waiting;
      this.#open.note(frame);
    }
    this.touch(frame);
  }

  /** A deadline of the frame's task was changed in place. */
  deadlineChanged(frame: Frame): void {
    this.#open.note(frame);
    this.touch(frame);
  }

  touch(frame: Frame): void {
    if (this.#lastTouched === frame) return;
    this.#lastTouched = frame;
    this.#deleted?.delete(frame.id);
    this.#written.add(frame.id);
  }

  deleteFrame(frame: Frame): void {
    this.#open.forget(frame);
    this.execution.frames.delete(frame.id);
    this.#noteDeleted(frame.id);
    this.deleteItems(frame.id);
  }

  setItems(frameId: string, record: Parameters<ExecutionState['items']['set']>[1]): void {
    this.execution.items.set(frameId, record);
    this.#deleted?.delete(itemsRecordId(frameId));
    this.#written.add(itemsRecordId(frameId));
  }

  deleteItems(frameId: string): void {
    if (this.execution.items.size === 0) return;
    if (this.execution.items.delete(frameId)) this.#noteDeleted(itemsRecordId(frameId));
  }

  /** The pending task, or Map Run, leaves its state: its frame no longer counts as waiting for it. Twice is once. */
  closeTask(frame: Frame, reason: ClosedTask['reason']): void {
    const { waiting } = frame;
    if (waiting?.kind === 'mapRun') {
      const { taskId, mapRunId } = waiting.mapRun;
      if (this.#open.closeTask(frame, taskId) && reason !== 'completed') this.command({ type: 'StopMapRun', mapRunId });
      return;
    }
    if (waiting?.kind !== 'task') return;
    const { task } = waiting;
    if (!this.#open.closeTask(frame, task.taskId)) return;
    const limited = task.limited ? { limited: true as const } : {};
    this.#closed.push({ taskId: task.taskId, hasToken: hasToken(task), ...limited, reason });
    if (reason === 'completed') return;
    const { taskId, stateName, resource, parameters, roleArn, poll } = task;
    this.command({ type: 'CancelTask', taskId, stateName, resource, parameters, roleArn, job: poll?.job });
  }

  /** The frame that waits for this task, if any does. */
  waitingFor(taskId: number): Frame | undefined {
    const id = this.#open.tasks.get(taskId);
    return id === undefined ? undefined : this.execution.frames.get(id);
  }

  /** Frames with a deadline at or before `time`, in the order of the tree. */
  due(time: number): Frame[] {
    return this.#open.due(time);
  }

  /** The first ready frame in the order of the tree, or undefined. It stays ready until it is parked. */
  nextReady(): Frame | undefined {
    return this.#open.nextReady();
  }

  /** The execution is over. A run that did not succeed keeps its frames, for a redrive. */
  end(end: EndExecution): void {
    invariant(this.running, 'an execution ends once');
    if (this.#open.tasks.size > 0) this.#abortTasks();
    this.execution.head.status = end.status;
    this.execution.head.timeoutAt = null;
    this.#open.clear();
    if (end.status === 'SUCCEEDED') {
      for (const frame of this.execution.frames.values()) this.deleteFrame(frame);
    }
    this.command(end);
  }

  #abortTasks(): void {
    // In the order of their ids: the index's own order depends on when it was built.
    const open = [...this.#open.tasks].sort(([left], [right]) => left - right);
    for (const [, frameId] of open) this.closeTask(this.frame(frameId), 'aborted');
  }

  /** An execution that had ended goes on: its frames are as they should be by now. */
  reopen(redriveCount: number): void {
    const { head } = this.execution;
    const { timeoutSeconds } = this.machine;
    head.status = 'RUNNING';
    head.redriveCount = redriveCount;
    head.redriveTime = this.now;
    head.timeoutAt = timeoutSeconds === null ? null : this.now + timeoutSeconds * 1000;
    head.stateTransitions += 1;
    this.#open = reopenFrames(this.execution);
  }

  result(): Transition {
    const changes: Changes = { written: this.#written, deleted: this.#deleted ?? NOTHING };
    return {
      execution: this.execution,
      history: this.#history,
      commands: this.#commands,
      closed: this.#closed,
      changes,
    };
  }

  #noteDeleted(id: string): void {
    this.#lastTouched = null;
    this.#written.delete(id);
    this.#deleted ??= new Set();
    this.#deleted.add(id);
  }
}

/** Whether a row of its token is there: it is opened once the task may start. */
function hasToken(task: PendingTask): boolean {
  return task.token !== null && task.phase !== 'limited';
}

export function itemsRecordId(frameId: string): string {
  return `${frameId}.items`;
}

/** Length of the texts one level below `details`: inputs, outputs, parameters, causes. */
function textLength(details: HistoryEventDetails): number {
  let length = 0;
  const parts: ReadonlyArray<object | undefined> = Object.values(details);
  for (const part of parts) {
    if (part === undefined) continue;
    const values: readonly unknown[] = Object.values(part);
    for (const value of values) if (typeof value === 'string') length += value.length;
  }
  return length;
}
