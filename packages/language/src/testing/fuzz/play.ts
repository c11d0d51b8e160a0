import type { Activation, TaskResult } from '../../activation.ts';
import { createExecution, loadExecution, saveHead, saveRecord } from '../../checkpoint.ts';
import type { ExecutionFacts, ExecutionState, PendingTask, Transition } from '../../execution-state.ts';
import { type Json, type JsonObject, isObject, parseJson, setOwn, utf8Length } from '../../json.ts';
import { MAX_DATA_BYTES, MAX_STEPS_PER_TRANSITION } from '../../limits.ts';
import { itemsRecordId } from '../../run.ts';
import { isAnsweredLater } from '../../states/task.ts';
import type { StateMachine } from '../../syntax/state-machine.ts';
import { pendingTasks } from '../../tasks.ts';
import { nextTimer } from '../../timers.ts';
import { transition } from '../../transition.ts';
import type { Dice } from './dice.ts';

const START_TIME = 1_700_000_000_000;
const MAXIMUM_TRANSITIONS = 40;
/** An endless loop is legal: this many transitions that end at their bound show enough of it. */
const MAXIMUM_CONTINUES = 2;

/** A rule of the interpreter did not hold. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

function require(condition: boolean, rule: string): void {
  if (!condition) throw new BrokenRule(rule);
}

/** Plays an execution with whatever may happen to it, and checks what every transition must keep. */
export function play(machine: StateMachine, input: string, dice: Dice): void {
  let execution = createExecution(factsOf(input));
  let now = START_TIME;
  let next: Activation | null = { type: 'Start', at: now };
  let continues = 0;
  for (let count = 0; next !== null && count < MAXIMUM_TRANSITIONS; count++) {
    if (next.type === 'Continue' && continues++ >= MAXIMUM_CONTINUES) return;
    const before = execution.head.lastEventId;
    const answer: Transition = transition(machine, execution, next);
    checkTransition(answer, before);
    if (execution.head.status !== 'RUNNING') return;
    if (dice.chance(0.2)) execution = reloaded(execution);
    next = nextActivation(execution, answer, now, dice);
    if (next !== null) now = Math.max(now, next.at);
  }
}

function factsOf(input: string): ExecutionFacts {
  return {
    executionId: '0198b3a2-7c4e-7d11-8a55-0123456789ab',
    executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:Fuzz:run-1',
    name: 'run-1',
    stateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:Fuzz',
    stateMachineName: 'Fuzz',
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    roleArn: 'arn:aws:iam::123456789012:role/fuzz',
    region: 'eu-west-1',
    startTime: START_TIME,
    input,
    tokenKey: '5f'.repeat(32),
  };
}

/** The ids follow each other, the bounds hold, and everything in the history is JSON of an allowed size. */
function checkTransition({ execution, history, commands }: Transition, before: number): void {
  let entered = 0;
  for (const [index, event] of history.entries()) {
    require(event.id === before + index + 1, `event ${event.id} follows ${before + index}`);
    require(event.previousEventId < event.id, `event ${event.id} follows the later ${event.previousEventId}`);
    require(event.timestamp >= START_TIME, `event ${event.id} is older than its execution`);
    if (event.type.endsWith('StateEntered')) entered += 1;
    checkDetails(event.stateExitedEventDetails?.output, 'output');
  }
  require(execution.head.lastEventId === before + history.length, 'the head counts its events');
  require(entered <= MAX_STEPS_PER_TRANSITION, `${entered} states entered in one transition`);
  const ends = commands.filter((command) => command.type === 'EndExecution');
  require(ends.length === (execution.head.status === 'RUNNING' ? 0 : 1), 'an execution ends once');
  for (const end of ends) checkDetails(end.output, 'output');
}

function checkDetails(text: string | undefined, what: string): void {
  if (text === undefined) return;
  require(utf8Length(text) <= MAX_DATA_BYTES, `an ${what} has ${text.length} characters`);
  parseJson(text);
}

/** As another process would load it; what it would store must be the same. */
function reloaded(execution: ExecutionState): ExecutionState {
  const ids = [...execution.frames.keys(), ...[...execution.items.keys()].map(itemsRecordId)];
  const records = ids.map((id) => ({ id, data: saveRecord(execution, id) }));
  const head = saveHead(execution);
  const loaded = loadExecution(execution.facts, head, records);
  require(saveHead(loaded) === head, 'the head survives storing');
  for (const { id, data } of records) {
    const again = saveRecord(loaded, id);
    require(sorted(again) === sorted(data), `record ${id} survives storing: ${again} was ${data}`);
  }
  return loaded;
}

/** JSON text with the members of every object in order: their order has no meaning in a record. */
function sorted(text: string): string {
  const order = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(order);
    if (!isObject(value)) return value;
    const object: JsonObject = {};
    for (const name of Object.keys(value).sort()) setOwn(object, name, order(value[name] ?? null));
    return object;
  };
  return JSON.stringify(order(parseJson(text)));
}

const RESULTS: readonly Json[] = [{}, null, [], 'text', { Payload: { a: 1 } }, [{ n: 1 }], 1.5];

function nextActivation(execution: ExecutionState, answer: Transition, now: number, dice: Dice): Activation | null {
  if (answer.commands.some((command) => command.type === 'Continue')) return { type: 'Continue', at: now };
  const tasks = pendingTasks(execution);
  const timer = nextTimer(execution);
  if (timer !== null && (tasks.length === 0 || dice.chance(0.3))) return { type: 'TimerFired', at: timer };
  if (tasks.length === 0) return null;
  return activationFor(dice.pick(tasks), now, dice);
}

function activationFor(task: PendingTask, now: number, dice: Dice): Activation {
  const { taskId } = task;
  const at = now + dice.below(5_000);
  if (task.phase === 'scheduled' && isAnsweredLater(task.resource) && dice.chance(0.7)) {
    if (task.resource.kind === 'activity') return { type: 'ActivityStarted', taskId, workerName: null, at };
    return { type: 'TaskSubmitted', taskId, output: dice.pick(RESULTS), at };
  }
  const errors = ['Red', 'States.Timeout', 'States.TaskFailed', 'States.Runtime', ''];
  const result: TaskResult = dice.chance(0.6)
    ? { ok: true, output: dice.pick(RESULTS) }
    : {
        ok: false,
        error: dice.pick(errors),
        cause: 'why',
        stage: dice.pick(['run', 'start', 'submit', 'schedule'] as const),
      };
  return { type: 'TaskResult', taskId, result, at };
}
