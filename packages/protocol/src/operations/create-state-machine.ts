import { boolean, required } from '../constraints.ts';
import { ApiError } from '../errors.ts';
import { requireName } from '../names.ts';
import { defineOperation } from '../operation.ts';
import {
  ARN,
  DEFINITION,
  ENCRYPTION_CONFIGURATION,
  type EncryptionConfiguration,
  LOGGING_CONFIGURATION,
  type LoggingConfiguration,
  NAME,
  STATE_MACHINE_TYPE,
  type StateMachineType,
  TAGS,
  TRACING_CONFIGURATION,
  type Tag,
  type TracingConfiguration,
  VERSION_DESCRIPTION,
} from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface CreateStateMachineInput {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: StateMachineType;
  readonly loggingConfiguration?: LoggingConfiguration;
  readonly tracingConfiguration?: TracingConfiguration;
  readonly encryptionConfiguration?: EncryptionConfiguration;
  readonly tags?: readonly Tag[];
  readonly publish?: boolean;
  readonly versionDescription?: string;
}

export interface CreateStateMachineOutput {
  readonly stateMachineArn: string;
  readonly creationDate: EpochSeconds;
  /** With `publish`. */
  readonly stateMachineVersionArn?: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
export const createStateMachine = defineOperation<CreateStateMachineInput, CreateStateMachineOutput>({
  name: 'CreateStateMachine',
  members: (member) => ({
    name: member('name', required(NAME, '')),
    definition: member('definition', required(DEFINITION, '')),
    roleArn: member('roleArn', required(ARN, '')),
    type: member('type', STATE_MACHINE_TYPE),
    loggingConfiguration: member('loggingConfiguration', LOGGING_CONFIGURATION),
    tracingConfiguration: member('tracingConfiguration', TRACING_CONFIGURATION),
    encryptionConfiguration: member('encryptionConfiguration', ENCRYPTION_CONFIGURATION),
    tags: member('tags', TAGS),
    publish: member('publish', boolean()),
    versionDescription: member('versionDescription', VERSION_DESCRIPTION),
  }),
  check(input) {
    requireName(input.name);
    requireRoleArn(input.roleArn);
    requirePublish(input);
  },
});

/** Errors: ValidationException. A description without a version to describe. */
export function requirePublish(input: { readonly publish?: boolean; readonly versionDescription?: string }): void {
  if (input.versionDescription === undefined || input.publish === true) return;
  throw new ApiError('ValidationException', 'Version description can only be set when publish is true');
}

/** Errors: InvalidArn. Roles are names here: nothing is looked up behind them. */
export function requireRoleArn(roleArn: string): void {
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    throw new ApiError('InvalidArn', `Invalid Role Arn: '${roleArn}'`);
  }
}
