import { type EncryptionConfiguration, type Tag, activityArn, requireName } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { ActivityRecord } from '../ports/activity-store.ts';
import { checkEncryption } from './configuration.ts';
import { tagRecords } from './tag-records.ts';

/**
 * Idempotent: the activity that has the name, old or new. Errors: InvalidName,
 * InvalidEncryptionConfiguration, TooManyTags.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
 */
export async function createActivity(
  context: EnginePorts,
  request: {
    readonly name: string;
    readonly encryptionConfiguration?: EncryptionConfiguration;
    readonly tags?: readonly Tag[];
  },
): Promise<ActivityRecord> {
  const { name, encryptionConfiguration } = request;
  requireName(name);
  if (encryptionConfiguration !== undefined) checkEncryption(encryptionConfiguration);
  const arn = activityArn(context.settings, name);
  const activity = { activityArn: arn, name, createdAt: context.clock.now() };
  return context.store.createActivity(activity, tagRecords(arn, request.tags ?? []));
}
