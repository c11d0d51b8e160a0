import { resumeLimiter } from '@everstep/engine';
import { limiterArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const resumeLimiterRoute = route(operations.resumeLimiter, async ({ engine }, { name }) => {
  await resumeLimiter(engine, limiterArn(engine.settings, name));
  return {};
});
