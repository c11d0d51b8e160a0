import type { Chance } from './chance.ts';
import { type Languages, type StateText, Writing, machineFields, pickLanguages } from './query-language.ts';
import { EXPRESS_LABEL } from './map-ledger.ts';
import { approvalTask, jobTask, poisonTask, randomHandling, randomTask } from './random-task.ts';

export interface MachineOptions {
  /** Nothing in it depends on time or order, so that its result can be foretold. */
  readonly foretold: boolean;
  /** ARNs of machines it may start. */
  readonly children: readonly string[];
  readonly activityArns: readonly [string, ...string[]];
  /** Which Map states are distributed; by chance of their own, so that the other worlds stay as they are. */
  readonly maps: { readonly chance: Chance; readonly share: number } | null;
  /** Which tasks ask people, by chance of their own; null: none. */
  readonly approvals?: { readonly chance: Chance; readonly share: number } | null;
  /** Which tasks end the process that performs them, likewise. */
  readonly poison?: { readonly chance: Chance; readonly share: number } | null;
  /** Which tasks start jobs, likewise. */
  readonly jobs?: { readonly chance: Chance; readonly share: number } | null;
  /** Nothing in it waits for anybody. */
  readonly express?: boolean;
}

interface Scope {
  readonly chance: Chance;
  readonly options: MachineOptions;
  readonly languages: Languages;
  readonly names: { next: number };
  readonly depth: number;
  /** States that may still be made. */
  readonly budget: { left: number };
}

/** Where one state stands. */
interface Place {
  readonly scope: Scope;
  readonly writing: Writing;
  readonly name: string;
  readonly following: string | null;
  /** `Next` or `End`. */
  readonly way: StateText;
}

const LISTS = [[], [{ i: 0 }], [1, 2], ['a', 'b', 'c'], [[], {}, null, true]];
/** The input that the definitions expect: a list of each length that a Map asks for. */
export const MACHINE_INPUT = { lists: LISTS };

/** A random definition: every state type, nested, in both languages, with Retry and Catch, limits, loops and children. */
export function randomMachine(chance: Chance, options: MachineOptions): object {
  const languages = pickLanguages(chance);
  const budget = { left: chance.integer(2, 12) };
  const scope: Scope = { chance, options, languages, names: { next: 1 }, depth: 0, budget };
  const limit = !options.foretold && chance.happens(0.12) ? { TimeoutSeconds: chance.integer(1, 12) } : {};
  return { ...machineFields(languages), ...graph(scope), ...limit };
}

function graph(scope: Scope): StateText {
  const { chance } = scope;
  const count = chance.integer(1, scope.depth === 0 ? 4 : 2);
  const names = Array.from({ length: count }, () => `S${scope.names.next++}`);
  const states: StateText = {};
  for (const [index, name] of names.entries()) {
    const following = names[index + 1] ?? null;
    const writing = new Writing(scope.languages, chance);
    const way = following === null ? { End: true } : { Next: following };
    const place: Place = { scope, writing, name, following, way };
    if (following !== null && chance.happens(0.08)) Object.assign(states, loop(place, following));
    else states[name] = writing.state(state(place));
  }
  return { StartAt: names[0] ?? '', States: states };
}

function state(place: Place): StateText {
  const { scope, writing, name, following, way } = place;
  const { chance, depth, budget, options } = scope;
  budget.left -= 1;
  if (depth < 2 && budget.left > 0 && chance.happens(0.3)) return nested(place);
  const roll = chance.next();
  if (roll < 0.55) {
    const { foretold, activityArns, children, express = false, approvals = null, poison = null, jobs = null } = options;
    if (jobs?.chance.happens(jobs.share) === true) {
      return { ...jobTask({ chance: jobs.chance, writing, name, following }), ...way };
    }
    if (poison?.chance.happens(poison.share) === true) {
      return { ...poisonTask({ chance: poison.chance, writing, name, following }), ...way };
    }
    if (approvals?.chance.happens(approvals.share) === true) {
      return { ...approvalTask({ chance: approvals.chance, writing, name, following }), ...way };
    }
    const task = { chance, writing, name, foretold, activityArns, child: children[0], following, express };
    return { ...randomTask(task), ...way };
  }
  if (roll < 0.75) return { Type: 'Wait', ...waiting(chance, writing), ...way };
  if (roll < 0.8 && following !== null) return choice(writing, following);
  if (roll < 0.84 && following === null) return { Type: 'Succeed' };
  if (roll < 0.88 && following === null && (depth === 0 || !options.foretold)) return fail(writing);
  if (roll < 0.92 && !options.foretold) return { Type: 'Pass', ...unforeseen(chance, writing), ...way };
  return { Type: 'Pass', ...passed(writing), Assign: { [`seen${name}`]: name }, ...way };
}

function waiting(chance: Chance, writing: Writing): StateText {
  const seconds = chance.integer(0, 3);
  if (chance.happens(0.6)) return { Seconds: seconds };
  if (!writing.isJsonata) return { TimestampPath: '$$.Execution.StartTime' };
  const entered = '$toMillis($states.context.State.EnteredTime)';
  return chance.pick<StateText>([
    { Seconds: `{% ${seconds} * 1 %}` },
    { Timestamp: `{% $fromMillis(${entered} + ${seconds * 700}) %}` },
  ]);
}

function choice(writing: Writing, following: string): StateText {
  const rule = writing.isJsonata
    ? { Condition: '{% $exists($states.input.passed) %}', Output: '{% $states.input %}' }
    : { Variable: '$.passed', IsPresent: true };
  return { Type: 'Choice', Choices: [{ ...rule, Next: following }], Default: following };
}

function fail(writing: Writing): StateText {
  return { Type: 'Fail', Error: writing.isJsonata ? "{% 'R' & 'ed' %}" : 'Red' };
}

/** Values that differ with every execution and never with a repetition; or an expression that fails. */
function unforeseen(chance: Chance, writing: Writing): StateText {
  if (!writing.isJsonata) return { Parameters: { 'id.$': 'States.UUID()', 'n.$': 'States.MathRandom(1, 1000)' } };
  if (chance.happens(0.2)) return { Output: '{% $states.input.nothing.there %}' };
  return { Output: { id: '{% $uuid() %}', n: '{% $random() %}', at: '{% $now() %}', millis: '{% $millis() %}' } };
}

function passed(writing: Writing): StateText {
  return writing.isJsonata
    ? { Output: "{% $merge([$states.input, {'passed': {'a': 1}}]) %}" }
    : { Result: { a: 1 }, ResultPath: '$.passed' };
}

function nested(place: Place): StateText {
  const { scope, writing, name, following, way } = place;
  const { chance, options } = scope;
  const inner = { ...scope, depth: scope.depth + 1 };
  // A foretold one never fails, so nothing handles its failures.
  const handling = options.foretold ? {} : randomHandling({ chance, writing, name, following });
  if (chance.happens(0.5)) {
    const branches = Array.from({ length: chance.integer(1, 3) }, () => graph(inner));
    return { Type: 'Parallel', Branches: branches, ...handling, ...writing.gather(), ...way };
  }
  const map = {
    Type: 'Map',
    ...items(chance, writing),
    MaxConcurrency: chance.integer(0, 2),
    ItemSelector: writing.fromContext('index', 'Map.Item.Index'),
    ItemProcessor: graph(inner),
  };
  return {
    ...map,
    ...(options.maps?.chance.happens(options.maps.share) === true ? distributed(place, map.ItemProcessor) : {}),
    ...handling,
    ...writing.gather(),
    ...way,
  };
}

/** Children are executions of their own: they get what an iteration finds in the execution around it. */
function distributed({ scope, writing, name }: Place, processor: StateText): StateText {
  const { chance } = scope.options.maps ?? scope;
  const isExpress = chance.happens(0.5);
  const config = { Mode: 'DISTRIBUTED', ExecutionType: isExpress ? 'EXPRESS' : 'STANDARD' };
  const tolerated = scope.options.foretold
    ? {}
    : chance.pick<StateText>([{}, { ToleratedFailureCount: 1 }, { ToleratedFailurePercentage: 50 }]);
  return {
    Label: `${isExpress ? EXPRESS_LABEL : ''}${name}`,
    ItemSelector: {
      ...writing.fromContext('index', 'Map.Item.Index'),
      ...writing.fromContext('lists', 'Execution.Input.lists'),
    },
    ItemProcessor: { ...(isExpress ? expressGraph(chance, writing, name) : processor), ProcessorConfig: config },
    ...tolerated,
  };
}

/** What an Express execution may do: no callbacks, no activities, nothing that waits for other executions. */
function expressGraph(chance: Chance, writing: Writing, name: string): StateText {
  const fails = chance.pick([0, 0, 0, 1]);
  const does = { fails, error: 'Red', takesMs: chance.integer(0, 900), silent: false, beats: 0, beatMs: 0 };
  const retry = { Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }] };
  const task = {
    Type: 'Task',
    Resource: 'arn:aws:lambda:us-east-1:123456789012:function:work',
    ...writing.argumentsOf({ does, ...writing.fromContext('retry', 'State.RetryCount'), state: name }),
    ...retry,
    End: true,
  };
  const states = {
    [`${name}Pause`]: writing.state({ Type: 'Wait', Seconds: chance.integer(0, 2), Next: `${name}Work` }),
    [`${name}Work`]: writing.state(task),
  };
  return { StartAt: `${name}Pause`, States: states };
}

function items(chance: Chance, writing: Writing): StateText {
  const index = chance.integer(0, LISTS.length - 1);
  if (!writing.isJsonata) return { ItemsPath: `$$.Execution.Input.lists[${index}]` };
  return { Items: chance.happens(0.5) ? `{% [1..${index + 1}] %}` : LISTS[index] };
}

/** Counts to a number and goes on: two states that follow each other again and again. */
function loop({ scope, writing, name }: Place, following: string): StateText {
  const { chance } = scope;
  const [test, add] = [`${name}Test`, `${name}Add`];
  const counter = `${name}Count`;
  // Some are longer than what one transition may do at once.
  const rounds = scope.depth === 0 && chance.happens(0.04) ? 520 : chance.integer(1, 3);
  const rule = writing.isJsonata
    ? { Condition: `{% $${counter} < ${rounds} %}` }
    : { Variable: `$${counter}`, NumericLessThan: rounds };
  const more = writing.isJsonata
    ? { [counter]: `{% $${counter} + 1 %}` }
    : { [`${counter}.$`]: `States.MathAdd($${counter}, 1)` };
  return {
    [name]: writing.state({ Type: 'Pass', Assign: { [counter]: 0 }, Next: test }),
    [test]: writing.state({ Type: 'Choice', Choices: [{ ...rule, Next: add }], Default: following }),
    [add]: writing.state({ Type: 'Pass', Assign: more, Next: test }),
  };
}
