import { OutcomeUnknownError, StoreUnavailableError } from '@everstep/engine';
import { ApiError } from '@everstep/protocol';

/**
 * What the caller is told. Everything that is no ApiError is told as one that says nothing of the inside: SDKs try
 * again after ServiceUnavailable and InternalFailure.
 */
export function toApiError(error: unknown, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreUnavailableError) {
    return new ApiError('ServiceUnavailable', 'The store does not answer. Please try again.');
  }
  // As after a connection that broke: a name or a token makes the second try the same as the first.
  if (error instanceof OutcomeUnknownError) {
    return new ApiError('ServiceUnavailable', 'The store did not answer in time. Please try again.');
  }
  if (isTooLarge(error)) {
    return new ApiError('RequestEntityTooLargeException', 'Request size exceeded the allowed limit.');
  }
  if (isBadRequest(error)) return new ApiError('SerializationException', 'The request could not be read.');
  return new ApiError('InternalFailure', `An internal failure occurred. Request id: ${requestId}`);
}

/** Fastify's own refusals carry the status they mean. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

function isTooLarge(error: unknown): boolean {
  return statusOf(error) === 413;
}

function isBadRequest(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500;
}
