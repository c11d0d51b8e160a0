import { requireMachineArn } from '../arn.ts';
import { required, string } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { ARN, VERSION_DESCRIPTION } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface PublishStateMachineVersionInput {
  readonly stateMachineArn: string;
  /** Publish only if this is the current revision; `INITIAL` for a machine that was never updated. */
  readonly revisionId?: string;
  readonly description?: string;
}

export interface PublishStateMachineVersionOutput {
  readonly creationDate: EpochSeconds;
  readonly stateMachineVersionArn: string;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html */
export const publishStateMachineVersion = defineOperation<
  PublishStateMachineVersionInput,
  PublishStateMachineVersionOutput
>({
  name: 'PublishStateMachineVersion',
  members: (member) => ({
    stateMachineArn: member('stateMachineArn', required(ARN, '')),
    revisionId: member('revisionId', string()),
    description: member('description', VERSION_DESCRIPTION),
  }),
  check: (input) => requireMachineArn(input.stateMachineArn),
});
