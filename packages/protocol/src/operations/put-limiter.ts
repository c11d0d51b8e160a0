import { ApiError } from '../errors.ts';
import {
  ARN_PATTERN,
  LIMIT,
  LIMITER_DESCRIPTION,
  LIMITER_EXPRESSION,
  LIMITER_NAME,
  type LimiterShape,
  PRIORITY,
  requireLimiterName,
} from '../limiters.ts';
import { defineOperation } from '../operation.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface PutLimiterInput extends LimiterShape {
  readonly name: string;
}

export interface PutLimiterOutput {
  readonly limiterArn: string;
  readonly creationDate: EpochSeconds;
  readonly updateDate: EpochSeconds;
}

/** Everstep's own: creates a limiter, or gives it all these settings instead of those it has. */
export const putLimiter = defineOperation<PutLimiterInput, PutLimiterOutput>({
  name: 'PutLimiter',
  members: (member) => ({
    name: member('name', LIMITER_NAME),
    description: member('description', LIMITER_DESCRIPTION),
    resource: member('resource', ARN_PATTERN),
    stateMachine: member('stateMachine', ARN_PATTERN),
    key: member('key', LIMITER_EXPRESSION),
    limit: member('limit', LIMIT),
    limitPerKey: member('limitPerKey', LIMIT),
    priority: member('priority', PRIORITY),
    priorityExpression: member('priorityExpression', LIMITER_EXPRESSION),
  }),
  check: (input) => {
    requireLimiterName(input);
    if (input.priority === undefined || input.priorityExpression === undefined) return;
    throw new ApiError('ValidationException', "A limiter has either 'priority' or 'priorityExpression', not both.");
  },
});
