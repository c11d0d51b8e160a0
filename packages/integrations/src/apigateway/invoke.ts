import {
  type Integration,
  type Outgoing,
  type OutgoingAnswer,
  OutgoingFailedError,
  type OutgoingFailure,
  OutgoingRefusedError,
  OutgoingTooLargeError,
  type TaskOutcome,
  type TaskRequest,
} from '@everstep/engine';
import type { SdkCaller } from '../aws-sdk/sdk-caller.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { UnusableAnswerError, bodyText, bodyValue, headerLists, retryAfterMs } from '../http/http-response.ts';
import { UnusableParametersError } from '../http/unusable-parameters-error.ts';
import { MAX_RESULT_BYTES, resultTooLarge } from '../result-limit.ts';
import { type ApiCall, readApiCall } from './api-call.ts';
import { signRequest } from './sign-request.ts';

export interface ApiGatewayOptions {
  readonly outgoing: Outgoing;
  /** Whose credentials sign. */
  readonly caller: Pick<SdkCaller, 'credentials'>;
  readonly region: string;
  /** Where APIs are in place of AWS, as `readApiCall` takes it. */
  readonly gateway: string | null;
  readonly now: () => number;
  /** How long a call may take, in milliseconds (60,000). */
  readonly callTimeoutMs?: number;
}

const CALL_MS = 60_000;
/** AWS's limit of a cause, in characters. */
const MAX_CAUSE = 32_768;

/** No credentials to sign with. */
class UnsignedError extends Error {}

/**
 * `arn:aws:states:::apigateway:invoke`, and with `.waitForTaskToken`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 */
export function createApiGatewayIntegration(options: ApiGatewayOptions): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const deadline = AbortSignal.timeout(options.callTimeoutMs ?? CALL_MS);
      try {
        const call = readApiCall(request.parameters, options.gateway);
        const sent = await authorized(options, call, request.roleArn);
        const signal = AbortSignal.any([request.signal, deadline]);
        const answer = await options.outgoing.request({ ...sent, maxAnswerBytes: MAX_RESULT_BYTES, signal });
        return outcomeOf(request, answer, options.now());
      } catch (error) {
        return failureOf(request, error, deadline.aborted);
      }
    },
  };
}

/** There is no service principal here: what AWS signs as itself for RESOURCE_POLICY is signed as with IAM_ROLE. */
async function authorized(options: ApiGatewayOptions, call: ApiCall, roleArn: string | null): Promise<HttpRequest> {
  if (call.authType === 'NO_AUTH') return call.request;
  const credentials = await options.caller.credentials(roleArn).catch((error: unknown) => {
    throw new UnsignedError(error instanceof Error ? error.message : String(error));
  });
  const scope = { region: call.region ?? options.region, service: 'execute-api' };
  return signRequest(call.request, credentials, scope, options.now());
}

function outcomeOf({ resource }: TaskRequest, answer: OutgoingAnswer, now: number): TaskOutcome {
  const { statusCode, statusText } = answer;
  if (statusCode < 200 || statusCode > 299) {
    const wait = retryAfterMs(answer, now);
    const said = answer.body.toString('utf8').slice(0, MAX_CAUSE);
    const cause = said === '' ? statusText : said;
    const failure = { type: 'failed', error: `ApiGateway.${statusCode}`, cause } as const;
    return wait === null ? failure : { ...failure, retryAfterMs: wait };
  }
  const output = {
    ResponseBody: bodyValue(answer, bodyText(answer)),
    Headers: headerLists(answer, (name) => name),
    StatusCode: statusCode,
    StatusText: statusText,
  };
  return { type: resource.pattern === 'waitForTaskToken' ? 'submitted' : 'succeeded', output };
}

/** The exceptions that AWS's errors are called after. */
const EXCEPTIONS: Readonly<Record<OutgoingFailure, string>> = {
  unresolved: 'UnknownHostException',
  unreachable: 'ConnectException',
  untrusted: 'SSLException',
  broken: 'SocketException',
  aborted: 'SocketTimeoutException',
};

function failureOf(request: TaskRequest, error: unknown, isLate: boolean): TaskOutcome {
  const failed = (name: string, cause: string): TaskOutcome => ({ type: 'failed', error: name, cause });
  // Nobody listens to a call that was ended.
  if (request.signal.aborted) return failed('States.TaskFailed', 'cancelled');
  if (error instanceof UnusableParametersError || error instanceof UnusableAnswerError) {
    return failed('States.Runtime', error.message);
  }
  if (error instanceof UnsignedError) return failed('ApiGateway.SdkClientException', error.message);
  if (error instanceof OutgoingRefusedError) return failed('States.Permissions', error.message);
  if (error instanceof OutgoingTooLargeError) return resultTooLarge(request.resource.service);
  if (!(error instanceof OutgoingFailedError)) throw error;
  return failed(`ApiGateway.${EXCEPTIONS[error.reason]}`, isLate ? 'Read timed out' : error.message);
}
