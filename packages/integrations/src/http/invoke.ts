import {
  type CallCredentials,
  type ConnectionCredentials,
  ConnectionUseError,
  type Integration,
  type Outgoing,
  type OutgoingAnswer,
  OutgoingFailedError,
  OutgoingRefusedError,
  OutgoingTooLargeError,
  type TaskOutcome,
  type TaskRequest,
} from '@everstep/engine';
import { accountOfArn } from '@everstep/protocol';
import { unlessAborted } from '../outgoing/unless-aborted.ts';
import { MAX_RESULT_BYTES, resultTooLarge } from '../result-limit.ts';
import { type HttpCall, readHttpCall } from './http-parameters.ts';
import { type Added, type HttpRequest, NOTHING_ADDED, httpRequest } from './http-request.ts';
import { UnusableAnswerError, bodyText, bodyValue, headerLists, retryAfterMs } from './http-response.ts';
import { shownHeaders } from './http-values.ts';
import { UnusableParametersError } from './unusable-parameters-error.ts';

export interface HttpInvokeOptions {
  readonly outgoing: Outgoing;
  readonly credentials: Pick<ConnectionCredentials, 'of'>;
  readonly region: string;
  /** How long a call may take with all that belongs to it, in milliseconds (AWS: 60,000). */
  readonly callTimeoutMs?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const CALL_MS = 60_000;

/**
 * `arn:aws:states:::http:invoke`: an HTTPS API with the credentials of a connection. As AWS does, it follows no redirect,
 * and takes every answer that is not 2xx for a failure.
 * https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
 */
export function createHttpInvokeIntegration(options: HttpInvokeOptions): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const deadline = AbortSignal.timeout(options.callTimeoutMs ?? CALL_MS);
      try {
        const call = readHttpCall(request.parameters);
        const signal = AbortSignal.any([request.signal, deadline]);
        return outcomeOf(await invoke(options, { call, request, signal }), options.now());
      } catch (error) {
        return failureOf(request, error, deadline.aborted);
      }
    },
  };
}

interface Invocation {
  readonly call: HttpCall;
  readonly request: TaskRequest;
  readonly signal: AbortSignal;
}

async function invoke(options: HttpInvokeOptions, invocation: Invocation): Promise<OutgoingAnswer> {
  const { call, request, signal } = invocation;
  const accountId = accountOfArn(request.executionArn);
  const credentials = await unlessAborted(signal, () => options.credentials.of(call.connectionArn, accountId));
  const answer = await send(options, invocation, credentials);
  if (answer.statusCode !== 401 && answer.statusCode !== 407) return answer;
  // The service knows the token no more: it has done nothing yet, so it is asked again with a new one.
  const renewed = await unlessAborted(signal, () => credentials.renew());
  return renewed === null ? answer : send(options, invocation, renewed);
}

async function send(
  { outgoing, region }: HttpInvokeOptions,
  { call, request: { trace }, signal }: Invocation,
  credentials: CallCredentials,
): Promise<OutgoingAnswer> {
  const request = httpRequest(call, credentials, region);
  const shown: Added = trace?.revealSecrets === true ? credentials : NOTHING_ADDED;
  const traced = trace === undefined ? null : shownRequest(httpRequest(call, shown, region));
  if (traced !== null) trace?.note({ request: traced });
  const answer = await outgoing.request({ ...request, maxAnswerBytes: MAX_RESULT_BYTES, signal });
  if (traced !== null) trace?.note({ request: traced, response: shownAnswer(request, answer) });
  return answer;
}

function shownRequest({ method, url, headers, body }: HttpRequest): object {
  return {
    protocol: url.protocol.slice(0, -1),
    method,
    url: url.href,
    headers: shownHeaders(headers),
    ...(body === null ? {} : { body }),
  };
}

function shownAnswer({ url }: HttpRequest, { statusCode, statusText, headers, body }: OutgoingAnswer): object {
  return {
    protocol: url.protocol.slice(0, -1),
    statusCode: String(statusCode),
    statusMessage: statusText,
    headers: shownHeaders(headers),
    body: body.toString('utf8'),
  };
}

function outcomeOf(answer: OutgoingAnswer, now: number): TaskOutcome {
  const { statusCode, statusText } = answer;
  if (statusCode < 200 || statusCode > 299) {
    const wait = retryAfterMs(answer, now);
    const failure = { type: 'failed', error: `States.Http.StatusCode.${statusCode}`, cause: statusText } as const;
    return wait === null ? failure : { ...failure, retryAfterMs: wait };
  }
  const output = {
    Headers: headerLists(answer, (name) => name.toLowerCase()),
    ResponseBody: bodyValue(answer, bodyText(answer)),
    StatusCode: statusCode,
    StatusText: statusText,
  };
  return { type: 'succeeded', output };
}

function failureOf(request: TaskRequest, error: unknown, isLate: boolean): TaskOutcome {
  const failed = (name: string, cause: string): TaskOutcome => ({ type: 'failed', error: name, cause });
  // Nobody listens to a call that was ended.
  if (request.signal.aborted) return failed('States.TaskFailed', 'cancelled');
  if (error instanceof UnusableParametersError || error instanceof UnusableAnswerError) {
    return failed('States.Runtime', error.message);
  }
  if (error instanceof ConnectionUseError) return failed(`Events.ConnectionResource.${error.problem}`, error.message);
  if (error instanceof OutgoingRefusedError) return failed('States.Permissions', error.message);
  if (error instanceof OutgoingTooLargeError) return resultTooLarge(request.resource.service);
  if (!(error instanceof OutgoingFailedError)) throw error;
  return failed('States.Http.Socket', isLate ? 'Read timed out' : error.message);
}
