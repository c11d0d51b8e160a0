import { machineTarget, requireArn } from '../arn.ts';
import { required } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import { ALIAS_DESCRIPTION, ALIAS_NAME, ROUTING_CONFIGURATION, type RoutingConfigurationListItem } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface CreateStateMachineAliasInput {
  readonly description?: string;
  readonly name: string;
  /** One or two versions of one machine, with weights that sum to 100. */
  readonly routingConfiguration: readonly RoutingConfigurationListItem[];
}

export interface CreateStateMachineAliasOutput {
  readonly stateMachineAliasArn: string;
  readonly creationDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html */
export const createStateMachineAlias = defineOperation<CreateStateMachineAliasInput, CreateStateMachineAliasOutput>({
  name: 'CreateStateMachineAlias',
  members: (member) => ({
    description: member('description', ALIAS_DESCRIPTION),
    name: member('name', required(ALIAS_NAME, '')),
    routingConfiguration: member('routingConfiguration', required(ROUTING_CONFIGURATION, [])),
  }),
  check: (input) => requireRouting(input.routingConfiguration),
});

/** Errors: InvalidArn, ValidationException. */
export function requireRouting(routing: readonly RoutingConfigurationListItem[]): void {
  const arns = routing.map((item) => item.stateMachineVersionArn);
  for (const arn of arns) requireArn(arn, 'stateMachine');
  const targets = arns.map(machineTarget);
  if (targets.some(({ version }) => version === null)) {
    throw invalidRouting(
      `Routing configuration must contain state machine version ARNs. Received: [${arns.join(', ')}]`,
    );
  }
  if (new Set(targets.map(({ stateMachineArn }) => stateMachineArn)).size > 1) {
    throw invalidRouting(
      `Routing configuration must contain versions of the same state machine. Received: [${arns.join(', ')}]`,
    );
  }
  if (new Set(arns).size < arns.length) {
    throw invalidRouting(
      `Routing configuration must contain distinct state machine version ARNs. Received: [${arns.join(', ')}]`,
    );
  }
  const weights = routing.map(({ weight }) => weight);
  if (weights.reduce((sum, weight) => sum + weight, 0) !== 100) {
    throw invalidRouting(`Sum of routing configuration weights must equal 100. Received: [${weights.join(', ')}]`);
  }
}

function invalidRouting(message: string): ApiError {
  return new ApiError('ValidationException', message, { reason: 'INVALID_ROUTING_CONFIGURATION' });
}
