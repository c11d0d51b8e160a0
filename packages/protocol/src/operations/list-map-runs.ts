import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListMapRunsInput {
  readonly executionArn: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListMapRunsOutput {
  readonly mapRuns: ReadonlyArray<{
    readonly executionArn: string;
    readonly mapRunArn: string;
    readonly stateMachineArn: string;
    readonly startDate: EpochSeconds;
    readonly stopDate?: EpochSeconds;
  }>;
  readonly nextToken?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html */
export const listMapRuns = defineOperation<ListMapRunsInput, ListMapRunsOutput>({
  name: 'ListMapRuns',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
