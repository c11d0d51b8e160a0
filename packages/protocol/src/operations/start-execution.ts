import { refuseLabel, requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, NAME, SENSITIVE_DATA, TRACE_HEADER } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface StartExecutionInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  /** JSON text. */
  readonly input?: string;
  readonly traceHeader?: string;
}

export interface StartExecutionOutput {
  readonly executionArn: string;
  readonly startDate: EpochSeconds;
}

/**
 * The input's bytes and JSON, and the name's characters, are the engine's to check: other doors start executions too.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export const startExecution = defineOperation<StartExecutionInput, StartExecutionOutput>({
  name: 'StartExecution',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    name: member('name', NAME),
    input: member('input', SENSITIVE_DATA),
    traceHeader: member('traceHeader', TRACE_HEADER),
  }),
  check(input) {
    requireArn(input.stateMachineArn, 'stateMachine');
    refuseLabel(input.stateMachineArn);
  },
});
