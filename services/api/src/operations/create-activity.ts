import { createActivity } from '@everstep/engine';
import { epochSeconds, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const createActivityRoute = route(operations.createActivity, async ({ engine }, input) => {
  const activity = await createActivity(engine, input);
  return { activityArn: activity.activityArn, creationDate: epochSeconds(activity.createdAt) };
});
