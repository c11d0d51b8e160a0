import { deleteActivity } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const deleteActivityRoute = route(operations.deleteActivity, async ({ engine }, input) => {
  await deleteActivity(engine, input);
  return {};
});
