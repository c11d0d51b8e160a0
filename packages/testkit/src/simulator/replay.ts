import type { RunCommit } from '@everstep/engine';
import {
  type Activation,
  type ClosedTask,
  type ExecutionFacts,
  type ExecutionState,
  type HistoryEvent,
  type Json,
  type MapRunResult,
  type PendingTask,
  type ScheduleTask,
  type StartingTask,
  type StateMachine,
  type Surroundings,
  type TaskResult,
  type Transition,
  canContinue,
  createExecution,
  failExecution,
  isInCheckpoint,
  loadExecution,
  nextPoll,
  nextTimer,
  parseJson,
  pendingTasks,
  saveHead,
  saveRecord,
  transition,
} from '@everstep/language';
import { resultText } from './approval-ledger.ts';
import { answerOf, isApproval, isJob, readDoing } from './functions.ts';

/** What the store has promised about a task, beside its history. */
export interface Promises {
  /** Every deadline that a task's token row has had for its heartbeat. */
  heartbeats(taskId: number): ReadonlySet<number>;
  /** The number of the inbox row that holds the task's result, or null. */
  result(taskId: number): number | null;
  /** Whether somebody was told that the job of the task has ended. */
  jobEnded(taskId: number): boolean;
  /** What people have decided of the task, as text; or null. */
  approved(taskId: number): string | null;
  /** What the Map Run of the task came to, or null. */
  mapRun(taskId: number): MapRunResult | null;
  /** How often it was redriven by now. */
  redriveCount(): number;
}

/** The events of one commit, read and as they are written. */
interface CommittedEvents {
  readonly events: readonly HistoryEvent[];
  readonly text: string;
}

/**
 * A second opinion on an execution: finds the activations that its committed events stand for, applies them to a state
 * of its own, from the start, and compares events, checkpoint and frames with what was committed.
 */
export class Replay {
  readonly state: ExecutionState;
  readonly events: HistoryEvent[] = [];
  /** The same as it was committed: a JSON array each time. */
  readonly chunks: string[] = [];
  /** Tasks whose request is committed. */
  readonly scheduled = new Map<number, ScheduleTask>();
  readonly closed = new Map<number, ClosedTask['reason']>();
  readonly #machine: StateMachine;
  readonly #records = new Map<string, string>();
  #touched = new Set<string>();
  /** The tasks that the commit in question has put into queues of limiters. */
  #limited: ReadonlySet<number> = new Set();
  readonly #surroundings: Surroundings = {
    activityExists: () => true,
    limitsOf: (task) => (this.#isLimited(task) ? [SOME_LIMIT] : []),
  };

  constructor(machine: StateMachine, facts: ExecutionFacts) {
    this.#machine = machine;
    this.state = createExecution(facts);
  }

  get timer(): number | null {
    return nextTimer(this.state);
  }

  /** When the next job is asked for. */
  get poll(): number | null {
    return nextPoll(this.state);
  }

  get pending(): PendingTask[] {
    return pendingTasks(this.state);
  }

  /** Whether a commit fails the execution because it cannot go on: no activation leads to that. */
  isGivenUp({ history, then }: RunCommit): boolean {
    return history !== null && then.kind === 'end' && then.cause?.startsWith(GIVEN_UP) === true;
  }

  /** It ends where it stands, whatever had arrived. */
  #giveUp(text: string, redriveCount: number): string | null {
    const events: HistoryEvent[] = JSON.parse(text);
    this.events.push(...events);
    this.chunks.push(text);
    const last = events.at(-1);
    const { error = '', cause = '' } = last?.executionFailedEventDetails ?? {};
    const { history, closed } = failExecution(this.state, { at: last?.timestamp ?? 0, redriveCount, error, cause });
    for (const { taskId, reason } of closed) this.closed.set(taskId, reason);
    const wanted = JSON.stringify(history);
    return wanted === text ? null : `it was failed with ${text}, replayed with ${wanted}`;
  }

  /** What is wrong with a commit, or null. */
  commit(commit: RunCommit, promises: Promises): string | null {
    for (const id of commit.frames.deleted) this.#records.delete(id);
    for (const { id, data } of commit.frames.written) this.#records.set(id, data);
    this.#touched = new Set([...commit.frames.deleted, ...commit.frames.written.map(({ id }) => id)]);
    const text = commit.history?.events ?? '[]';
    if (this.isGivenUp(commit)) return this.#giveUp(text, promises.redriveCount());
    const events: HistoryEvent[] = JSON.parse(text);
    this.events.push(...events);
    if (commit.history !== null) this.chunks.push(text);
    this.#limited = new Set(commit.limits?.opened.map(({ taskId }) => taskId));
    const problem = this.#follow(commit, { events, text }, promises);
    if (problem !== null) return problem;
    // An execution that has ended has nothing left to compare but its head.
    if (commit.then.kind === 'end') {
      const isSame = headOf(commit.checkpoint) === headOf(saveHead(this.state));
      return isSame ? null : `the last checkpoint is ${commit.checkpoint}`;
    }
    if (this.#difference(commit) === null) return null;
    return this.#catchUp(commit, promises) ?? this.#difference(commit);
  }

  #follow(commit: RunCommit, { events, text }: CommittedEvents, promises: Promises): string | null {
    let index = 0;
    let offset = 1;
    while (index < events.length) {
      const event = events[index];
      if (event === undefined) break;
      const unfounded = this.#unfounded(event, commit, promises);
      if (unfounded !== null) return unfounded;
      for (const activation of this.#activations(event, events[index + 1], { commit, promises })) {
        if (activation.type === 'TimerFired') this.#voidDeadlines(activation.at, commit, events.slice(index), promises);
        const { history } = this.#apply(activation);
        for (const wanted of history) {
          const wantedText = JSON.stringify(wanted);
          if (!text.startsWith(wantedText, offset)) {
            return `event ${wanted.id} is ${JSON.stringify(events[index])}, but ${JSON.stringify(activation)} gives ${wantedText}`;
          }
          index++;
          offset += wantedText.length + 1;
        }
      }
      if (events[index] === event) return `nothing leads to event ${JSON.stringify(event)}`;
    }
    return null;
  }

  #apply(activation: Activation): Transition {
    const answer = transition(this.#machine, this.state, activation, this.#surroundings);
    for (const id of answer.changes.written) this.#touched.add(id);
    for (const id of answer.changes.deleted) this.#touched.add(id);
    for (const command of answer.commands) {
      if (command.type === 'ScheduleTask') this.scheduled.set(command.taskId, command);
    }
    for (const { taskId, reason } of answer.closed) this.closed.set(taskId, reason);
    return answer;
  }

  /** One that was ended before its commit is in no queue: what it had not done tells. */
  #isLimited({ resource }: StartingTask): boolean {
    const taskId = this.state.head.lastEventId + 1;
    if (this.#limited.has(taskId)) return true;
    const following = this.events[taskId];
    return resource.kind !== 'activity' && !(following?.previousEventId === taskId && isStarted(following));
  }

  /** What must have happened for this event to be the next one; mostly one activation. */
  #activations(
    event: HistoryEvent,
    following: HistoryEvent | undefined,
    { commit, promises }: { readonly commit: RunCommit; readonly promises: Promises },
  ): Activation[] {
    const at = event.timestamp;
    switch (event.type) {
      case 'ExecutionStarted':
        if (following?.type !== 'ExecutionAborted') return [{ at, type: 'Start' }];
        // It was stopped before it had begun.
        return [{ at, type: 'Stop', ...following.executionAbortedEventDetails }];
      case 'ExecutionRedriven':
        return [{ at, type: 'Redrive', redriveCount: event.executionRedrivenEventDetails?.redriveCount ?? 0 }];
      case 'ExecutionTimedOut':
        return [{ at, type: 'TimerFired' }];
      case 'ExecutionAborted':
        return [{ at, type: 'Stop', ...event.executionAbortedEventDetails }];
      case 'MapRunSucceeded':
      case 'MapRunFailed': {
        const taskId = event.previousEventId;
        const result = promises.mapRun(taskId);
        return result === null ? [] : [{ at, type: 'MapRunEnded', taskId, result }];
      }
      case 'TaskSubmitted': {
        const output = parseJson(event.taskSubmittedEventDetails?.output ?? 'null');
        const taskId = this.#taskOf(event);
        return [{ at, type: 'TaskSubmitted', taskId, output, ...this.#startedJob(taskId, at, commit) }];
      }
      case 'ActivityStarted': {
        const workerName = event.activityStartedEventDetails?.workerName ?? null;
        return [{ at, type: 'ActivityStarted', taskId: this.#taskOf(event), workerName }];
      }
      default: {
        const task = this.pending.find(({ taskId }) => taskId === this.#taskOf(event));
        if (isStarted(event) && task?.phase === 'limited') {
          return [{ at, type: 'TaskPermitted', taskId: task.taskId }];
        }
        const result = resultOf(event);
        if (result !== null) return this.#answers(at, this.#taskOf(event), result);
        return [canContinue(this.state) ? { at, type: 'Continue' } : { at, type: 'TimerFired' }];
      }
    }
  }

  /** The job that a task has started, as the checkpoint shows it; gone already, what it was does not matter. */
  #startedJob(taskId: number, at: number, commit: RunCommit): { started?: { job: Json; pollAt: number } } {
    const resource = this.scheduled.get(taskId)?.resource;
    if (resource === undefined || !isJob(resource)) return {};
    const poll = this.#committedTasks(commit).find((task) => task.taskId === taskId)?.poll ?? null;
    if (poll === null) return { started: { job: null, pollAt: at } };
    return { started: { job: poll.job, pollAt: poll.count === 0 ? poll.at : at } };
  }

  #answers(at: number, taskId: number, result: TaskResult): Activation[] {
    const answer: Activation = { at, type: 'TaskResult', taskId, result };
    const task = this.pending.find((candidate) => candidate.taskId === taskId);
    const later = task !== undefined && task.resource.pattern !== 'requestResponse';
    const ofRequest = !result.ok && result.stage !== undefined && result.stage !== 'run';
    if (task?.phase !== 'scheduled' || !later || ofRequest || task.resource.kind === 'activity') return [answer];
    // The callback had been accepted when its own request turned out to have failed: the callback holds.
    return [answer, { at, type: 'TaskResult', taskId, result: { ok: false, stage: 'submit' } }];
  }

  /** Why an event that stands for a task's answer stands for none that anybody gave; null: it does. */
  #unfounded(event: HistoryEvent, commit: RunCommit, promises: Promises): string | null {
    const result = resultOf(event);
    if (result === null || (!result.ok && result.stage !== undefined)) return null;
    const taskId = this.#taskOf(event);
    const task = this.scheduled.get(taskId);
    if (task === undefined) return `event ${event.id} answers task ${taskId}, which was never scheduled`;
    const { resource, parameters } = task;
    const row = promises.result(taskId);
    if (isJob(resource)) {
      if (!promises.jobEnded(taskId)) return `event ${event.id} answers task ${taskId}, whose job has not ended`;
    } else if (resource.pattern !== 'requestResponse' && (row === null || row > commit.consumed)) {
      return `event ${event.id} answers task ${taskId}, and no result had been accepted and read`;
    }
    if (resource.kind === 'integration' && resource.service === 'states') return null;
    if (isApproval(resource)) {
      const [found, given] = [resultText(result), promises.approved(taskId)];
      return found === given
        ? null
        : `event ${event.id} says ${found} of task ${taskId}, decided was ${given ?? 'nothing'}`;
    }
    const answer = answerOf(readDoing(parameters));
    const isGiven = result.ok
      ? answer.ok && result.output === answer.output
      : !answer.ok && result.error === answer.error && result.cause === answer.cause;
    return isGiven ? null : `event ${event.id} says of task ${taskId} what nobody answered: ${JSON.stringify(result)}`;
  }

  /** The task that an event belongs to. */
  taskOf(eventId: number): number {
    const event = this.events[eventId - 1];
    return event === undefined ? 0 : this.#taskOf(event);
  }

  #taskOf(event: HistoryEvent): number {
    let at: HistoryEvent | undefined = event;
    while (at !== undefined && !at.type.endsWith('Scheduled')) at = this.events[at.previousEventId - 1];
    return at?.id ?? 0;
  }

  /**
   * Deadlines that do not fire although their first moment has passed were moved by heartbeats, or are void because a
   * result came before its request's answer.
   */
  #voidDeadlines(at: number, commit: RunCommit, events: readonly HistoryEvent[], promises: Promises): void {
    for (const { taskId, heartbeatAt, timeoutAt, phase, early } of this.pending) {
      const isDue = (limit: number | null): boolean => limit !== null && limit <= at;
      if (early !== null || (!isDue(heartbeatAt) && !isDue(timeoutAt))) continue;
      const own = events.filter((event) => this.#taskOf(event) === taskId);
      if (own.some((event) => event.type.endsWith('TimedOut'))) continue;
      const result = phase === 'scheduled' ? this.#earlyResult(taskId, commit, own, promises) : null;
      if (result !== null) this.#apply({ at: 0, type: 'TaskResult', taskId, result });
      else if (heartbeatAt !== null && heartbeatAt <= at) {
        // The nearest that explains it: the checkpoint tells whether it was a later one.
        const deadline = Math.min(...[...promises.heartbeats(taskId)].filter((promised) => promised > at));
        if (deadline < Number.POSITIVE_INFINITY) this.#apply({ at: 0, type: 'Heartbeat', taskId, deadline });
      }
    }
  }

  /** What the checkpoint keeps for later, or what this very commit goes on to apply. */
  #earlyResult(
    taskId: number,
    commit: RunCommit,
    events: readonly HistoryEvent[],
    promises: Promises,
  ): TaskResult | null {
    for (const event of events) {
      const result = resultOf(event);
      if (result !== null) return result;
    }
    const kept = this.#committedTasks(commit).find((task) => task.taskId === taskId)?.early ?? null;
    if (kept !== null) return kept;
    // It was aborted before anything came of the result; what the result was does not matter then.
    const row = promises.result(taskId);
    return row !== null && row <= commit.consumed ? { ok: true, output: null } : null;
  }

  #committedTasks(commit: RunCommit): PendingTask[] {
    const records = [...this.#records].map(([id, data]) => ({ id, data }));
    return pendingTasks(loadExecution(this.state.facts, commit.checkpoint, records));
  }

  /** Activations without events: moved deadlines, and results that came before their request's answer. */
  #catchUp(commit: RunCommit, promises: Promises): string | null {
    const committed = this.#committedTasks(commit);
    const own = new Map(this.pending.map((task) => [task.taskId, task]));
    for (const { taskId, heartbeatAt, early, phase, poll } of committed) {
      const task = own.get(taskId);
      if (task === undefined) return `task ${taskId} is pending in the checkpoint only`;
      // An activity's permit writes no event.
      if (phase !== 'limited' && task.phase === 'limited') this.#apply({ at: 0, type: 'TaskPermitted', taskId });
      if (heartbeatAt !== null && heartbeatAt !== task.heartbeatAt) {
        if (!promises.heartbeats(taskId).has(heartbeatAt)) {
          return `task ${taskId} waits for a heartbeat until ${heartbeatAt}, which its token never said`;
        }
        this.#apply({ at: 0, type: 'Heartbeat', taskId, deadline: heartbeatAt });
      }
      for (let count = (task.poll?.count ?? 0) + 1; count <= (poll?.count ?? 0); count++) {
        this.#apply({ at: 0, type: 'TaskPolled', taskId, count, pollAt: poll?.at ?? 0 });
      }
      if (early !== null && task.early === null) this.#apply({ at: 0, type: 'TaskResult', taskId, result: early });
    }
    return null;
  }

  #difference(commit: RunCommit): string | null {
    const head = saveHead(this.state);
    if (!isSameJson(commit.checkpoint, head)) return `the checkpoint is ${commit.checkpoint}, replayed it is ${head}`;
    for (const id of this.#touched) {
      if (isInCheckpoint(this.state, id)) continue;
      const there = id.endsWith('.items') ? this.state.items.has(id.slice(0, -6)) : this.state.frames.has(id);
      const wanted = there ? saveRecord(this.state, id) : undefined;
      const found = this.#records.get(id);
      if (!isSameJson(found, wanted))
        return `record ${id} is ${found ?? 'not there'}, replayed it is ${wanted ?? 'not there'}`;
    }
    return null;
  }
}

const GIVEN_UP = 'This execution cannot go on: ';
const SOME_LIMIT = { limiterArn: '', key: '', priority: 0 };

function isStarted({ type }: HistoryEvent): boolean {
  return type === 'TaskStarted' || type === 'LambdaFunctionStarted';
}

/** The task's answer that an event stands for; null where it stands for none. */
function resultOf(event: HistoryEvent): TaskResult | null {
  const succeeded =
    event.taskSucceededEventDetails ?? event.lambdaFunctionSucceededEventDetails ?? event.activitySucceededEventDetails;
  if (succeeded !== undefined) return { ok: true, output: parseJson(succeeded.output ?? 'null') };
  const failed =
    event.taskFailedEventDetails ?? event.lambdaFunctionFailedEventDetails ?? event.activityFailedEventDetails;
  if (failed !== undefined) return { ok: false, ...errorOf(failed) };
  const submit = event.taskSubmitFailedEventDetails;
  if (submit !== undefined) return { ok: false, ...errorOf(submit), stage: 'submit' };
  const start = event.taskStartFailedEventDetails ?? event.lambdaFunctionStartFailedEventDetails;
  return start === undefined ? null : { ok: false, ...errorOf(start), stage: 'start' };
}

function errorOf({ error, cause }: { error?: string; cause?: string }): { error?: string; cause?: string } {
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** Members may stand in another order after a record was read again. */
function isSameJson(left: string | undefined, right: string | undefined): boolean {
  if (left === right) return true;
  return left !== undefined && right !== undefined && inOrder(left) === inOrder(right);
}

function inOrder(text: string): string {
  return JSON.stringify(JSON.parse(text), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The checkpoint without the root frame: what an ended execution still stands for. */
function headOf(checkpoint: string): string {
  return inOrder(JSON.stringify({ ...JSON.parse(checkpoint), root: null }));
}
