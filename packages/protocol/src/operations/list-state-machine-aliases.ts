import { refuseLabel, requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListStateMachineAliasesInput {
  /** A version's ARN lists the aliases that route to it. */
  readonly stateMachineArn: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

export interface ListStateMachineAliasesOutput {
  readonly stateMachineAliases: ReadonlyArray<{
    readonly stateMachineAliasArn: string;
    readonly creationDate: EpochSeconds;
  }>;
  readonly nextToken?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html */
export const listStateMachineAliases = defineOperation<ListStateMachineAliasesInput, ListStateMachineAliasesOutput>({
  name: 'ListStateMachineAliases',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    nextToken: member('nextToken', PAGE_TOKEN),
    maxResults: member('maxResults', PAGE_SIZE),
  }),
  check(input) {
    requireArn(input.stateMachineArn, 'stateMachine');
    refuseLabel(input.stateMachineArn);
  },
});
