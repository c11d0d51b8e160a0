import { ApiError, QUOTAS, type Tag } from '@everstep/protocol';
import type { TagRecord } from '../ports/tag-store.ts';

/** Of a key that stands twice the last value counts; a tag without a value has an empty one. Errors: TooManyTags. */
export function tagRecords(resourceArn: string, tags: readonly Tag[]): TagRecord[] {
  const records = new Map(tags.map(({ key, value = '' }) => [key, { key, value }]));
  if (records.size > QUOTAS.tags) throw tooManyTags(resourceArn);
  return [...records.values()];
}

export function tooManyTags(resourceArn: string): ApiError {
  const message = `Too many tags: a resource has at most ${QUOTAS.tags}.`;
  return new ApiError('TooManyTags', message, { resourceName: resourceArn });
}
