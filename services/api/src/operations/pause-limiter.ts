import { pauseLimiter } from '@everstep/engine';
import { limiterArn, operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const pauseLimiterRoute = route(operations.pauseLimiter, async ({ engine }, { name }) => {
  await pauseLimiter(engine, limiterArn(engine.settings, name));
  return {};
});
