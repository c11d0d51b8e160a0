import { refuseLabel, requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import {
  ARN,
  type EncryptionConfiguration,
  INCLUDED_DATA,
  type IncludedData,
  type LoggingConfiguration,
  type StateMachineType,
  type TracingConfiguration,
} from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeStateMachineInput {
  readonly stateMachineArn: string;
  readonly includedData?: IncludedData;
}

export interface DescribeStateMachineOutput {
  /** As asked for: a version's carries its number. */
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'DELETING';
  /** `{}` with METADATA_ONLY. */
  readonly definition: string;
  readonly roleArn: string;
  readonly type: StateMachineType;
  readonly creationDate: EpochSeconds;
  readonly loggingConfiguration: LoggingConfiguration;
  readonly tracingConfiguration: TracingConfiguration;
  readonly encryptionConfiguration: EncryptionConfiguration;
  /** The names of the variables that each state reads, by the names of the states that read any. */
  readonly variableReferences?: Readonly<Record<string, readonly string[]>>;
  /** Told only once there has been an update. */
  readonly revisionId?: string;
  /** Of a version. */
  readonly description?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html */
export const describeStateMachine = defineOperation<DescribeStateMachineInput, DescribeStateMachineOutput>({
  name: 'DescribeStateMachine',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    includedData: member('includedData', INCLUDED_DATA),
  }),
  check(input) {
    requireArn(input.stateMachineArn, 'stateMachine');
    refuseLabel(input.stateMachineArn);
  },
});
