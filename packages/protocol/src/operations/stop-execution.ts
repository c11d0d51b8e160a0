import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, SENSITIVE_CAUSE, SENSITIVE_ERROR } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface StopExecutionInput {
  readonly executionArn: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface StopExecutionOutput {
  readonly stopDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html */
export const stopExecution = defineOperation<StopExecutionInput, StopExecutionOutput>({
  name: 'StopExecution',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    error: member('error', SENSITIVE_ERROR),
    cause: member('cause', SENSITIVE_CAUSE),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
