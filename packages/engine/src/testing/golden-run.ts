import {
  type Activation,
  type EndExecution,
  type ExecutionFacts,
  type ExecutionState,
  type HistoryEvent,
  type PendingTask,
  type StateMachine,
  type Surroundings,
  type Transition,
  canContinue,
  createExecution,
  loadExecution,
  nextTimer,
  parseStateMachine,
  pendingTasks,
  recordIds,
  saveHead,
  saveRecord,
  transition,
} from '@everstep/language';
import { decodeActivation, encodeActivation } from '../activation-codec.ts';
import type { GoldenScenario } from './golden-scenarios.ts';

/** Everything of one execution as a store holds it, after each of its activations. */
export interface GoldenRun {
  readonly name: string;
  readonly definition: string;
  readonly facts: ExecutionFacts;
  readonly steps: readonly GoldenStep[];
  readonly end: GoldenEnd;
}

export interface GoldenStep {
  /** As an inbox row holds it. */
  readonly activation: string;
  /** What was stored when it had been applied. */
  readonly checkpoint: string;
  readonly records: Readonly<Record<string, string>>;
}

export interface GoldenEnd {
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  /** Types of all events, in order. */
  readonly events: readonly string[];
}

const START_TIME = 1_700_000_000_000;
const MOST_STEPS = 200;
const PERMIT_MS = 90_000;
/** Tasks of states called `Limited…` wait for a permit. */
const surroundings: Surroundings = {
  activityExists: () => true,
  limitsOf: ({ context }) => (/"Name":"Limited/.test(JSON.stringify(context()['State'])) ? [LIMIT] : []),
};
const LIMIT = { limiterArn: 'arn:aws:states:us-east-1:123456789012:limiter:golden', key: 'k', priority: 0 };

/** Leads a scenario through `transition`, each activation at its time, and keeps what would have been stored. */
export function recordGolden(scenario: GoldenScenario): GoldenRun {
  const definition = JSON.stringify(scenario.definition);
  const machine = compile(definition);
  const facts = factsOf(scenario);
  const state = createExecution(facts);
  const steps: GoldenStep[] = [];
  const told = new Told();
  const queue: Activation[] = [{ at: START_TIME, type: 'Start' }];
  const attempts = new Map<string, number>();
  while (told.end === null && steps.length < MOST_STEPS) {
    if (steps.length === scenario.stopAfter) queue.unshift({ at: state.head.lastEventTime, type: 'Stop', error: 'S' });
    const activation = queue.shift() ?? nextOf(state);
    if (activation === null) throw new Error(`${scenario.name}: nothing wakes it any more`);
    const text = encodeActivation(activation);
    const step = transition(machine, state, decodeActivation(text), surroundings);
    told.add(step);
    steps.push({ activation: text, checkpoint: saveHead(state), records: recordsOf(state) });
    for (const command of step.commands) {
      if (command.type !== 'LimitTask') continue;
      queue.push({ at: state.head.lastEventTime + PERMIT_MS, type: 'TaskPermitted', taskId: command.taskId });
    }
    for (const task of scheduledBy(step, state)) queue.push(...answersTo(scenario, task, attempts, state));
    for (const command of step.commands) {
      if (command.type !== 'StartMapRun' || scenario.mapRun === undefined) continue;
      const at = state.head.lastEventTime + 1_000;
      queue.push({ at, type: 'MapRunEnded', taskId: command.taskId, result: scenario.mapRun });
    }
  }
  return { name: scenario.name, definition, facts, steps, end: told.asEnd() };
}

/** Loads what was stored after a step (-1: before the first), applies the activations after it, and tells the end. */
export function continueGolden(run: GoldenRun, after: number): GoldenEnd {
  const machine = compile(run.definition);
  const stored = run.steps[after];
  const state =
    stored === undefined
      ? createExecution(run.facts)
      : loadExecution(
          run.facts,
          stored.checkpoint,
          Object.entries(stored.records).map(([id, data]) => ({ id, data })),
        );
  const told = new Told(run.end.events.slice(0, state.head.lastEventId));
  for (const { activation } of run.steps.slice(after + 1)) {
    told.add(transition(machine, state, decodeActivation(activation), surroundings));
  }
  return told.asEnd();
}

/** What an execution has told so far. */
class Told {
  readonly #events: string[];
  end: EndExecution | null = null;

  constructor(events: readonly string[] = []) {
    this.#events = [...events];
  }

  add({ history, commands }: Transition): void {
    this.#events.push(...history.map(({ type }: HistoryEvent) => type));
    this.end ??= commands.find((command) => command.type === 'EndExecution') ?? null;
  }

  asEnd(): GoldenEnd {
    const { status = 'RUNNING', output = null, error = null, cause = null } = this.end ?? {};
    return { status, output, error, cause, events: this.#events };
  }
}

function compile(definition: string): StateMachine {
  const { machine, diagnostics } = parseStateMachine(definition, { type: 'STANDARD' });
  if (machine === null) throw new Error(`a golden definition is refused: ${JSON.stringify(diagnostics)}`);
  return machine;
}

function factsOf({ name, input }: GoldenScenario): ExecutionFacts {
  return {
    executionId: '018bcfe5-6800-7d11-8a55-0123456789ab',
    executionArn: `arn:aws:states:us-east-1:123456789012:execution:golden:${name}`,
    name,
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:golden',
    stateMachineName: 'golden',
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: 'arn:aws:iam::123456789012:role/golden',
    region: 'us-east-1',
    startTime: START_TIME,
    input,
    tokenKey: '5f'.repeat(32),
  };
}

function nextOf(state: ExecutionState): Activation | null {
  if (canContinue(state)) return { at: state.head.lastEventTime, type: 'Continue' };
  const timer = nextTimer(state);
  return timer === null ? null : { at: timer, type: 'TimerFired' };
}

function recordsOf(state: ExecutionState): Record<string, string> {
  return Object.fromEntries(
    recordIds(state)
      .toSorted()
      .map((id) => [id, saveRecord(state, id)]),
  );
}

function scheduledBy(step: Transition, state: ExecutionState): PendingTask[] {
  const ids = new Set(step.commands.flatMap((command) => (command.type === 'ScheduleTask' ? [command.taskId] : [])));
  return pendingTasks(state).filter(({ taskId }) => ids.has(taskId));
}

function answersTo(
  scenario: GoldenScenario,
  task: PendingTask,
  attempts: Map<string, number>,
  state: ExecutionState,
): Activation[] {
  const attempt = (attempts.get(task.stateName) ?? 0) + 1;
  attempts.set(task.stateName, attempt);
  const { taskId, stateName } = task;
  const answers = scenario.answer?.(task, attempt) ?? [
    { type: 'TaskResult' as const, taskId, result: { ok: true as const, output: stateName } },
  ];
  // A second later each, as everything takes its time.
  return answers.map((answer, index) => ({ at: state.head.lastEventTime + (index + 1) * 1_000, ...answer }));
}
