import { resourceNotFound } from '@everstep/engine';
import { operations } from '@everstep/protocol';
import { route } from '../api-context.ts';

export const listTagsForResourceRoute = route(operations.listTagsForResource, async ({ engine }, input) => {
  const tags = await engine.store.listTags(input.resourceArn);
  if (tags === null) throw resourceNotFound(input.resourceArn);
  return { tags };
});
