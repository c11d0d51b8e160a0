import { parseEncryption } from '@everstep/engine';
import { ApiError, epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const describeActivityRoute = route(operations.describeActivity, async ({ engine }, input) => {
  const activity = await engine.store.findActivity(input.activityArn);
  if (activity === null) {
    throw new ApiError('ActivityDoesNotExist', `Activity Does Not Exist: '${input.activityArn}'`);
  }
  return {
    activityArn: activity.activityArn,
    name: activity.name,
    creationDate: epochSeconds(activity.createdAt),
    encryptionConfiguration: parseEncryption(activity.encryption),
  };
});
