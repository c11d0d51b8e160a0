import type { Chance } from './chance.ts';

/** What a simulated function or person does with a task; it stands in the task's own parameters. */
export interface Behaviour {
  /** How many attempts fail before one succeeds. */
  readonly fails: number;
  readonly error: string;
  /** How long the answer takes, in milliseconds. */
  readonly takesMs: number;
  /** Never answers: only where the task has a limit. */
  readonly silent: boolean;
  /** Heartbeats before the answer, each this long after the one before. */
  readonly beats: number;
  readonly beatMs: number;
}

export interface MachineOptions {
  /** Nothing in it depends on time or order, so that its result can be foretold. */
  readonly foretold: boolean;
  /** ARNs of machines it may start. */
  readonly children: readonly string[];
  readonly activityArns: readonly [string, ...string[]];
}

type StateText = Record<string, unknown>;

interface Scope {
  readonly chance: Chance;
  readonly options: MachineOptions;
  readonly names: { next: number };
  readonly depth: number;
  /** States that may still be made. */
  readonly budget: { left: number };
}

/** The input that the definitions expect: a list of each length that a Map asks for. */
export const MACHINE_INPUT = { lists: [[], [{ i: 0 }], [1, 2], ['a', 'b', 'c'], [[], {}, null, true]] };

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:work';

/** A random definition: every state type, nested, with Retry and Catch, limits, loops and children. */
export function randomMachine(chance: Chance, options: MachineOptions): object {
  const scope: Scope = { chance, options, names: { next: 1 }, depth: 0, budget: { left: chance.integer(2, 12) } };
  const limit = !options.foretold && chance.happens(0.12) ? { TimeoutSeconds: chance.integer(1, 12) } : {};
  return { ...graph(scope), ...limit };
}

function graph(scope: Scope): StateText {
  const { chance } = scope;
  const count = chance.integer(1, scope.depth === 0 ? 4 : 2);
  const names = Array.from({ length: count }, () => `S${scope.names.next++}`);
  const states: StateText = {};
  for (const [index, name] of names.entries()) {
    const following = names[index + 1] ?? null;
    if (following !== null && chance.happens(0.08)) Object.assign(states, loop(scope, name, following));
    else states[name] = state(scope, name, following);
  }
  return { StartAt: names[0] ?? '', States: states };
}

function state(scope: Scope, name: string, following: string | null): StateText {
  const { chance, depth, budget, options } = scope;
  const way = following === null ? { End: true } : { Next: following };
  budget.left -= 1;
  if (depth < 2 && budget.left > 0 && chance.happens(0.3)) return nested(scope, following, way);
  const roll = chance.next();
  if (roll < 0.55) return task(scope, name, following, way);
  if (roll < 0.75) return { Type: 'Wait', Seconds: chance.integer(0, 3), ...way };
  if (roll < 0.8 && following !== null) {
    const choice = { Variable: '$.passed', IsPresent: true, Next: following };
    return { Type: 'Choice', Choices: [choice], Default: following };
  }
  if (roll < 0.84 && following === null) return { Type: 'Succeed' };
  if (roll < 0.88 && following === null && (depth === 0 || !options.foretold)) return { Type: 'Fail', Error: 'Red' };
  if (roll < 0.92 && !options.foretold) {
    return { Type: 'Pass', Parameters: { 'id.$': 'States.UUID()', 'n.$': 'States.MathRandom(1, 1000)' }, ...way };
  }
  return { Type: 'Pass', Result: { a: 1 }, ResultPath: '$.passed', Assign: { [`seen${name}`]: name }, ...way };
}

function nested(scope: Scope, following: string | null, way: StateText): StateText {
  const { chance, options } = scope;
  const inner = { ...scope, depth: scope.depth + 1 };
  // A foretold one never fails, so nothing handles its failures.
  const handling = options.foretold ? {} : handled(chance, following);
  if (chance.happens(0.5)) {
    const branches = Array.from({ length: chance.integer(1, 3) }, () => graph(inner));
    return { Type: 'Parallel', Branches: branches, ...handling, ResultSelector: { 'all.$': '$' }, ...way };
  }
  return {
    Type: 'Map',
    ItemsPath: `$$.Execution.Input.lists[${chance.integer(0, 4)}]`,
    MaxConcurrency: chance.integer(0, 2),
    ItemSelector: { 'index.$': '$$.Map.Item.Index' },
    ItemProcessor: graph(inner),
    ...handling,
    ResultSelector: { 'all.$': '$' },
    ...way,
  };
}

/** Counts to a number and goes on: two states that follow each other again and again, with a task at times. */
function loop(scope: Scope, name: string, following: string): StateText {
  const { chance } = scope;
  const [test, add] = [`${name}Test`, `${name}Add`];
  // Some are longer than what one transition may do at once.
  const rounds = scope.depth === 0 && chance.happens(0.04) ? 520 : chance.integer(1, 3);
  return {
    [name]: { Type: 'Pass', Assign: { [`${name}Count`]: 0 }, Next: test },
    [test]: {
      Type: 'Choice',
      Choices: [{ Variable: `$${name}Count`, NumericLessThan: rounds, Next: add }],
      Default: following,
    },
    [add]: {
      Type: 'Pass',
      Assign: { [`${name}Count.$`]: `States.MathAdd($${name}Count, 1)` },
      Next: test,
    },
  };
}

function task(scope: Scope, name: string, following: string | null, way: StateText): StateText {
  const { chance, options } = scope;
  const [child] = options.children;
  if (child !== undefined && chance.happens(0.25)) return childTask(scope, child, following, way);
  const activity = chance.pick(options.activityArns);
  const resource = chance.pick([
    LAMBDA,
    LAMBDA,
    'arn:aws:states:::lambda:invoke',
    'arn:aws:states:::lambda:invoke.waitForTaskToken',
    'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    activity,
  ]);
  const answeredLater = resource === activity || resource.endsWith('.waitForTaskToken');
  const limits = options.foretold ? {} : limitsOf(chance, answeredLater);
  const does = behaviour(scope, answeredLater, Object.keys(limits).length > 0);
  const attempts = options.foretold ? does.fails : chance.integer(0, 2);
  const handling = options.foretold ? retries(attempts, 'States.ALL') : handled(chance, following);
  return {
    Type: 'Task',
    Resource: resource,
    Parameters: { does, 'retry.$': '$$.State.RetryCount', state: name },
    ...limits,
    ...handling,
    ...(chance.happens(0.5) ? { ResultPath: '$.last' } : { ResultPath: null }),
    ...way,
  };
}

function childTask(scope: Scope, child: string, following: string | null, way: StateText): StateText {
  const { chance, options } = scope;
  const pattern = options.foretold ? chance.pick(['.sync', '.sync:2']) : chance.pick(['', '.sync', '.sync:2']);
  const limits = options.foretold || chance.happens(0.7) ? {} : { TimeoutSeconds: chance.integer(1, 6) };
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${pattern}`,
    Parameters: { StateMachineArn: child, Input: { 'lists.$': '$$.Execution.Input.lists' } },
    ...limits,
    ...(options.foretold ? {} : handled(chance, following)),
    ResultPath: null,
    ...way,
  };
}

function limitsOf(chance: Chance, answeredLater: boolean): StateText {
  const limit = chance.happens(0.5) ? { TimeoutSeconds: chance.integer(1, 5) } : {};
  const most = Math.min(2, (limit.TimeoutSeconds ?? 3) - 1);
  return answeredLater && most > 0 && chance.happens(0.4)
    ? { ...limit, HeartbeatSeconds: chance.integer(1, most) }
    : limit;
}

function behaviour({ chance, options }: Scope, answeredLater: boolean, limited: boolean): Behaviour {
  const beats = answeredLater && chance.happens(0.4) ? chance.integer(1, 4) : 0;
  const slow = chance.happens(0.06) ? chance.integer(8_000, 16_000) : chance.integer(0, 900);
  return {
    fails: chance.pick([0, 0, 0, 1, 2]),
    error: chance.pick(['Red', 'Blue']),
    takesMs: chance.happens(0.3) ? 0 : slow,
    silent: !options.foretold && limited && chance.happens(0.25),
    beats,
    beatMs: chance.integer(200, 1_600),
  };
}

function handled(chance: Chance, following: string | null): StateText {
  const error = (): string => chance.pick(['Red', 'Blue', 'States.ALL', 'States.Timeout']);
  const retry = chance.happens(0.5) ? retries(chance.integer(0, 2), error(), chance.happens(0.4)) : {};
  if (following === null || chance.happens(0.5)) return retry;
  return { ...retry, Catch: [{ ErrorEquals: [error()], Next: following }] };
}

function retries(attempts: number, error: string, jitter = false): StateText {
  if (attempts === 0) return {};
  const strategy = jitter ? 'FULL' : 'NONE';
  return { Retry: [{ ErrorEquals: [error], IntervalSeconds: 1, MaxAttempts: attempts, JitterStrategy: strategy }] };
}
