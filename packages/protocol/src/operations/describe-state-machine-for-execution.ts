import { requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import {
  ARN,
  type EncryptionConfiguration,
  INCLUDED_DATA,
  type IncludedData,
  type LoggingConfiguration,
  type TracingConfiguration,
} from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeStateMachineForExecutionInput {
  readonly executionArn: string;
  readonly includedData?: IncludedData;
}

export interface DescribeStateMachineForExecutionOutput {
  readonly stateMachineArn: string;
  readonly name: string;
  /** As that execution uses it; `{}` with METADATA_ONLY. */
  readonly definition: string;
  readonly roleArn: string;
  readonly updateDate: EpochSeconds;
  readonly loggingConfiguration: LoggingConfiguration;
  readonly tracingConfiguration: TracingConfiguration;
  readonly encryptionConfiguration: EncryptionConfiguration;
  /** The names of the variables that each state reads, by the names of the states that read any. */
  readonly variableReferences?: Readonly<Record<string, readonly string[]>>;
  readonly revisionId?: string;
  /** Of a child of a Map Run: that, and which Map state of the machine it stands for. */
  readonly mapRunArn?: string;
  readonly label?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html */
export const describeStateMachineForExecution = defineOperation<
  DescribeStateMachineForExecutionInput,
  DescribeStateMachineForExecutionOutput
>({
  name: 'DescribeStateMachineForExecution',
  members: (member) => ({
    executionArn: member('executionArn', required(ARN, '')),
    includedData: member('includedData', INCLUDED_DATA),
  }),
  check: (input) => requireArn(input.executionArn, 'execution'),
});
