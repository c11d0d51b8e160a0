import { LIMITER_NAME, requireLimiterName } from '../limiters.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';

export interface PauseLimiterInput {
  readonly name: string;
}

/** Everstep's own: the limiter gives no permits until it is resumed; tasks that have theirs go on. Errors: ResourceNotFound. */
export const pauseLimiter = defineOperation<PauseLimiterInput, EmptyOutput>({
  name: 'PauseLimiter',
  members: (member) => ({ name: member('name', LIMITER_NAME) }),
  check: requireLimiterName,
});
