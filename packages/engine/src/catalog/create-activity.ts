import { ApiError, type EncryptionConfiguration, type Tag, activityArn, requireName } from '@everstep/protocol';
import { type EnginePorts, encryptionKeysOf } from '../context.ts';
import { completeEncryption } from '../encryption/key-in-use.ts';
import type { ActivityRecord } from '../ports/activity-store.ts';
import { tagRecords } from './tag-records.ts';

/**
 * Idempotent: the activity that has the name, old or new, unless the request asks for other encryption. Errors:
 * InvalidName, InvalidEncryptionConfiguration, KmsAccessDeniedException, TooManyTags, ActivityAlreadyExists.
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
  const arn = activityArn(context.settings, name);
  const encryption = encryptionConfiguration === undefined ? null : encryptionText(context, encryptionConfiguration);
  const activity = { activityArn: arn, name, createdAt: context.clock.now(), encryption };
  const created = await context.store.createActivity(activity, tagRecords(arn, request.tags ?? []));
  if (created.encryption !== encryption) {
    throw new ApiError('ActivityAlreadyExists', `Activity Already Exists: '${arn}'`);
  }
  return created;
}

/** null: AWS's default. */
function encryptionText(context: EnginePorts, asked: EncryptionConfiguration): string | null {
  const completed = completeEncryption(encryptionKeysOf(context), context.settings.accountId, asked);
  return completed.type === 'AWS_OWNED_KEY' ? null : JSON.stringify(completed);
}
