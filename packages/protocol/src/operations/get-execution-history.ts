import type { HistoryEvent } from '@everstep/language';
import { requireArn } from '../arn.ts';
import { boolean, required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';

export interface GetExecutionHistoryInput {
  readonly executionArn: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
  readonly reverseOrder?: boolean;
  /** Absent: true. */
  readonly includeExecutionData?: boolean;
}

export interface GetExecutionHistoryOutput {
  /** With `timestamp` in seconds. */
  readonly events: readonly HistoryEvent[];
  readonly nextToken?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
export const getExecutionHistory = defineOperation<GetExecutionHistoryInput, GetExecutionHistoryOutput>({
  name: 'GetExecutionHistory',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
    reverseOrder: member('reverseOrder', boolean()),
    includeExecutionData: member('includeExecutionData', boolean()),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
