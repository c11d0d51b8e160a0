import { requireMachineArn } from '../arn.ts';
import { boolean, required } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { defineOperation } from '../operation.ts';
import {
  ARN,
  DEFINITION,
  ENCRYPTION_CONFIGURATION,
  type EncryptionConfiguration,
  LOGGING_CONFIGURATION,
  type LoggingConfiguration,
  TRACING_CONFIGURATION,
  type TracingConfiguration,
  VERSION_DESCRIPTION,
} from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';
import { requirePublish, requireRoleArn } from './create-state-machine.ts';

export interface UpdateStateMachineInput {
  readonly stateMachineArn: string;
  readonly definition?: string;
  readonly roleArn?: string;
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tracingConfiguration?: TracingConfiguration;
  readonly encryptionConfiguration?: EncryptionConfiguration;
  readonly publish?: boolean;
  readonly versionDescription?: string;
}

export interface UpdateStateMachineOutput {
  readonly updateDate: EpochSeconds;
  readonly revisionId: string;
  /** With `publish`. */
  readonly stateMachineVersionArn?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html */
export const updateStateMachine = defineOperation<UpdateStateMachineInput, UpdateStateMachineOutput>({
  name: 'UpdateStateMachine',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    definition: member('definition', DEFINITION),
    roleArn: member('roleArn', ARN),
    loggingConfiguration: member('loggingConfiguration', LOGGING_CONFIGURATION),
    tracingConfiguration: member('tracingConfiguration', TRACING_CONFIGURATION),
    encryptionConfiguration: member('encryptionConfiguration', ENCRYPTION_CONFIGURATION),
    publish: member('publish', boolean()),
    versionDescription: member('versionDescription', VERSION_DESCRIPTION),
  }),
  check(input) {
    requireMachineArn(input.stateMachineArn);
    requirePublish(input);
    const changes = [input.definition, input.roleArn, input.loggingConfiguration, input.tracingConfiguration];
    if ([...changes, input.encryptionConfiguration].every((change) => change === undefined)) {
      throw new ApiError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      );
    }
    if (input.roleArn !== undefined) requireRoleArn(input.roleArn);
  },
});
