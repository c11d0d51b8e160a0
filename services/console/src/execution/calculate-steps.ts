import {
  type ExecutionFacts,
  findState,
  type InspectedStage,
  type JsonObject,
  jsonText,
  parseJson,
  parseStateMachine,
  SingleStep,
  type State,
  type TaskResult,
} from '@everstep/language';
import type { operations } from '@everstep/protocol';
import type { Visit } from '../history/history-model.ts';
import { stateText } from '../machine/state-text.ts';

/** What a state may know of its execution. */
export type CalculatedExecution = Pick<
  operations.DescribeExecutionOutput,
  | 'executionArn'
  | 'stateMachineArn'
  | 'stateMachineVersionArn'
  | 'stateMachineAliasArn'
  | 'name'
  | 'startDate'
  | 'input'
  | 'redriveCount'
>;

export interface CalculatedVisit {
  readonly execution: CalculatedExecution;
  readonly roleArn: string;
  /** The execution's own, not what its machine has now. */
  readonly definition: string;
  readonly visit: Visit;
  /** JSON text. */
  readonly input: string;
  /** JSON text of what its task gave; undefined: it gave nothing, or has no task. */
  readonly result: string | undefined;
  /** JSON texts by their names. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface CalculatedSteps {
  /** JSON texts, in the order of the pipeline. */
  readonly stages: ReadonlyArray<readonly [InspectedStage, string]>;
  /** JSON text; null: it was not left, or what it waited for is not known. */
  readonly output: string | null;
  /** JSON text of the variables once it was left; null as `output`, or where there are none. */
  readonly variables: string | null;
  readonly error: { readonly error: string; readonly cause: string | null } | null;
  /** What could not be known, in sentences. */
  readonly unknown: readonly string[];
}

/**
 * A visit's data before and after each field of its state: calculated by the code that executes, here in the page, from
 * what the history tells. Nothing is called, nothing waits. Errors: Error, where the definition cannot be read.
 */
export function calculateSteps(given: CalculatedVisit): CalculatedSteps {
  const { definition, visit } = given;
  const { machine, diagnostics } = parseStateMachine(definition, { type: 'STANDARD' });
  const state = machine === null ? null : findState(machine, visit.state);
  if (state === null) throw new Error(diagnostics[0]?.message ?? `The definition has no state ${visit.state}.`);
  const step = new SingleStep({
    state,
    facts: factsOf(given),
    input: parseJson(given.input),
    variables: variablesOf(given.variables),
    context: contextOf(given, state),
    retryCount: retriesOf(visit),
  });
  const { waiting } = step;
  if (waiting?.kind === 'timer') step.wake(waiting.until);
  const result = resultOf(given);
  if (waiting !== null && waiting.kind !== 'timer' && result !== null) step.answer(result, visit.lastAt * 1_000);
  const { stages, exit, failure, variables } = step.inspection;
  return {
    stages: [...stages].map(([stage, value]) => [stage, jsonText(value)] as const),
    output: exit === null ? null : jsonText(exit.output),
    variables: variables === null || Object.keys(variables).length === 0 ? null : jsonText(variables),
    error: failure === null ? null : { error: failure.error ?? '', cause: failure.cause ?? null },
    unknown: unknownOf(given, step.waiting !== null),
  };
}

/** How its task, branches or iterations ended; null: the history does not say. */
function resultOf({ visit, result }: CalculatedVisit): TaskResult | null {
  if (result !== undefined) return { ok: true, output: parseJson(result) };
  if (visit.error === null) return null;
  return { ok: false, error: visit.error, ...(visit.cause === null ? {} : { cause: visit.cause }) };
}

function retriesOf({ attempts }: Visit): number {
  return Math.max(0, attempts.length - 1);
}

function variablesOf(texts: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseJson(text)]));
}

function factsOf({ execution, roleArn }: CalculatedVisit): ExecutionFacts {
  const { executionArn, stateMachineArn, name, startDate, input = '{}' } = execution;
  return {
    ...{ executionId: '00000000-0000-7000-8000-000000000000', executionArn, name, stateMachineArn, roleArn, input },
    stateMachineName: machineName(stateMachineArn),
    stateMachineVersionArn: execution.stateMachineVersionArn ?? null,
    stateMachineAliasArn: execution.stateMachineAliasArn ?? null,
    region: executionArn.split(':')[3] ?? '',
    startTime: startDate * 1_000,
    // Task tokens are secrets of the server: what is made with this key is a token of nothing.
    tokenKey: '00'.repeat(32),
  };
}

function machineName(stateMachineArn: string): string {
  return stateMachineArn.split(':')[6] ?? '';
}

/** What `$$` and `$states.context` name. */
function contextOf({ execution, roleArn, visit }: CalculatedVisit, state: State): JsonObject {
  const { executionArn, stateMachineArn, name, startDate, input = '{}', redriveCount } = execution;
  const index = innermostIteration(visit);
  return {
    Execution: {
      ...{ Id: executionArn, Input: parseJson(input), StartTime: isoTime(startDate), Name: name, RoleArn: roleArn },
      RedriveCount: redriveCount,
    },
    StateMachine: { Id: stateMachineArn, Name: machineName(stateMachineArn) },
    State: {
      ...{ Name: visit.state, EnteredTime: isoTime(visit.enteredAt) },
      ...('retry' in state ? { RetryCount: retriesOf(visit) } : {}),
    },
    ...(index === null ? {} : { Map: { Item: { Index: index } } }),
    ...(state.type === 'Task' ? { Task: { Token: 'not known here' } } : {}),
  };
}

function innermostIteration(visit: Visit): number | null {
  for (let around = visit.container; around !== null; around = around.visit.container) {
    if (around.iteration !== null) return around.iteration;
  }
  return null;
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

const RANDOM = /States\.(?:MathRandom|UUID)|\$(?:random|uuid)\(/;
const MOMENT = /\$(?:now|millis)\(/;

function unknownOf({ definition, visit }: CalculatedVisit, isWaiting: boolean): string[] {
  const text = stateText(definition, visit.state) ?? '';
  const unknown: string[] = [];
  if (isWaiting && (visit.type === 'Map' || visit.type === 'Parallel')) {
    unknown.push(
      'The history has what its branches or iterations gave in their own states: what follows is not shown.',
    );
  } else if (isWaiting) unknown.push('The history has no result of its task: what follows from it is not shown.');
  if (/Task\.Token/.test(text)) unknown.push('Its task token is a secret of the server: another text stands for it.');
  if (RANDOM.test(text)) unknown.push('Random values are others than they were.');
  if (MOMENT.test(text)) unknown.push('Times of the moment are those of the history, or a little beside them.');
  if (/Map\.Item\.(?:Value|Key|Source)/.test(text)) unknown.push('The item of the Map around it is not known.');
  return unknown;
}
