import {
  type Activation,
  type EndExecution,
  type ExecutionFacts,
  type ExecutionState,
  type HistoryEvent,
  type ScheduleTask,
  createExecution,
  nextTimer,
  transition,
} from '@everstep/language';
import { QUOTAS } from '@everstep/protocol';
import type { EngineContext } from '../context.ts';
import { logEvents } from '../execution-logging.ts';
import type { CompiledRevision } from '../machine-cache.ts';
import { activationOf, taskRequest } from '../perform-call.ts';
import type { Cancel } from '../ports/clock.ts';
import type { TaskOutcome, TaskRequest } from '../ports/integration.ts';

export interface ExpressOptions {
  readonly facts: ExecutionFacts;
  readonly compiled: CompiledRevision;
  /** null: this process may not act any more, so the execution is abandoned. */
  readonly perform: (request: TaskRequest) => Promise<TaskOutcome | null>;
}

export interface ExpressEnd extends EndExecution {
  /** Milliseconds since the epoch. */
  readonly stopDate: number;
}

/**
 * One attempt at an Express execution, from its start to its end, in this process's memory: the same transitions as a
 * Standard one's, without a checkpoint or a history. It ends after five minutes at the latest.
 */
export class ExpressExecution {
  readonly #context: EngineContext;
  readonly #options: ExpressOptions;
  readonly #state: ExecutionState;
  readonly #calls = new Map<number, AbortController>();
  #cancelTimer: Cancel | null = null;
  /** Set while it runs. */
  #settle: ((end: ExpressEnd | null) => void) | null = null;

  constructor(context: EngineContext, options: ExpressOptions) {
    this.#context = context;
    this.#options = options;
    this.#state = createExecution(options.facts);
  }

  /** null: it was abandoned before its end. */
  run(): Promise<ExpressEnd | null> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      const startedAt = this.#context.clock.now();
      this.#apply({ at: startedAt, type: 'Start' }, startedAt + QUOTAS.expressDurationMs);
    });
  }

  /** Stops at once, as if the process had died: calls are told to stop, nothing is logged. */
  abandon(): void {
    this.#finish(null);
  }

  #apply(activation: Activation, deadline: number | null = null): void {
    if (this.#settle === null) return;
    try {
      const { machine } = this.#options.compiled;
      const { history, commands, closed } = transition(machine, this.#state, activation, NO_ACTIVITIES);
      this.#log(history);
      for (const { taskId } of closed) this.#endCall(taskId);
      const { head } = this.#state;
      if (deadline !== null && head.status === 'RUNNING')
        head.timeoutAt = Math.min(head.timeoutAt ?? deadline, deadline);
      let continues = false;
      for (const command of commands) {
        if (command.type === 'ScheduleTask') void this.#call(command);
        else if (command.type === 'CancelTask') this.#endCall(command.taskId);
        else if (command.type === 'EndExecution') return this.#finish({ ...command, stopDate: head.lastEventTime });
        else if (command.type === 'Continue') continues = true;
      }
      this.#goOn(continues);
    } catch (error) {
      this.#break(error);
    }
  }

  /** Others have their turn between the stretches of an execution that never waits. */
  #goOn(continues: boolean): void {
    const { clock } = this.#context;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const timer = nextTimer(this.#state);
    if (timer !== null && timer <= clock.now())
      setImmediate(() => this.#apply({ at: clock.now(), type: 'TimerFired' }));
    else if (timer !== null) {
      this.#cancelTimer = clock.at(timer, () => this.#apply({ at: clock.now(), type: 'TimerFired' }));
    }
    if (continues) setImmediate(() => this.#apply({ at: clock.now(), type: 'Continue' }));
  }

  async #call(task: ScheduleTask): Promise<void> {
    const controller = new AbortController();
    this.#calls.set(task.taskId, controller);
    const outcome = await this.#options.perform(taskRequest(this.#options, task, controller.signal));
    if (controller.signal.aborted || !this.#calls.delete(task.taskId)) return;
    if (outcome === null) this.abandon();
    else this.#apply(activationOf(task.taskId, outcome, this.#context.clock.now(), this.#context.settings));
  }

  #endCall(taskId: number): void {
    this.#calls.get(taskId)?.abort();
    this.#calls.delete(taskId);
  }

  /** A broken promise of the code ends this execution, and nothing else. */
  #break(error: unknown): void {
    const { facts } = this.#options;
    const { executionArn } = facts;
    this.#context.logger.error({ err: error, executionArn }, 'the interpreter threw; the execution is failed');
    const cause = `This execution cannot go on: ${error instanceof Error ? error.message : String(error)}`;
    const { lastEventId, lastEventTime } = this.#state.head;
    const end = expressFailure(cause, Math.max(this.#context.clock.now(), lastEventTime));
    this.#log([failureEvent(end, lastEventId)]);
    this.#finish(end);
  }

  #log(events: readonly HistoryEvent[]): void {
    const { facts, compiled } = this.#options;
    logEvents(this.#context, compiled.logging, { executionArn: facts.executionArn, redriveCount: 0 }, events);
  }

  #finish(end: ExpressEnd | null): void {
    const settle = this.#settle;
    if (settle === null) return;
    this.#settle = null;
    this.#cancelTimer?.();
    for (const taskId of [...this.#calls.keys()]) this.#endCall(taskId);
    settle(end);
  }
}

/** Express machines cannot have activity tasks. */
const NO_ACTIVITIES = { activityExists: () => false };

/** An execution that this process cannot run, or run on. */
export function expressFailure(cause: string, stopDate: number): ExpressEnd {
  return { type: 'EndExecution', status: 'FAILED', error: 'States.Runtime', cause, stopDate };
}

export function failureEvent({ error, cause, stopDate }: ExpressEnd, lastEventId: number): HistoryEvent {
  return {
    id: lastEventId + 1,
    previousEventId: lastEventId,
    timestamp: stopDate,
    type: 'ExecutionFailed',
    executionFailedEventDetails: {
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    },
  };
}
