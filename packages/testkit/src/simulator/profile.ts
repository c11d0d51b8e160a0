import { Chance } from './chance.ts';

/** What one seed's world is like. Most kinds of fault are absent from most worlds, so that each has the stage at times. */
export interface Profile {
  readonly workers: number;
  readonly schedulers: number;
  readonly apis: number;
  readonly executions: number;
  readonly machines: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly maxGraceMs: number;
  readonly maxConcurrentCalls: number;
  readonly maxResidentExecutions: number;
  /** How long faults happen, in milliseconds. */
  readonly faultsMs: number;
  readonly maxSkewMs: number;
  /** Probabilities for each call to the store. */
  readonly crash: number;
  readonly freeze: number;
  readonly unavailable: number;
  readonly unknown: number;
  readonly slow: number;
  /** Probability for each effect that its process dies before or after it, or stands still. */
  readonly effectFault: number;
  /** Probabilities for each hint. */
  readonly drop: number;
  readonly double: number;
  readonly late: number;
  /** How often in the time of faults these are away altogether. */
  readonly storeAway: number;
  readonly queueAway: number;
  /** Workers that are told to end, and do so properly. */
  readonly drains: number;
  /** Processes that die or stand still at a moment of no particular kind. */
  readonly moments: number;
  /** Probability that an execution is stopped by somebody. */
  readonly stop: number;
  /** Probability that somebody redrives what was stopped, or ended before that. */
  readonly redrive: number;
  /** The share of Map states that are distributed. */
  readonly distributed: number;
  /** Limiters that tasks need permits of; each is paused for a while. */
  readonly limiters: number;
  /** Asynchronous Express executions that are started by themselves. */
  readonly express: number;
  /** The share of tasks that ask people to decide. */
  readonly approvals: number;
  /** The share of tasks that start a job, and are told its end by asking. */
  readonly jobs: number;
  /** Processes that a worker may have for suspicious executions; 0: no quarantine. */
  readonly quarantine: number;
  /** The share of tasks that end the process which performs them; only where there is a quarantine. */
  readonly poison: number;
  /** Probability for each claim of a Map Run that its worker cannot read it. */
  readonly unreadable: number;
  /** The same of executions. */
  readonly unreadableExecutions: number;
  /** Probability that a worker cannot compile a definition, each time it loads it. */
  readonly foreign: number;
}

export function profileOf(seed: string): Profile {
  const chance = new Chance(`${seed}/profile`);
  const at = (probability: number, ...values: [number, ...number[]]): number =>
    chance.happens(probability) ? chance.pick(values) : 0;
  return {
    workers: chance.pick([1, 2, 2, 3]),
    schedulers: chance.pick([1, 1, 2]),
    apis: chance.pick([1, 2]),
    executions: chance.pick([1, 2, 2, 3, 4]),
    machines: chance.pick([1, 2, 2]),
    leaseMs: chance.pick([3_000, 6_000]),
    graceMs: chance.pick([300, 1_000]),
    maxGraceMs: chance.pick([2_000, 5_000]),
    maxConcurrentCalls: chance.pick([1, 3, 200]),
    maxResidentExecutions: chance.pick([1, 2_000, 2_000]),
    faultsMs: chance.integer(5_000, 14_000),
    maxSkewMs: at(0.5, 50, 200, 400),
    crash: at(0.5, 0.002, 0.01, 0.03),
    freeze: at(0.35, 0.002, 0.01),
    unavailable: at(0.4, 0.01, 0.1),
    unknown: at(0.5, 0.02, 0.1),
    slow: at(0.4, 0.02, 0.1),
    effectFault: at(0.4, 0.1, 0.4),
    drop: at(0.5, 0.1, 0.5, 1),
    double: at(0.4, 0.2, 0.5),
    late: at(0.4, 0.2),
    storeAway: at(0.25, 1, 2),
    queueAway: at(0.3, 1, 2),
    drains: at(0.2, 1, 2),
    moments: at(0.35, 1, 3),
    stop: at(0.4, 0.2, 0.5),
    // Only where it is asked for: the worlds of known seeds stay as they are.
    redrive: at(0.4, 0.3, 0.8),
    distributed: at(0.35, 0.5, 1),
    limiters: at(0.5, 1, 2, 3),
    express: at(0.2, 1, 2, 3),
    approvals: at(0.2, 0.3, 0.6),
    quarantine: at(0.15, 1, 2),
    poison: at(0.5, 0.1, 0.25),
    jobs: at(0.2, 0.2, 0.5),
    unreadable: at(0.2, 0.1, 0.4),
    unreadableExecutions: at(0.15, 0.05, 0.2),
    foreign: at(0.1, 0.1, 0.3),
  };
}
