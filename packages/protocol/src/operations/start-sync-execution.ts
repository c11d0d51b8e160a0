import { refuseLabel, requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, INCLUDED_DATA, type IncludedData, NAME, SENSITIVE_DATA, TRACE_HEADER } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface StartSyncExecutionInput {
  readonly stateMachineArn: string;
  readonly name?: string;
  /** JSON text. */
  readonly input?: string;
  readonly traceHeader?: string;
  readonly includedData?: IncludedData;
}

export interface StartSyncExecutionOutput {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly startDate: EpochSeconds;
  readonly stopDate: EpochSeconds;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly error?: string;
  readonly cause?: string;
  readonly input?: string;
  readonly inputDetails?: { readonly included: boolean };
  readonly output?: string;
  readonly outputDetails?: { readonly included: boolean };
  readonly traceHeader?: string;
  readonly billingDetails: {
    readonly billedMemoryUsedInMB: number;
    readonly billedDurationInMilliseconds: number;
  };
}

/**
 * The answer is 200 however the execution ended. The input's bytes and JSON, and the name's characters, are the engine's
 * to check.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
 */
export const startSyncExecution = defineOperation<StartSyncExecutionInput, StartSyncExecutionOutput>({
  name: 'StartSyncExecution',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    name: member('name', NAME),
    input: member('input', SENSITIVE_DATA),
    traceHeader: member('traceHeader', TRACE_HEADER),
    includedData: member('includedData', INCLUDED_DATA),
  }),
  check(input) {
    requireArn(input.stateMachineArn, 'stateMachine');
    refuseLabel(input.stateMachineArn);
  },
});
