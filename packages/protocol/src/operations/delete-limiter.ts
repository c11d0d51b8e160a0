import { LIMITER_NAME, requireLimiterName } from '../limiters.ts';
import { type EmptyOutput, defineOperation } from '../operation.ts';

export interface DeleteLimiterInput {
  readonly name: string;
}

/** Everstep's own: what waits for the limiter goes on without it. One that is not there is deleted already. */
export const deleteLimiter = defineOperation<DeleteLimiterInput, EmptyOutput>({
  name: 'DeleteLimiter',
  members: (member) => ({ name: member('name', LIMITER_NAME) }),
  check: requireLimiterName,
});
