import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, type ExecutionStatus, INCLUDED_DATA, type IncludedData } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeExecutionInput {
  readonly executionArn: string;
  readonly includedData?: IncludedData;
}

export interface DescribeExecutionOutput {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string;
  readonly stateMachineAliasArn?: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: EpochSeconds;
  readonly stopDate?: EpochSeconds;
  readonly input?: string;
  readonly inputDetails?: { readonly included: boolean };
  readonly output?: string;
  readonly outputDetails?: { readonly included: boolean };
  readonly traceHeader?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveDate?: EpochSeconds;
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  readonly redriveStatusReason?: string;
  /** Of a child of a Map Run. */
  readonly mapRunArn?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export const describeExecution = defineOperation<DescribeExecutionInput, DescribeExecutionOutput>({
  name: 'DescribeExecution',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    includedData: member('includedData', INCLUDED_DATA),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
