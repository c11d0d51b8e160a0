import { LIMITER_NAME, type LimiterShape, requireLimiterName } from '../limiters.ts';
import { defineOperation } from '../operation.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeLimiterInput {
  readonly name: string;
}

export interface DescribeLimiterOutput extends LimiterShape {
  readonly limiterArn: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'PAUSED';
  readonly creationDate: EpochSeconds;
  readonly updateDate: EpochSeconds;
  readonly pauseDate?: EpochSeconds;
  /** Tasks that wait. */
  readonly waiting: number;
  readonly waitingKeys: number;
  /** How long the task that waits longest has waited, in seconds; absent: none waits. */
  readonly longestWaitSeconds?: number;
  /** Tasks that hold a permit. */
  readonly permitsInUse: number;
  /** The keys with the most waiting tasks. */
  readonly busiestKeys: ReadonlyArray<{
    readonly key: string;
    readonly waiting: number;
    readonly permitsInUse: number;
  }>;
}

/** Everstep's own: a limiter, and how it is used at the moment. Errors: ResourceNotFound. */
export const describeLimiter = defineOperation<DescribeLimiterInput, DescribeLimiterOutput>({
  name: 'DescribeLimiter',
  members: (member) => ({ name: member('name', LIMITER_NAME) }),
  check: requireLimiterName,
});
