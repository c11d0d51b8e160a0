import { requireArn } from '../arn.ts';
import { oneOf, string } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import { QUOTAS } from '../quotas.ts';
import { ARN, EXECUTION_STATUS, type ExecutionStatus, LONG_ARN, PAGE_SIZE } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface ListExecutionsInput {
  /** Or of a version or an alias. This or mapRunArn, never both. */
  readonly stateMachineArn?: string;
  readonly mapRunArn?: string;
  readonly statusFilter?: ExecutionStatus;
  readonly redriveFilter?: 'REDRIVEN' | 'NOT_REDRIVEN';
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface ListExecutionsOutput {
  readonly executions: readonly ExecutionListItem[];
  readonly nextToken?: string;
}

export interface ExecutionListItem {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly mapRunArn?: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: EpochSeconds;
  readonly stopDate?: EpochSeconds;
  readonly redriveCount: number;
  readonly redriveDate?: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html */
export const listExecutions = defineOperation<ListExecutionsInput, ListExecutionsOutput>({
  name: 'ListExecutions',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', ARN),
    mapRunArn: member('mapRunArn', LONG_ARN),
    statusFilter: member('statusFilter', EXECUTION_STATUS),
    redriveFilter: member('redriveFilter', oneOf(['REDRIVEN', 'NOT_REDRIVEN'] as const)),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', string({ min: 1, max: QUOTAS.executionsPageTokenLength })),
  }),
  check: checkListExecutions,
});

function checkListExecutions(input: ListExecutionsInput): void {
  const { stateMachineArn, mapRunArn } = input;
  if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
    throw new ApiError('ValidationException', 'Must specify exactly one of stateMachineArn and mapRunArn');
  }
  if (mapRunArn !== undefined) requireArn(mapRunArn, 'mapRun');
  if (stateMachineArn === undefined) return;
  requireArn(stateMachineArn, 'stateMachine');
  if (input.statusFilter === 'PENDING_REDRIVE') {
    throw new ApiError('ValidationException', 'statusFilter PENDING_REDRIVE is supported with mapRunArn only');
  }
  if (input.redriveFilter !== undefined) {
    throw new ApiError('ValidationException', 'redriveFilter is supported with mapRunArn only');
  }
}
