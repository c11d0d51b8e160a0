import { requireArn } from '../arn.ts';
import { list, number, string } from '../constraints.ts';
import { parseInputFilter } from '../input-filter.ts';
import { defineOperation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { ARN, EXECUTION_STATUS, type ExecutionStatus, PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';
import type { ExecutionListItem } from './list-executions.ts';

const INPUT_FILTER_LENGTH = 1_024;

export interface SearchExecutionsInput {
  /** Of a machine, a version or an alias; absent: of all machines of the account. */
  readonly stateMachineArn?: string;
  /** Any of these; absent: all. */
  readonly statusFilter?: readonly ExecutionStatus[];
  /** What the name contains, in whatever case. */
  readonly nameContains?: string;
  /** What the input has: `orderId = 42 and customer.name = "Ann"`. Encrypted inputs are not looked into. */
  readonly inputFilter?: string;
  /** Inclusive, and exclusive. */
  readonly startedAfter?: EpochSeconds;
  readonly startedBefore?: EpochSeconds;
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface SearchExecutionsOutput {
  readonly executions: readonly ExecutionListItem[];
  /** There may be more. A page can be shorter than asked for, even empty, and still have one. */
  readonly nextToken?: string;
  /** Executions that the other filters let through, but whose input is encrypted and so was not looked into. */
  readonly notSearched?: number;
}

/** Everstep's own: executions of the caller's account by what is known of them, newest first, whatever their machine. */
export const searchExecutions = defineOperation<SearchExecutionsInput, SearchExecutionsOutput>({
  name: 'SearchExecutions',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', ARN),
    statusFilter: member('statusFilter', list<ExecutionStatus>(EXECUTION_STATUS, { min: 1, max: 6 })),
    nameContains: member('nameContains', string({ min: 1, max: QUOTAS.nameLength })),
    inputFilter: member('inputFilter', string({ min: 1, max: INPUT_FILTER_LENGTH })),
    startedAfter: member('startedAfter', number({ min: 0 })),
    startedBefore: member('startedBefore', number({ min: 0 })),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
  check: ({ stateMachineArn, inputFilter }) => {
    if (inputFilter !== undefined) parseInputFilter(inputFilter);
    if (stateMachineArn !== undefined) requireArn(stateMachineArn, 'stateMachine');
  },
});
