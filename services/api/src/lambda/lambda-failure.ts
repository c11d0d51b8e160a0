import { FunctionServiceError } from '@everstep/engine';
import type { ApiError } from '@everstep/protocol';
import { toApiError } from '../api-failure.ts';

/** A refusal as the Lambda API tells it: the code in a header, the rest as JSON. */
export interface LambdaFailure {
  readonly code: string;
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html */
const DENIALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);

export function lambdaFailure(error: unknown, requestId: string): LambdaFailure {
  if (error instanceof FunctionServiceError) return ofService(error);
  return ofDoor(toApiError(error, requestId));
}

function ofService({ code, statusCode, message }: FunctionServiceError): LambdaFailure {
  const type = statusCode >= 500 ? 'Service' : 'User';
  const body: Record<string, string> = { Type: type, Message: message };
  if (code === 'TooManyRequestsException') body['Reason'] = THROTTLED;
  return { code, status: statusCode, body };
}

const THROTTLED = 'ReservedFunctionConcurrentInvocationLimitExceeded';

/** What the server refuses before any function is looked for. */
function ofDoor({ code, status, message }: ApiError): LambdaFailure {
  switch (code) {
    case 'ThrottlingException':
      return {
        code: 'TooManyRequestsException',
        status: 429,
        body: { Type: 'User', Message: 'Rate exceeded', Reason: 'CallerRateLimitExceeded' },
      };
    case 'ServiceUnavailable':
    case 'InternalFailure':
      return { code: 'ServiceException', status, body: { Type: 'Service', Message: message } };
    default: {
      const text = { Type: 'User', Message: message };
      return { code, status: DENIALS.has(code) ? 403 : status, body: text };
    }
  }
}
