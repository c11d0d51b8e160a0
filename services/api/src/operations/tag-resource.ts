import { tagResource } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const tagResourceRoute = route(operations.tagResource, async ({ engine }, input) => {
  await tagResource(engine, input);
  return {};
});
