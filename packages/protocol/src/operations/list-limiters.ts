import type { LimiterShape } from '../limiters.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListLimitersInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListLimitersOutput {
  readonly limiters: readonly LimiterListItem[];
  readonly nextToken?: string;
}

/** A limiter with its settings, and how it is used at the moment. */
export interface LimiterListItem extends LimiterShape {
  readonly limiterArn: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'PAUSED';
  readonly creationDate: EpochSeconds;
  readonly waiting: number;
  readonly permitsInUse: number;
  readonly longestWaitSeconds?: number;
}

/** Everstep's own: the account's limiters by name. */
export const listLimiters = defineOperation<ListLimitersInput, ListLimitersOutput>({
  name: 'ListLimiters',
  members: (member) => ({
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
});
