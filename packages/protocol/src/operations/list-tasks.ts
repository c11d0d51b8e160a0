import { requireArn } from '../arn.ts';
import { defineOperation } from '../operation.ts';
import { ARN, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListTasksInput {
  /** Only tasks of this machine's executions. */
  readonly stateMachineArn?: string;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListTasksOutput {
  readonly tasks: readonly TaskListItem[];
  readonly nextToken?: string;
}

/** A task that waits for SendTaskSuccess or SendTaskFailure. */
export interface TaskListItem {
  readonly taskToken: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateName: string;
  /** Since when it waits. */
  readonly openedDate: EpochSeconds;
  /** When it times out, by its time-out or its next heartbeat; absent: never. */
  readonly timeoutDate?: EpochSeconds;
  /** What people are asked for, where the task is an approval. */
  readonly approvalArn?: string;
}

/** Everstep's own: the callbacks that executions of the caller's account wait for, of the oldest execution first. */
export const listTasks = defineOperation<ListTasksInput, ListTasksOutput>({
  name: 'ListTasks',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', ARN),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
  check: ({ stateMachineArn }) => {
    if (stateMachineArn !== undefined) requireArn(stateMachineArn, 'stateMachine');
  },
});
