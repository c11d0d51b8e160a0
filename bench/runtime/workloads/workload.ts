import type { Lab } from '../lab/lab.ts';
import type { WorkloadResult } from '../report/result.ts';

export interface Pace {
  readonly rounds: number;
  /** How long one contender works in one round, in seconds. */
  readonly seconds: number;
  /** The long form: a million parked executions, a million events. */
  readonly long: boolean;
  /** Items of a Distributed Map. */
  readonly items: number;
}

export interface Workload {
  /** As `--only` names it. */
  readonly name: string;
  readonly run: (lab: Lab, pace: Pace) => Promise<WorkloadResult>;
}
