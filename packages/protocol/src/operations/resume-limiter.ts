import { LIMITER_NAME, requireLimiterName } from '../limiters.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';

export interface ResumeLimiterInput {
  readonly name: string;
}

/** Everstep's own: the limiter gives permits again. Errors: ResourceNotFound. */
export const resumeLimiter = defineOperation<ResumeLimiterInput, EmptyOutput>({
  name: 'ResumeLimiter',
  members: (member) => ({ name: member('name', LIMITER_NAME) }),
  check: requireLimiterName,
});
