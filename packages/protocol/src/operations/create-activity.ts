import { required } from '../constraints.ts';
import { requireName } from '../names.ts';
import { defineOperation } from '../operation.ts';
import { ENCRYPTION_CONFIGURATION, type EncryptionConfiguration, NAME, TAGS, type Tag } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface CreateActivityInput {
  readonly name: string;
  readonly tags?: readonly Tag[];
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

export interface CreateActivityOutput {
  readonly activityArn: string;
  readonly creationDate: EpochSeconds;
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html */
export const createActivity = defineOperation<CreateActivityInput, CreateActivityOutput>({
  name: 'CreateActivity',
  members: (member) => ({
    name: member('name', required(NAME, '')),
    tags: member('tags', TAGS),
    encryptionConfiguration: member('encryptionConfiguration', ENCRYPTION_CONFIGURATION),
  }),
  check: (input) => requireName(input.name),
});
