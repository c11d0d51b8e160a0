import type { Activation, TaskResult } from '../activation.ts';
import { createExecution, loadExecution, saveHead, saveRecord } from '../checkpoint.ts';
import type { Command, EndExecution, ScheduleTask } from '../command.ts';
import { invariant } from '../errors.ts';
import type { ExecutionFacts, ExecutionState, PendingTask, Transition } from '../execution-state.ts';
import type { HistoryEvent } from '../history-event.ts';
import { type Json, jsonText, parseJson } from '../json.ts';
import { itemsRecordId, type Surroundings } from '../run.ts';
import type { StateMachine } from '../syntax/state-machine.ts';
import { parseStateMachine } from '../syntax/parse.ts';
import { pendingTasks } from '../tasks.ts';
import { nextTimer } from '../timers.ts';
import { transition } from '../transition.ts';

/** An activation without its time, which the test execution's clock gives. */
export type Arrival = Activation extends infer Each ? (Each extends Activation ? Omit<Each, 'at'> : never) : never;

export const START_TIME = 1_700_000_000_000;

export function testMachine(definition: object): StateMachine {
  const { machine, diagnostics } = parseStateMachine(JSON.stringify(definition), { type: 'STANDARD' });
  invariant(machine !== null, `the test's definition is refused: ${JSON.stringify(diagnostics)}`);
  return machine;
}

export function testFacts(input: Json): ExecutionFacts {
  return {
    executionId: '0198b3a2-7c4e-7d11-8a55-0123456789ab',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:Orders:run-1',
    name: 'run-1',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Orders',
    stateMachineName: 'Orders',
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: 'arn:aws:iam::123456789012:role/orders',
    region: 'eu-west-1',
    startTime: START_TIME,
    input: jsonText(input),
    tokenKey: '5f'.repeat(32),
  };
}

export interface TestOptions {
  /** After every transition forget everything but the stored records, kept up by `changes` alone. */
  readonly reload?: boolean;
  readonly surroundings?: Surroundings;
}

/** One execution under a virtual clock, with everything it did. */
export class TestExecution {
  readonly machine: StateMachine;
  readonly history: HistoryEvent[] = [];
  readonly commands: Command[] = [];
  readonly closed: Transition['closed'][number][] = [];
  /** The stored form: record id to text, as a store would hold it. */
  readonly records = new Map<string, string>();
  now = START_TIME;
  last: Transition | undefined;
  #execution: ExecutionState;
  readonly #options: TestOptions;

  constructor(definition: object, input: Json, options: TestOptions = {}) {
    this.machine = isMachine(definition) ? definition : testMachine(definition);
    this.#execution = createExecution(testFacts(input));
    this.#options = options;
  }

  /** A started one. */
  static start(definition: object, input: Json = {}, options: TestOptions = {}): TestExecution {
    const execution = new TestExecution(definition, input, options);
    execution.send({ type: 'Start' });
    return execution;
  }

  get state(): ExecutionState {
    return this.#execution;
  }

  get status(): string {
    return this.#execution.head.status;
  }

  get end(): EndExecution | undefined {
    return this.commands.find((command) => command.type === 'EndExecution');
  }

  get output(): Json | undefined {
    const text = this.end?.output;
    return text === undefined ? undefined : parseJson(text);
  }

  get tasks(): PendingTask[] {
    return pendingTasks(this.#execution);
  }

  get scheduled(): ScheduleTask[] {
    return this.commands.filter((command) => command.type === 'ScheduleTask');
  }

  /** The history as lines: `id < previous type [name or index]`. */
  get lines(): string[] {
    return this.history.map(({ id, previousEventId, timestamp: _timestamp, type, ...details }) => {
      const detail = Object.values<object | undefined>({ ...details }).find((value) => value !== undefined) ?? {};
      const name = 'name' in detail ? ` ${String(detail.name)}` : '';
      const index = 'index' in detail ? `[${String(detail.index)}]` : '';
      return `${id} < ${previousEventId} ${type}${name}${index}`;
    });
  }

  get types(): string[] {
    return this.history.map((event) => event.type);
  }

  send(arrival: Arrival): Transition {
    const activation: Activation = { ...arrival, at: this.now };
    const answer = transition(this.machine, this.#execution, activation, this.#options.surroundings);
    this.last = answer;
    this.history.push(...answer.history);
    this.commands.push(...answer.commands);
    this.closed.push(...answer.closed);
    this.#store(answer);
    if (this.#options.reload === true) this.#execution = this.loaded();
    return answer;
  }

  /** Goes on for as long as transitions end at their bound. */
  drain(): void {
    while (this.last?.commands.some((command) => command.type === 'Continue')) this.send({ type: 'Continue' });
  }

  succeed(stateName: string, output: Json): void {
    this.answer(stateName, { ok: true, output });
  }

  fail(stateName: string, error?: string, cause?: string): void {
    const named = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    this.answer(stateName, { ok: false, ...named });
  }

  answer(stateName: string, result: TaskResult): void {
    this.send({ type: 'TaskResult', taskId: this.task(stateName).taskId, result });
  }

  /** The oldest pending task of a state. */
  task(stateName: string): PendingTask {
    const task = this.tasks.find((candidate) => candidate.stateName === stateName);
    invariant(task !== undefined, `no task of ${stateName} is pending`);
    return task;
  }

  /** Moves the clock, firing what falls due on the way. */
  wait(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      const timer = nextTimer(this.#execution);
      if (timer === null || timer > until) break;
      this.now = Math.max(this.now, timer);
      this.send({ type: 'TimerFired' });
    }
    this.now = until;
  }

  /** The execution as another process would load it. */
  loaded(): ExecutionState {
    const { facts } = this.#execution;
    const records = [...this.records].map(([id, data]) => ({ id, data }));
    return loadExecution(facts, saveHead(this.#execution), records);
  }

  /** Every record, written anew: what `records` must equal if `changes` left nothing out. */
  snapshot(): Map<string, string> {
    const ids = [...this.#execution.frames.keys(), ...[...this.#execution.items.keys()].map(itemsRecordId)];
    return new Map(ids.map((id) => [id, saveRecord(this.#execution, id)]));
  }

  #store(answer: Transition): void {
    for (const id of answer.changes.deleted) this.records.delete(id);
    for (const id of answer.changes.written) this.records.set(id, saveRecord(this.#execution, id));
  }
}

function isMachine(definition: object): definition is StateMachine {
  return 'states' in definition && definition.states instanceof Map;
}
