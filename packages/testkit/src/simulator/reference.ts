import {
  type Activation,
  type EndExecution,
  type Json,
  type PendingTask,
  type TaskResult,
  canContinue,
  createExecution,
  isObject,
  jsonText,
  nextTimer,
  parseJson,
  parseStateMachine,
  pendingTasks,
  transition,
} from '@everstep/language';
import { answerOf, readDoing } from './functions.ts';

export interface Result {
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
}

const MOST_STEPS = 10_000;

/** What a foretold machine comes to where nothing ever fails or is late: the interpreter alone, without an engine. */
export function foretell(definitions: ReadonlyMap<string, string>, stateMachineArn: string, input: string): Result {
  const { machine } = parseStateMachine(definitions.get(stateMachineArn) ?? '', { type: 'STANDARD' });
  if (machine === null) throw new Error(`no definition of ${stateMachineArn}`);
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
  let activations: Activation[] = [{ at, type: 'Start' }];
  for (let step = 0; step < MOST_STEPS; step++) {
    for (const activation of activations) {
      const { commands } = transition(machine, state, activation);
      const end = commands.find((command) => command.type === 'EndExecution');
      if (end !== undefined) return resultOf(end);
    }
    const [task] = pendingTasks(state);
    if (canContinue(state)) activations = [{ at, type: 'Continue' }];
    else if (task !== undefined) activations = answers(definitions, task, at);
    else {
      at = nextTimer(state) ?? at;
      activations = [{ at, type: 'TimerFired' }];
    }
  }
  throw new Error(`${stateMachineArn} has no end that could be foretold`);
}

function answers(definitions: ReadonlyMap<string, string>, task: PendingTask, at: number): Activation[] {
  const { taskId, resource, parameters } = task;
  const answer: Activation = { at, type: 'TaskResult', taskId, result: resultOfTask(definitions, task) };
  if (resource.kind === 'activity') return [{ at, type: 'ActivityStarted', taskId, workerName: 'w' }, answer];
  if (resource.pattern === 'requestResponse') return [answer];
  return [{ at, type: 'TaskSubmitted', taskId, output: parameters }, answer];
}

function resultOfTask(definitions: ReadonlyMap<string, string>, { resource, parameters }: PendingTask): TaskResult {
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
