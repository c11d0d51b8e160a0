import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, CLIENT_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface RedriveExecutionInput {
  readonly executionArn: string;
  /** A repetition with the same one answers the redrive that it has caused. */
  readonly clientToken?: string;
}

export interface RedriveExecutionOutput {
  readonly redriveDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html */
export const redriveExecution = defineOperation<RedriveExecutionInput, RedriveExecutionOutput>({
  name: 'RedriveExecution',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    clientToken: member('clientToken', CLIENT_TOKEN),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
