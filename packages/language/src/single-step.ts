import type { TaskResult } from './activation.ts';
import { createExecution } from './checkpoint.ts';
import type { ScheduleTask } from './command.ts';
import { invariant } from './errors.ts';
import type { ExecutionFacts, ExecutionState, Frame } from './execution-state.ts';
import { newFrame } from './frames.ts';
import { Inspection } from './inspection.ts';
import { dropChildren } from './join.ts';
import type { Json, JsonObject } from './json.ts';
import type { Failure } from './outcome.ts';
import { Run } from './run.ts';
import { answerTask } from './states/task.ts';
import { endWait, enterState, settle } from './step.ts';
import type { State, StateMachine } from './syntax/state-machine.ts';
import { scheduleCommand } from './tasks.ts';

export interface SingleStepOptions {
  readonly state: State;
  /** Who the execution is that the state imagines itself in; its input is the execution's. */
  readonly facts: ExecutionFacts;
  /** The state's own input. */
  readonly input: Json;
  readonly variables?: JsonObject;
  /** Stands for the whole context object. */
  readonly context?: JsonObject | null;
  /** Retries that the retrier which takes the state's error has made already. */
  readonly retryCount?: number;
  /** What a Distributed Map's ItemReader finds, as it stands in its source. */
  readonly readerData?: string | null;
}

/** What the state waits for, or null: it has come to its end. */
export type StepWaiting =
  | { readonly kind: 'task'; readonly task: ScheduleTask }
  | { readonly kind: 'timer'; readonly until: number }
  /** A Parallel's branches or a Map's iterations, which are not run. */
  | { readonly kind: 'children' };

const EVERYTHING_EXISTS = { activityExists: () => true };

/**
 * One state by itself, executed by the very code that executes machines, with its data pipeline written down as it
 * goes. It stops where an execution would wait; whoever steps through it performs the task or mocks it. Nothing of the
 * state's surroundings is needed: the next state is named, not entered, and a retry is told, not made.
 */
export class SingleStep {
  readonly inspection: Inspection;
  readonly #machine: StateMachine;
  readonly #execution: ExecutionState;
  readonly #frame: Frame;

  /** Enters the state. */
  constructor(options: SingleStepOptions) {
    const { state, facts, retryCount = 0 } = options;
    this.inspection = new Inspection({ context: options.context ?? null, readerData: options.readerData ?? null });
    this.#machine = machineOf(state);
    this.#execution = createExecution(facts);
    this.#frame = newFrame({ parent: null, index: 0 }, state.name, options.input, 0);
    this.#frame.variables = { ...options.variables };
    this.#frame.retryCount = retryCount;
    if ('retry' in state) this.#frame.retrierAttempts = state.retry.map(() => retryCount);
    const run = this.#run(facts.startTime);
    run.addFrame(this.#frame);
    enterState(run, this.#frame);
  }

  get waiting(): StepWaiting | null {
    const { waiting } = this.#frame;
    if (this.inspection.exit !== null || this.inspection.failure !== null) return null;
    if (waiting?.kind === 'task') return { kind: 'task', task: scheduleCommand(waiting.task) };
    if (waiting?.kind === 'timer') return { kind: 'timer', until: waiting.until };
    return waiting?.kind === 'children' ? { kind: 'children' } : null;
  }

  /** The task, the branches or the iterations are answered at a time in milliseconds since the epoch. */
  answer(result: TaskResult, at: number): void {
    const { waiting } = this.#frame;
    const run = this.#run(at);
    if (waiting?.kind === 'task') {
      settle(run, this.#frame, answerTask(run, this.#frame, waiting.task, result));
      return;
    }
    invariant(waiting?.kind === 'children', 'the state waits for no answer');
    if (!result.ok) {
      settle(run, this.#frame, { kind: 'fail', failure: result });
      return;
    }
    dropChildren(run, this.#frame);
    settle(run, this.#frame, { kind: 'result', value: result.output });
  }

  /** What the state waits for ends in an error of its own, as a time-out does. */
  fail(failure: Failure): void {
    settle(this.#run(this.#execution.head.lastEventTime), this.#frame, { kind: 'fail', failure });
  }

  /** A Wait's moment has come. */
  wake(at: number): void {
    endWait(this.#run(at), this.#frame);
  }

  #run(at: number): Run {
    return new Run(this.#machine, this.#execution, at, EVERYTHING_EXISTS, this.inspection);
  }
}

/** A machine of which only this state is there. */
function machineOf(state: State): StateMachine {
  return {
    startAt: state.name,
    states: new Map([[state.name, state]]),
    queryLanguage: state.queryLanguage,
    comment: null,
    version: null,
    timeoutSeconds: null,
  };
}
