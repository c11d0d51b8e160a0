import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Activation,
  type EndExecution,
  type ExecutionFacts,
  type ExecutionState,
  type HistoryEvent,
  type ScheduleTask,
  type StateMachine,
  createExecution,
  nextTimer,
  pendingTasks,
  transition,
} from '@everstep/language';
import type { Answer, Mocks } from './mocks.ts';

/** AWS's quota of events in one execution's history; it ends an offline run that would never end. */
export const MAXIMUM_EVENTS = 25_000;
/** AWS's quota of a Standard execution's time: a year. */
const MAXIMUM_DURATION_MS = 31_536_000_000;

/** The run cannot go on, for a reason that the user can put right. */
export class OfflineRunError extends Error {
  override readonly name = 'OfflineRunError';
}

export interface OfflineRunOptions {
  readonly machine: StateMachine;
  readonly facts: ExecutionFacts;
  readonly mocks: Mocks;
  /** Lets time pass as it would; else the clock jumps to the next thing that happens. */
  readonly realTime: boolean;
  /** Takes events as they are written. */
  readonly onEvents: (events: readonly HistoryEvent[]) => void;
}

export interface OfflineResult {
  readonly end: EndExecution;
  readonly events: number;
  /** Milliseconds since the epoch, by the run's clock. */
  readonly endedAt: number;
}

/** An activation without its time, which the run's clock gives. */
type Arrival = Activation extends infer Each ? (Each extends Activation ? Omit<Each, 'at'> : never) : never;

interface Expected {
  readonly at: number;
  readonly taskId: number;
  readonly arrival: Arrival;
}

/** Executes a machine in this process to its end, tasks answered by mocks. Throws OfflineRunError. */
export async function runOffline(options: OfflineRunOptions): Promise<OfflineResult> {
  return new OfflineRun(options).toEnd();
}

class OfflineRun {
  readonly #options: OfflineRunOptions;
  readonly #execution: ExecutionState;
  readonly #startedAt = performance.now();
  #expected: Expected[] = [];
  #now: number;
  #events = 0;
  #end: EndExecution | null = null;

  constructor(options: OfflineRunOptions) {
    this.#options = options;
    this.#execution = createExecution(options.facts);
    this.#now = options.facts.startTime;
  }

  async toEnd(): Promise<OfflineResult> {
    this.#send({ type: 'Start' });
    for (;;) {
      if (this.#end !== null) return { end: this.#end, events: this.#events, endedAt: this.#now };
      if (this.#events > MAXIMUM_EVENTS) {
        const limit = MAXIMUM_EVENTS.toLocaleString('en');
        throw new OfflineRunError(`The run has more than ${limit} events, where AWS ends a Standard execution.`);
      }
      await this.#goOn();
    }
  }

  /** Lets happen what comes next: an answer, or a timer where it is earlier. */
  async #goOn(): Promise<void> {
    const expected = this.#expected.reduce<Expected | null>(
      (first, each) => (first === null || each.at < first.at ? each : first),
      null,
    );
    const timer = nextTimer(this.#execution);
    if (expected === null && timer === null) throw this.#stuck();
    if (expected !== null && (timer === null || expected.at <= timer)) {
      this.#expected = this.#expected.filter((each) => each !== expected);
      await this.#passTimeTo(expected.at);
      this.#send(expected.arrival);
    } else if (timer !== null) {
      await this.#passTimeTo(timer);
      this.#send({ type: 'TimerFired' });
    }
  }

  async #passTimeTo(moment: number): Promise<void> {
    if (moment - this.#options.facts.startTime > MAXIMUM_DURATION_MS) {
      throw new OfflineRunError('The run would last more than a year, where AWS ends a Standard execution.');
    }
    this.#now = Math.max(this.#now, moment);
    if (!this.#options.realTime) return;
    const passed = performance.now() - this.#startedAt;
    const ahead = this.#now - this.#options.facts.startTime - passed;
    // A timer of Node holds at most 2^31 - 1 ms.
    for (let left = ahead; left > 0; left -= LONGEST_SLEEP_MS) await sleep(Math.min(left, LONGEST_SLEEP_MS));
  }

  #send(arrival: Arrival): void {
    const { machine, onEvents } = this.#options;
    let next: Arrival | null = arrival;
    while (next !== null) {
      const { history, commands } = transition(machine, this.#execution, { ...next, at: this.#now });
      this.#events += history.length;
      onEvents(history);
      next = null;
      for (const command of commands) {
        if (command.type === 'ScheduleTask') this.#schedule(command);
        else if (command.type === 'CancelTask') this.#forget(command.taskId);
        else if (command.type === 'EndExecution') this.#end = command;
        else if (this.#events <= MAXIMUM_EVENTS) next = { type: 'Continue' };
      }
    }
  }

  #schedule(task: ScheduleTask): void {
    const answer = this.#options.mocks.next(task.stateName);
    if (answer === null) throw unmocked(task, this.#options.mocks.file);
    const { taskId } = task;
    const expect = (at: number, arrival: Arrival): void => {
      this.#expected.push({ at, taskId, arrival });
    };
    if (task.resource.kind === 'activity') {
      expect(this.#now, { type: 'ActivityStarted', taskId, workerName: 'mock' });
    } else if (task.resource.pattern !== 'requestResponse') {
      expect(this.#now, { type: 'TaskSubmitted', taskId, output: answer.submitted });
    }
    this.#expectBeats(task, answer);
    if (answer.result !== null) {
      expect(this.#now + answer.delaySeconds * 1000, { type: 'TaskResult', taskId, result: answer.result });
    }
  }

  #expectBeats(task: ScheduleTask, { delaySeconds, heartbeatSeconds }: Answer): void {
    const { taskId } = task;
    if (heartbeatSeconds === null || task.heartbeatSeconds === null) return;
    for (let seconds = heartbeatSeconds; seconds < delaySeconds; seconds += heartbeatSeconds) {
      const at = this.#now + seconds * 1000;
      const deadline = at + task.heartbeatSeconds * 1000;
      this.#expected.push({ at, taskId, arrival: { type: 'Heartbeat', taskId, deadline } });
    }
  }

  #forget(taskId: number): void {
    this.#expected = this.#expected.filter((each) => each.taskId !== taskId);
  }

  #stuck(): OfflineRunError {
    const names = [...new Set(pendingTasks(this.#execution).map(({ stateName }) => `"${stateName}"`))].join(', ');
    return new OfflineRunError(
      `Nothing will happen any more: ${names} waits for an answer that its mock never gives, and has no time-out.`,
    );
  }
}

const LONGEST_SLEEP_MS = 2_147_483_647;

function unmocked(task: ScheduleTask, file: string | null): OfflineRunError {
  const name = JSON.stringify(task.stateName);
  const where = file === null ? 'Give a file with --mocks that says' : `Say in ${file}`;
  return new OfflineRunError(
    [
      `The state ${name} calls ${task.resource.arn} and has no mock, so the run ends here.`,
      `${where} what it answers:`,
      '',
      `  { ${name}: [{ "result": {} }] }`,
      '',
      'or give every state without a mock of its own the same answer: { "*": { "result": {} } }',
    ].join('\n'),
  );
}
