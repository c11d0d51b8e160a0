import { APPROVERS } from './approvers.ts';
import type { Chance } from './chance.ts';
import type { StateText, Writing } from './query-language.ts';

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
  /** Whoever performs it dies. */
  readonly poison?: boolean;
}

export interface HandlingOptions {
  readonly chance: Chance;
  readonly writing: Writing;
  readonly name: string;
  /** The state after it, or null. */
  readonly following: string | null;
}

export interface TaskOptions extends HandlingOptions {
  /** Nothing about it depends on time or order. */
  readonly foretold: boolean;
  readonly activityArns: readonly [string, ...string[]];
  /** A machine that it may start. */
  readonly child: string | undefined;
  /** Whether its machine is an Express one: nobody answers it later. */
  readonly express: boolean;
}

const LAMBDA = 'arn:aws:lambda:us-east-1:123456789012:function:work';
/** More attempts than any task is given. */
const HOPELESS = 9;

export function randomTask(options: TaskOptions): StateText {
  const { chance, child, activityArns, foretold, writing, name } = options;
  if (child !== undefined && chance.happens(0.25)) return childTask(options, child);
  const activity = chance.pick(activityArns);
  const resource = options.express
    ? chance.pick([LAMBDA, 'arn:aws:states:::lambda:invoke'])
    : chance.pick([
        LAMBDA,
        LAMBDA,
        'arn:aws:states:::lambda:invoke',
        'arn:aws:states:::lambda:invoke.waitForTaskToken',
        'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        activity,
      ]);
  const answeredLater = resource === activity || resource.endsWith('.waitForTaskToken');
  const limits = foretold ? {} : limitsOf(options, answeredLater);
  const does = behaviour(options, answeredLater, Object.keys(limits).length > 0);
  return {
    Type: 'Task',
    Resource: resource,
    ...writing.argumentsOf({ does, ...writing.fromContext('retry', 'State.RetryCount'), state: name }),
    ...limits,
    ...(foretold ? foretoldHandling(options, does) : randomHandling(options)),
    ...(chance.happens(0.5) ? writing.keep('last') : writing.drop()),
  };
}

function childTask(options: TaskOptions, child: string): StateText {
  const { chance, foretold, writing } = options;
  const pattern = foretold ? chance.pick(['.sync', '.sync:2']) : chance.pick(['', '.sync', '.sync:2']);
  const limits = foretold || chance.happens(0.7) ? {} : { TimeoutSeconds: chance.integer(1, 6) };
  return {
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${pattern}`,
    ...writing.argumentsOf({ StateMachineArn: child, Input: writing.fromContext('lists', 'Execution.Input.lists') }),
    ...limits,
    ...(foretold ? {} : randomHandling(options)),
    ...writing.drop(),
  };
}

/** Starts a job; some never end, and are stopped with their task. */
export function jobTask(options: HandlingOptions): StateText {
  const { chance, writing, name } = options;
  const limit = chance.happens(0.5) ? { TimeoutSeconds: chance.integer(1, 6) } : {};
  const does = {
    ...{ fails: chance.pick([0, 0, 1, HOPELESS]), error: chance.pick(['Red', 'Blue']) },
    ...{ takesMs: chance.integer(0, 4_000), silent: 'TimeoutSeconds' in limit && chance.happens(0.4) },
  };
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::glue:startJobRun.sync',
    ...writing.argumentsOf({ does, ...writing.fromContext('retry', 'State.RetryCount'), state: name }),
    ...limit,
    ...randomHandling(options),
    ...(chance.happens(0.5) ? writing.keep('job') : writing.drop()),
  };
}

/** Ends the process that performs it. */
export function poisonTask(options: HandlingOptions): StateText {
  const { writing, name } = options;
  const does = { fails: 0, error: 'Red', takesMs: 0, silent: false, beats: 0, beatMs: 0, poison: true };
  return {
    Type: 'Task',
    Resource: LAMBDA,
    ...writing.argumentsOf({ does, ...writing.fromContext('retry', 'State.RetryCount'), state: name }),
    ...randomHandling(options),
    ...writing.drop(),
  };
}

/** Asks people; mostly with a limit, so that some decide too late. */
export function approvalTask(options: HandlingOptions): StateText {
  const { chance, writing, name } = options;
  const quorum = chance.happens(0.3) ? { Quorum: 2 } : {};
  const assignees = chance.happens(0.6) ? { Assignees: [...APPROVERS] } : {};
  const escalation = chance.happens(0.3) ? { Escalation: { AfterSeconds: 1, Assignees: ['zoe'] } } : {};
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::everstep:approval.waitForTaskToken',
    ...writing.argumentsOf({ Title: name, ...quorum, ...assignees, ...escalation }),
    ...(chance.happens(0.6) ? { TimeoutSeconds: chance.integer(1, 6) } : {}),
    ...randomHandling(options),
    ...(chance.happens(0.5) ? writing.keep('decision') : writing.drop()),
  };
}

function limitsOf({ chance, writing }: TaskOptions, answeredLater: boolean): StateText {
  const seconds = chance.happens(0.5) ? chance.integer(1, 5) : null;
  const written = writing.isJsonata && chance.happens(0.5) ? `{% ${seconds} * 1 %}` : seconds;
  const limit = seconds === null ? {} : { TimeoutSeconds: written };
  const most = Math.min(2, (seconds ?? 3) - 1);
  return answeredLater && most > 0 && chance.happens(0.4)
    ? { ...limit, HeartbeatSeconds: chance.integer(1, most) }
    : limit;
}

function behaviour({ chance, foretold, following }: TaskOptions, answeredLater: boolean, limited: boolean): Behaviour {
  const beats = answeredLater && chance.happens(0.4) ? chance.integer(1, 4) : 0;
  const slow = chance.happens(0.1) ? chance.integer(8_000, 16_000) : chance.integer(0, 900);
  return {
    // Which of two failures side by side comes first is nothing to foretell.
    fails: foretold && following === null ? chance.pick([0, 0, 1, 2]) : chance.pick([0, 0, 0, 1, 2, HOPELESS]),
    error: chance.pick(['Red', 'Blue']),
    takesMs: chance.happens(0.3) ? 0 : slow,
    silent: !foretold && limited && chance.happens(0.25),
    beats,
    beatMs: chance.integer(200, 1_600),
  };
}

/** As many attempts as succeed in the end, or a way to go on without. */
function foretoldHandling({ chance, writing, name, following }: TaskOptions, does: Behaviour): StateText {
  const attempts = does.fails === HOPELESS ? chance.integer(0, 2) : does.fails;
  const retry = retries(chance, attempts, 'States.ALL');
  if (does.fails !== HOPELESS || following === null) return retry;
  return { ...retry, Catch: [{ ErrorEquals: ['States.ALL'], Next: following, ...writing.caught(chance, name) }] };
}

/** Retriers and catchers that may fit what happens, or not. */
export function randomHandling({ chance, writing, name, following }: HandlingOptions): StateText {
  const error = (): string => chance.pick(['Red', 'Blue', 'States.ALL', 'States.Timeout', 'States.TaskFailed']);
  const retry = chance.happens(0.5) ? retries(chance, chance.integer(0, 2), error()) : {};
  if (following === null || chance.happens(0.5)) return retry;
  return { ...retry, Catch: [{ ErrorEquals: [error()], Next: following, ...writing.caught(chance, name) }] };
}

function retries(chance: Chance, attempts: number, error: string): StateText {
  if (attempts === 0) return {};
  const delay = chance.pick<StateText>([
    { IntervalSeconds: 1 },
    { IntervalSeconds: 0 },
    { IntervalSeconds: 1, BackoffRate: 1.5, MaxDelaySeconds: 2 },
  ]);
  const jitter = { JitterStrategy: chance.happens(0.3) ? 'FULL' : 'NONE' };
  return { Retry: [{ ErrorEquals: [error], MaxAttempts: attempts, ...delay, ...jitter }] };
}
