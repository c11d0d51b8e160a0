import { type EncryptionConfiguration, activityArn, requireName } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import type { ActivityRecord } from '../ports/activity-store.ts';
import { checkEncryption } from './configuration.ts';

/**
 * Idempotent: the activity that has the name, old or new. Errors: InvalidName, InvalidEncryptionConfiguration.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html
 */
export async function createActivity(
  context: EnginePorts,
  request: { readonly name: string; readonly encryptionConfiguration?: EncryptionConfiguration },
): Promise<ActivityRecord> {
  const { name, encryptionConfiguration } = request;
  requireName(name);
  if (encryptionConfiguration !== undefined) checkEncryption(encryptionConfiguration);
  return context.store.createActivity({
    activityArn: activityArn(context.settings, name),
    name,
    createdAt: context.clock.now(),
  });
}
