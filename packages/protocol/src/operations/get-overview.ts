import { integer } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface GetOverviewInput {
  /** How far it looks back, in seconds (3,600). */
  readonly periodSeconds?: number;
}

export interface ExecutionCounts {
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

/** Of the executions that ended well; absent where there is none. In seconds. */
export interface DurationPercentiles {
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** What started, and what ended, from a moment on for bucketSeconds. */
export interface OverviewBucket extends ExecutionCounts, DurationPercentiles {
  readonly date: EpochSeconds;
}

export interface MachineOverview extends ExecutionCounts, DurationPercentiles {
  readonly stateMachineArn: string;
  readonly running: number;
}

/** Of the executions that started within the period. */
export interface GetOverviewOutput {
  readonly from: EpochSeconds;
  readonly to: EpochSeconds;
  /**
   * From when on everything is counted. Later than `from` where more executions started in the period than are looked at
   * for one answer.
   */
  readonly countedFrom: EpochSeconds;
  readonly bucketSeconds: number;
  readonly buckets: readonly OverviewBucket[];
  readonly totals: ExecutionCounts & DurationPercentiles;
  /** Running now, whenever they started; `runningIsMinimum`: there are at least so many. */
  readonly running: number;
  readonly runningIsMinimum: boolean;
  /** Those with the most executions first, at most 100. */
  readonly machines: readonly MachineOverview[];
}

/** Everstep's own: what the executions of the caller's account have done lately, at a bounded cost. */
export const getOverview = defineOperation<GetOverviewInput, GetOverviewOutput>({
  name: 'GetOverview',
  members: (member) => ({
    periodSeconds: member('periodSeconds', integer({ min: 60, max: 90 * 86_400 })),
  }),
});
