import { requireMachineArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListStateMachineVersionsInput {
  readonly stateMachineArn: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

export interface ListStateMachineVersionsOutput {
  /** The newest first. */
  readonly stateMachineVersions: ReadonlyArray<{
    readonly stateMachineVersionArn: string;
    readonly creationDate: EpochSeconds;
  }>;
  readonly nextToken?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html */
export const listStateMachineVersions = defineOperation<ListStateMachineVersionsInput, ListStateMachineVersionsOutput>({
  name: 'ListStateMachineVersions',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    nextToken: member('nextToken', PAGE_TOKEN),
    maxResults: member('maxResults', PAGE_SIZE),
  }),
  check: (input) => requireMachineArn(input.stateMachineArn),
});
