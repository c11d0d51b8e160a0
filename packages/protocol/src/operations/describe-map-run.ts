import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { LONG_ARN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeMapRunInput {
  readonly mapRunArn: string;
}

/** Of items, or of child executions, by what has become of them. */
export interface MapRunCounts {
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly total: number;
  readonly resultsWritten: number;
  readonly failuresNotRedrivable?: number;
  readonly pendingRedrive?: number;
}

export interface DescribeMapRunOutput {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  readonly startDate: EpochSeconds;
  readonly stopDate?: EpochSeconds;
  readonly maxConcurrency: number;
  readonly toleratedFailurePercentage: number;
  readonly toleratedFailureCount: number;
  readonly itemCounts: MapRunCounts;
  readonly executionCounts: MapRunCounts;
  readonly redriveCount?: number;
  readonly redriveDate?: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html */
export const describeMapRun = defineOperation<DescribeMapRunInput, DescribeMapRunOutput>({
  name: 'DescribeMapRun',
  members: (member) => ({ mapRunArn: member('mapRunArn', required(LONG_ARN, '')) }),
  check: (input) => requireArn(input.mapRunArn, 'mapRun'),
});
