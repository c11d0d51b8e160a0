import type { HistoryEvent } from '@everstep/language';
import { requireArn } from '../arn.ts';
import { boolean, integer, required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE } from '../shapes.ts';

export interface GetHistoryEventsInput {
  readonly executionArn: string;
  /** The first event of the page, in reading direction (1; with reverseOrder the last one). */
  readonly fromEventId?: number;
  readonly reverseOrder?: boolean;
  /** Whether inputs, outputs and parameters are in it (false). */
  readonly includeExecutionData?: boolean;
  readonly maxResults?: number;
}

export interface GetHistoryEventsOutput {
  /** Times in seconds since the epoch. */
  readonly events: readonly HistoryEvent[];
  /** Where the next page begins; absent: these are all there are by now. */
  readonly nextEventId?: number;
}

/** Everstep's own: a part of a history from any event on, where GetExecutionHistory goes from page to page. */
export const getHistoryEvents = defineOperation<GetHistoryEventsInput, GetHistoryEventsOutput>({
  name: 'GetHistoryEvents',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    fromEventId: member('fromEventId', integer({ min: 1 })),
    reverseOrder: member('reverseOrder', boolean()),
    includeExecutionData: member('includeExecutionData', boolean()),
    maxResults: member('maxResults', PAGE_SIZE),
  }),
  check: ({ executionArn }) => requireArn(executionArn, 'execution'),
});
