import { untagResource } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const untagResourceRoute = route(operations.untagResource, async ({ engine }, input) => {
  await untagResource(engine, input);
  return {};
});
