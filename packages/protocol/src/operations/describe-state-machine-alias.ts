import { requireAliasArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, type RoutingConfigurationListItem } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface DescribeStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
}

export interface DescribeStateMachineAliasOutput {
  readonly stateMachineAliasArn: string;
  readonly name: string;
  readonly description?: string;
  readonly routingConfiguration: readonly RoutingConfigurationListItem[];
  readonly creationDate: EpochSeconds;
  readonly updateDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html */
export const describeStateMachineAlias = defineOperation<
  DescribeStateMachineAliasInput,
  DescribeStateMachineAliasOutput
>({
  name: 'DescribeStateMachineAlias',
  members: (member) => ({ stateMachineAliasArn: member('stateMachineAliasArn', required(ARN, '')) }),
  check: (input) => requireAliasArn(input.stateMachineAliasArn),
});
