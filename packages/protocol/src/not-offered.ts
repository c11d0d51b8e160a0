import { ApiError } from './errors.ts';
import type { Tag } from './shapes.ts';

/**
 * Members of requests that this version does not carry out. They are refused rather than ignored: a caller who asked
 * for a version must not be told that there is one.
 */
export function refuseTags(tags: readonly Tag[] | undefined): void {
  if (tags !== undefined && tags.length > 0) {
    throw new ApiError(
      'ValidationException',
      'This version of Everstep does not offer tags; send the request without them.',
    );
  }
}

export function refuseVersions(input: { readonly publish?: boolean; readonly versionDescription?: string }): void {
  if (input.publish === true) {
    throw new ApiError(
      'ValidationException',
      'This version of Everstep does not offer state machine versions; send the request without publish.',
    );
  }
  if (input.versionDescription !== undefined) {
    throw new ApiError('ValidationException', 'Version description can only be set when publish is true');
  }
}
