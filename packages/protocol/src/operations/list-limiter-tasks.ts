import { oneOf } from '../constraints.ts';
import { LIMITER_NAME, requireLimiterName } from '../limiters.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export type LimiterTaskStatus = 'WAITING' | 'PERMITTED';

export interface ListLimiterTasksInput {
  readonly name: string;
  readonly statusFilter?: LimiterTaskStatus;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListLimiterTasksOutput {
  readonly tasks: readonly LimiterTaskListItem[];
  readonly nextToken?: string;
}

/** A task that waits for the limiter, or holds its permit. */
export interface LimiterTaskListItem {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The id of the task's Scheduled event. */
  readonly taskId: number;
  /** Absent where its state machine's data is encrypted; its key is a digest there. */
  readonly stateName?: string;
  readonly key: string;
  readonly priority: number;
  readonly status: LimiterTaskStatus;
  /** Since when it waits, or has waited. */
  readonly waitingDate: EpochSeconds;
  readonly permitDate?: EpochSeconds;
}

/** Everstep's own: the tasks of a limiter, who has come first before the others. Errors: ResourceNotFound. */
export const listLimiterTasks = defineOperation<ListLimiterTasksInput, ListLimiterTasksOutput>({
  name: 'ListLimiterTasks',
  members: (member) => ({
    name: member('name', LIMITER_NAME),
    statusFilter: member('statusFilter', oneOf<LimiterTaskStatus>(['WAITING', 'PERMITTED'])),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
  check: requireLimiterName,
});
