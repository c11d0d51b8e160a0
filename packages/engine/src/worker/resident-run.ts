import {
  type Activation,
  type ExecutionState,
  type PendingTask,
  canContinue,
  nextPoll,
  nextTimer,
  pendingTasks,
  recordIds,
  transition,
} from '@everstep/language';
import { decodeActivation, inOrder } from '../activation-codec.ts';
import { shapeChildResult } from '../child-result.ts';
import type { EngineSettings } from '../context.ts';
import { PendingCommit } from '../pending-commit.ts';
import type { Cancel } from '../ports/clock.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { InboxRow, RunCommit, WarmRun } from '../ports/run-store.ts';
import type { TokenDeadline } from '../ports/token-store.ts';
import type { RunSubject } from '../run-image.ts';

/** Timers due at once, one after the other, before other work has its turn. */
const TIMER_ROUNDS = 8;

/** An execution in this worker's memory, from its claim until it is parked, ended or lost. */
export class ResidentRun {
  readonly execution: ExecutionRecord;
  readonly subject: RunSubject;
  readonly state: ExecutionState;
  readonly epoch: number;
  /** A commit is under way; activations wait for its answer. */
  committing = false;
  /** Whether anything has been committed since its claim. */
  hasCommitted = false;
  /** No longer in memory: whatever still comes for it is not for it. */
  dropped = false;
  /** It has its turn when this one of the event loop has told all that it has to tell. */
  advancesSoon = false;
  /** Something arrived while a commit was under way. */
  lookAgain = false;
  cancelTimer: Cancel | null = null;
  /** Whether it stays this worker's after its next commit. */
  stays = true;
  #pending = new PendingCommit();
  #consumed: number;
  #committedConsumed: number;
  #rows: InboxRow[];
  #deadlines: readonly TokenDeadline[];
  #local: Activation[] = [];

  constructor(
    execution: ExecutionRecord,
    subject: RunSubject,
    state: ExecutionState,
    claimed: Omit<WarmRun, 'executionId'> & { readonly format: number },
  ) {
    this.execution = execution;
    this.subject = subject;
    this.state = state;
    this.epoch = claimed.epoch;
    this.#consumed = claimed.consumed;
    this.#committedConsumed = claimed.consumed;
    this.#rows = [...claimed.inbox];
    this.#deadlines = claimed.tokens;
    // An older format was upgraded as it was read: no record of it may stay beside a checkpoint of the present one.
    if (claimed.format !== this.state.head.format) this.#pending.rewrite(recordIds(this.state));
    // The bound of steps was hit, and whoever hit it is gone.
    if (canContinue(this.state)) this.#local.push({ at: this.state.head.lastEventTime, type: 'Continue' });
  }

  get executionId(): string {
    return this.execution.executionId;
  }
  get pending(): PendingCommit {
    return this.#pending;
  }
  /** The last inbox row that the state in memory contains. */
  get consumed(): number {
    return this.#consumed;
  }
  /** Whether there is anything to write before going on. */
  get dirty(): boolean {
    return this.#pending.changed || this.#consumed !== this.#committedConsumed;
  }

  /** Whether something waits to be applied. */
  get hasInput(): boolean {
    return this.#rows.length + this.#local.length + this.#deadlines.length > 0;
  }

  /** An activation from inside this process: a call's outcome, Continue. */
  push(activation: Activation): void {
    this.#local.push(activation);
  }

  /** What a reread found. */
  arrive(rows: readonly InboxRow[], deadlines: readonly TokenDeadline[]): void {
    const last = this.#rows.at(-1)?.number ?? this.#consumed;
    this.#rows.push(...rows.filter((row) => row.number > last));
    this.#deadlines = deadlines;
  }

  /**
   * Applies everything known, in the order that makes acknowledged things count: a Stop before all else that arrived,
   * arrivals by number, this process's own results, the deadlines that heartbeats have moved (an arrival may be the
   * start of what beats), and only then the timers. `onTimer` hears how late each of them fires, in milliseconds.
   */
  apply(now: number, onTimer: (lateMs: number) => void = () => undefined): void {
    const arrived = this.#rows.map((row) => decodeActivation(row.activation));
    this.#consumed = this.#rows.at(-1)?.number ?? this.#consumed;
    this.#rows = [];
    for (const activation of inOrder(arrived)) this.#transition(activation);
    const local = this.#local;
    this.#local = [];
    for (const activation of local) this.#transition(activation);
    this.#moveDeadlines(now);
    this.#fireTimers(now, onTimer);
  }

  /** A timer may set another that is due at once: a retry whose jitter came to nothing. */
  #fireTimers(now: number, onTimer: (lateMs: number) => void): void {
    for (let round = 0; round < TIMER_ROUNDS; round++) {
      const timer = nextTimer(this.state);
      if (timer === null || timer > now) return;
      onTimer(now - timer);
      this.#transition({ at: now, type: 'TimerFired' });
    }
  }

  /**
   * Requests that are committed and not yet known to be accepted or answered, and jobs that must be asked for now: they
   * must be under way somewhere.
   */
  uncalledTasks(now: number): readonly PendingTask[] {
    const uncommitted = new Set(this.#pending.scheduled.map((task) => task.taskId));
    return pendingTasks(this.state).filter((task) => needsCall(task, now) && !uncommitted.has(task.taskId));
  }

  /** Whether the owner must stay: a call is open, or the bound of steps was hit. */
  mustStay(now: number): boolean {
    return this.#pending.continues || pendingTasks(this.state).some((task) => needsCall(task, now));
  }

  /** When its owner must look at it next, in milliseconds since the epoch; null: only what arrives matters. */
  nextLook(now: number): number | null {
    const timer = nextTimer(this.state);
    const poll = nextPoll(this.state, now);
    return timer === null || (poll !== null && poll < timer) ? poll : timer;
  }

  /** Whether all it waits for is a timer within the time: then its owner may as well keep it and fire that timer itself. */
  waitsBriefly(now: number, warmMs: number): boolean {
    const timer = nextTimer(this.state);
    return timer !== null && timer <= now + warmMs && pendingTasks(this.state).length === 0;
  }

  build(now: number, settings: Pick<EngineSettings, 'nameReuseMs' | 'graceMs'>): RunCommit {
    return this.#pending.build({
      execution: this.execution,
      machine: this.subject.revisionMachine,
      state: this.state,
      epoch: this.epoch,
      consumed: this.#consumed,
      consumedBefore: this.#committedConsumed,
      stay: this.stays,
      now,
      settings,
    });
  }

  /** The commit has happened; answers what it contained. */
  committed(): PendingCommit {
    const done = this.#pending;
    this.hasCommitted = true;
    this.#pending = new PendingCommit();
    this.#committedConsumed = this.#consumed;
    return done;
  }

  #transition(activation: Activation): void {
    const shaped = shapeChildResult(activation, activation.type === 'ChildResult' ? pendingTasks(this.state) : []);
    this.#pending.add(transition(this.subject.machine, this.state, shaped, this.subject.surroundings));
  }

  /** Heartbeats move the deadline in the token's row only; here the state in memory learns of it. */
  #moveDeadlines(now: number): void {
    if (this.#deadlines.length === 0) return;
    const tasks = new Map(pendingTasks(this.state).map((task) => [task.taskId, task]));
    for (const { taskId, heartbeatAt } of this.#deadlines) {
      if (heartbeatAt === null || tasks.get(taskId)?.heartbeatAt === heartbeatAt) continue;
      this.#transition({ at: now, type: 'Heartbeat', taskId, deadline: heartbeatAt });
    }
    this.#deadlines = [];
  }
}

function needsCall(task: PendingTask, now: number): boolean {
  if (task.poll !== null) return task.poll.at <= now;
  return task.phase === 'scheduled' && task.resource.kind !== 'activity';
}
