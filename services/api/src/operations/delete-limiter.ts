import { deleteLimiter } from '@everstep/engine';
import { limiterArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const deleteLimiterRoute = route(operations.deleteLimiter, async ({ engine }, { name }) => {
  await deleteLimiter(engine, limiterArn(engine.settings, name));
  return {};
});
