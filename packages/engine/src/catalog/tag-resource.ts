import { ApiError, QUOTAS, type Tag } from '@everstep/protocol';
import type { EnginePorts } from '../context.ts';
import { tagRecords, tooManyTags } from './tag-records.ts';

/**
 * Adds tags to a state machine or an activity; a key that is there gets the new value. Errors: ResourceNotFound,
 * TooManyTags. https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html
 */
export async function tagResource(
  { store }: Pick<EnginePorts, 'store'>,
  request: { readonly resourceArn: string; readonly tags: readonly Tag[] },
): Promise<void> {
  const { resourceArn } = request;
  const outcome = await store.tagResource(resourceArn, tagRecords(resourceArn, request.tags), QUOTAS.tags);
  if (outcome === 'no-resource') throw resourceNotFound(resourceArn);
  if (outcome === 'too-many') throw tooManyTags(resourceArn);
}

/**
 * Keys that the resource does not have are ignored. Errors: ResourceNotFound.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html
 */
export async function untagResource(
  { store }: Pick<EnginePorts, 'store'>,
  request: { readonly resourceArn: string; readonly tagKeys: readonly string[] },
): Promise<void> {
  const found = await store.untagResource(request.resourceArn, request.tagKeys);
  if (!found) throw resourceNotFound(request.resourceArn);
}

export function resourceNotFound(resourceArn: string): ApiError {
  return new ApiError('ResourceNotFound', `Resource not found: '${resourceArn}'`, { resourceName: resourceArn });
}
