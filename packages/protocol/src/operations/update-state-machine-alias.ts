import { requireAliasArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import { ALIAS_DESCRIPTION, ARN, ROUTING_CONFIGURATION, type RoutingConfigurationListItem } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';
import { requireRouting } from './create-state-machine-alias.ts';

export interface UpdateStateMachineAliasInput {
  readonly stateMachineAliasArn: string;
  /** At least one of the two. */
  readonly description?: string;
  readonly routingConfiguration?: readonly RoutingConfigurationListItem[];
}

export interface UpdateStateMachineAliasOutput {
  readonly updateDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html */
export const updateStateMachineAlias = defineOperation<UpdateStateMachineAliasInput, UpdateStateMachineAliasOutput>({
  name: 'UpdateStateMachineAlias',
  members: (member) => ({
    stateMachineAliasArn: member('stateMachineAliasArn', required(ARN, '')),
    description: member('description', ALIAS_DESCRIPTION),
    routingConfiguration: member('routingConfiguration', ROUTING_CONFIGURATION),
  }),
  check(input) {
    requireAliasArn(input.stateMachineAliasArn);
    if (input.description === undefined && input.routingConfiguration === undefined) {
      throw new ApiError(
        'ValidationException',
        'Either the description or the routingConfiguration must be specified',
        { reason: 'MISSING_REQUIRED_PARAMETER' },
      );
    }
    if (input.routingConfiguration !== undefined) requireRouting(input.routingConfiguration);
  },
});
