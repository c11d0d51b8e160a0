import type { Json, PendingTask } from '@everstep/language';
import type { EngineContext } from '../context.ts';
import { FairQueue } from '../fair-queue.ts';
import { laneOf } from '../lane.ts';
import { type CallOutcome, performCall, performPoll, taskRequest } from '../perform-call.ts';
import type { IntegrationRegistry } from '../ports/integration.ts';
import type { RunSubject } from '../run-image.ts';

function questionOf({ poll }: PendingTask): number {
  return poll === null ? 0 : poll.count + 1;
}

/** One attempt's outside call in this process. It outlives its run's presence in memory, so as never to start twice. */
interface Call {
  readonly taskId: number;
  /** 0: the task's request; otherwise which question for its job it is. */
  readonly question: number;
  readonly controller: AbortController;
  readonly perform: () => Promise<CallOutcome>;
  /** What was started though nobody heard of it. */
  readonly abandonJob: (job: Json | undefined, isUnwanted: boolean) => void;
  begun: boolean;
  /** Nobody waits for the task any more, whoever owns the run. */
  unwanted: boolean;
  waiting: Waiting | null;
  outcome: CallOutcome | null;
}

interface Waiting {
  readonly executionId: string;
  readonly call: Call;
}

export interface CallsOptions {
  readonly registry: IntegrationRegistry;
  /** Whether the worker's lease allows an effect now. */
  readonly mayAct: () => boolean;
  readonly onSettled: (executionId: string, taskId: number, outcome: CallOutcome) => void;
}

/**
 * The outside calls in flight, by execution and task. Every call here was committed before it started. At most
 * `maxConcurrentCalls` run at once; the others wait, and the lanes of the state machines have their turns.
 */
export class Calls {
  readonly #context: EngineContext;
  readonly #options: CallsOptions;
  readonly #calls = new Map<string, Map<number, Call>>();
  readonly #waiting = new FairQueue<Waiting>();
  #running = 0;

  constructor(context: EngineContext, options: CallsOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** How many calls wait or run. */
  get size(): number {
    return this.#running + this.#waiting.size;
  }

  has(executionId: string): boolean {
    return this.#calls.has(executionId);
  }

  /** Whether it has calls, and none of them has begun. */
  allWait(executionId: string): boolean {
    const calls = this.#calls.get(executionId);
    return calls !== undefined && ![...calls.values()].some((call) => call.begun);
  }

  /** The outcome of a task's present call that has one; `null`: in flight; `undefined`: there is no such call. */
  outcome(executionId: string, task: PendingTask): CallOutcome | null | undefined {
    const call = this.#calls.get(executionId)?.get(task.taskId);
    return call?.question === questionOf(task) ? call.outcome : undefined;
  }

  /** Performs what a committed task asks for, unless this process already does. */
  start(subject: RunSubject, task: PendingTask): void {
    const { executionId } = subject.facts;
    const ofExecution = this.#calls.get(executionId) ?? new Map<number, Call>();
    const question = questionOf(task);
    // A call before this one has its outcome in the checkpoint.
    if (ofExecution.get(task.taskId)?.question === question) return;
    const controller = new AbortController();
    const request = taskRequest(subject, task, controller.signal);
    const { poll } = task;
    const call: Call = {
      taskId: task.taskId,
      question,
      controller,
      perform: () =>
        poll === null
          ? performCall(this.#context, this.#options, request)
          : performPoll(this.#context, this.#options, { ...request, job: poll.job, asked: question }),
      abandonJob: (job, isUnwanted) => {
        if (job !== undefined) this.#context.jobStops.abandon(subject.facts, { ...task, job }, isUnwanted);
      },
      begun: false,
      unwanted: false,
      waiting: null,
      outcome: null,
    };
    ofExecution.set(task.taskId, call);
    this.#calls.set(executionId, ofExecution);
    if (this.#running < this.#context.settings.maxConcurrentCalls) void this.#run(executionId, call);
    else {
      call.waiting = { executionId, call };
      this.#waiting.add(laneOf(executionId), call.waiting);
    }
  }

  /** Forgets the call of a task that is closed. */
  endClosed(executionId: string, taskId: number): void {
    const call = this.#calls.get(executionId)?.get(taskId);
    if (call !== undefined) call.unwanted = true;
    this.end(executionId, taskId);
  }

  /** Forgets a call whose outcome is committed, or that nobody wants any more: it is told to stop. */
  end(executionId: string, taskId: number): void {
    const ofExecution = this.#calls.get(executionId);
    const call = ofExecution?.get(taskId);
    if (ofExecution === undefined || call === undefined) return;
    ofExecution.delete(taskId);
    if (ofExecution.size === 0) this.#calls.delete(executionId);
    if (call.waiting !== null) this.#waiting.delete(laneOf(executionId), call.waiting);
    if (call.outcome === null) call.controller.abort();
  }

  endAll(executionId: string): void {
    for (const taskId of [...(this.#calls.get(executionId)?.keys() ?? [])]) this.end(executionId, taskId);
  }

  clear(): void {
    for (const executionId of [...this.#calls.keys()]) this.endAll(executionId);
  }

  async #run(executionId: string, call: Call): Promise<void> {
    if (!call.controller.signal.aborted && this.#options.mayAct()) {
      this.#running++;
      call.begun = true;
      try {
        call.outcome = await call.perform();
      } finally {
        this.#running--;
      }
      // Whoever ended the call in the meantime does not want to hear of it.
      if (!call.controller.signal.aborted) this.#options.onSettled(executionId, call.taskId, call.outcome);
      else if (call.outcome.type === 'submitted') call.abandonJob(call.outcome.job, call.unwanted);
    }
    const next = this.#waiting.shift();
    // Not called from here: thousands of ended calls in a row must not pile up on the stack.
    if (next !== undefined) queueMicrotask(() => void this.#run(next.executionId, next.call));
  }
}
