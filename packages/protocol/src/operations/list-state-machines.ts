import { defineOperation } from '../operation.ts';
import { PAGE_SIZE, PAGE_TOKEN, type StateMachineType } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListStateMachinesInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListStateMachinesOutput {
  readonly stateMachines: readonly StateMachineListItem[];
  readonly nextToken?: string;
}

export interface StateMachineListItem {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: StateMachineType;
  readonly creationDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html */
export const listStateMachines = defineOperation<ListStateMachinesInput, ListStateMachinesOutput>({
  name: 'ListStateMachines',
  members: (member) => ({
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
});
