import {
  type Activation,
  type EndExecution,
  type ExecutionState,
  type Json,
  MapRunWork,
  type PendingTask,
  type StartMapRun,
  type StateMachine,
  type TaskResult,
  canContinue,
  createExecution,
  isObject,
  jsonText,
  nextTimer,
  parseJson,
  plannedItem,
  pendingTasks,
  transition,
} from '@everstep/language';
import { answerOf, readDoing } from './functions.ts';
import type { ParsedMachines } from './parsed-machines.ts';

export interface Result {
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
}

const MOST_STEPS = 10_000;

/** The definitions of a world, by the ARNs of their machines. */
export interface Definitions {
  readonly texts: ReadonlyMap<string, string>;
  readonly machines: ParsedMachines;
}

/** What a foretold machine comes to where nothing ever fails or is late: the interpreter alone, without an engine. */
export function foretell(definitions: Definitions, stateMachineArn: string, input: string): Result {
  const [ofMachine = '', label = null] = stateMachineArn.split('/');
  const machine = definitions.machines.parse(definitions.texts.get(ofMachine) ?? '', label);
  let at = 0;
  const state = createExecution({
    executionId: '01900000-0000-7000-8000-000000000000',
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:foretold:run',
    name: 'run',
    stateMachineArn,
    stateMachineName: 'foretold',
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: 'arn:aws:iam::123456789012:role/simulated',
    region: 'us-east-1',
    startTime: at,
    input,
    tokenKey: '00',
  });
  const mapRuns: Activation[] = [];
  let activations: Activation[] = [{ at, type: 'Start' }];
  for (let step = 0; step < MOST_STEPS; step++) {
    for (const activation of activations) {
      const { commands } = transition(machine, state, activation);
      const end = commands.find((command) => command.type === 'EndExecution');
      if (end !== undefined) return resultOf(end);
      for (const command of commands) {
        if (command.type === 'StartMapRun') mapRuns.push(endedMapRun(definitions, command, { machine, state, at }));
      }
    }
    const [task] = pendingTasks(state);
    if (mapRuns.length > 0) activations = mapRuns.splice(0);
    else if (canContinue(state)) activations = [{ at, type: 'Continue' }];
    else if (task !== undefined) activations = answers(definitions, task, at);
    else {
      at = nextTimer(state) ?? at;
      activations = [{ at, type: 'TimerFired' }];
    }
  }
  throw new Error(`${stateMachineArn} has no end that could be foretold`);
}

/** A foretold machine's Map Run tolerates no failure: the first child that fails, fails it. */
function endedMapRun(
  definitions: Definitions,
  { taskId, plan }: StartMapRun,
  { machine, state, at }: { machine: StateMachine; state: ExecutionState; at: number },
): Activation {
  const work = new MapRunWork(machine, state.facts, plan);
  const labelled = `${state.facts.stateMachineArn.split('/')[0]}/${plan.label}`;
  const outputs: Json[] = [];
  for (const index of (plan.items ?? []).keys()) {
    const child = foretell(definitions, labelled, work.inputText(index, plannedItem(plan, index), undefined));
    if (child.status !== 'SUCCEEDED') {
      return {
        at,
        type: 'MapRunEnded',
        taskId,
        result: { ok: false, error: 'States.ExceedToleratedFailureThreshold' },
      };
    }
    outputs.push(parseJson(child.output ?? 'null'));
  }
  return { at, type: 'MapRunEnded', taskId, result: { ok: true, output: outputs } };
}

function answers(definitions: Definitions, task: PendingTask, at: number): Activation[] {
  const { taskId, resource, parameters } = task;
  const answer: Activation = { at, type: 'TaskResult', taskId, result: resultOfTask(definitions, task) };
  if (resource.kind === 'activity') return [{ at, type: 'ActivityStarted', taskId, workerName: 'w' }, answer];
  if (resource.pattern === 'requestResponse') return [answer];
  return [{ at, type: 'TaskSubmitted', taskId, output: parameters }, answer];
}

function resultOfTask(definitions: Definitions, { resource, parameters }: PendingTask): TaskResult {
  if (resource.kind !== 'integration' || resource.service !== 'states') return answerOf(readDoing(parameters));
  const { StateMachineArn, Input }: Record<string, Json> = isObject(parameters) ? parameters : {};
  const child = foretell(
    definitions,
    typeof StateMachineArn === 'string' ? StateMachineArn : '',
    jsonText(Input ?? {}),
  );
  return child.status === 'SUCCEEDED'
    ? { ok: true, output: parseJson(child.output ?? 'null') }
    : { ok: false, error: 'States.TaskFailed' };
}

function resultOf({ status, output, error }: EndExecution): Result {
  return { status, output: output ?? null, error: error ?? null };
}
