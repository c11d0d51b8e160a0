import {
  type FunctionAnswer,
  type FunctionClientContext,
  type FunctionInvocation,
  FunctionServiceError,
} from '@everstep/engine';
import type { LambdaAnswer, LambdaCall } from './lambda-operation.ts';
import { notFound } from './not-found.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const SYNC_PAYLOAD_BYTES = 6_291_456;
const EVENT_PAYLOAD_BYTES = 1_048_576;
const CLIENT_CONTEXT_LENGTH = 3_583;

/**
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 * Errors: ResourceNotFoundException, InvalidParameterValueException, InvalidRequestContentException,
 * RequestTooLargeException, TooManyRequestsException.
 */
export async function invokeFunction(call: LambdaCall): Promise<LambdaAnswer> {
  const { functions, functionName, qualifier, requestId, header } = call;
  if (functions === null) throw notFound(call);
  const invocationType = readType(call, header('x-amz-invocation-type') ?? 'RequestResponse');
  const clientContext = readClientContext(call, header('x-amz-client-context'));
  const traceId = header('x-amzn-trace-id');
  const answer = await functions.invoke({
    functionName,
    ...(qualifier === undefined ? {} : { qualifier }),
    payload: readPayload(call, invocationType),
    invocationType,
    ...(clientContext === null ? {} : { clientContext }),
    ...(traceId === undefined ? {} : { traceId }),
    logTail: invocationType === 'RequestResponse' && readLogType(call, header('x-amz-log-type') ?? 'None'),
    // As in AWS: what was begun runs to its end, whoever waits for it.
    signal: new AbortController().signal,
  });
  return { status: answer.statusCode, headers: headersOf(answer, requestId), body: answer.payload };
}

function headersOf(answer: FunctionAnswer, requestId: string): Record<string, string> {
  const { executedVersion, functionError, logResult, traceId } = answer;
  return {
    // The id under which the function knows its invocation.
    'x-amzn-requestid': answer.requestId === '' ? requestId : answer.requestId,
    'x-amz-executed-version': executedVersion,
    ...(functionError === undefined ? {} : { 'x-amz-function-error': functionError }),
    ...(logResult === undefined ? {} : { 'x-amz-log-result': Buffer.from(logResult).toString('base64') }),
    ...(traceId === undefined ? {} : { 'x-amzn-trace-id': traceId }),
  };
}

function readType({ requestId }: LambdaCall, text: string): FunctionInvocation['invocationType'] {
  if (text === 'RequestResponse' || text === 'Event' || text === 'DryRun') return text;
  throw invalid(requestId, 'invocationType', text, '[Event, RequestResponse, DryRun]');
}

function readLogType({ requestId }: LambdaCall, text: string): boolean {
  if (text === 'Tail' || text === 'None') return text === 'Tail';
  throw invalid(requestId, 'logType', text, '[None, Tail]');
}

function invalid(requestId: string, member: string, text: string, values: string): FunctionServiceError {
  const message =
    `1 validation error detected: Value '${text.slice(0, 100)}' at '${member}' failed to satisfy constraint: ` +
    `Member must satisfy enum value set: ${values}`;
  return new FunctionServiceError('ValidationException', 400, requestId, message);
}

function readPayload({ body, requestId }: LambdaCall, type: FunctionInvocation['invocationType']): string {
  const limit = type === 'Event' ? EVENT_PAYLOAD_BYTES : SYNC_PAYLOAD_BYTES;
  if (body.length > limit) {
    const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
    throw new FunctionServiceError('RequestTooLargeException', 413, requestId, message);
  }
  // As Lambda does for a call without a payload.
  if (body.length === 0) return '{}';
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    JSON.parse(text);
    return text;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    // The parser's own message quotes the payload, which may hold secrets.
    const message = 'Could not parse request body into json: the payload is not valid JSON in UTF-8.';
    throw new FunctionServiceError('InvalidRequestContentException', 400, requestId, message);
  }
}

function readClientContext({ requestId }: LambdaCall, text: string | undefined): FunctionClientContext | null {
  if (text === undefined || text === '') return null;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    if (text.length <= CLIENT_CONTEXT_LENGTH && isContext(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const message = 'Client context must be a valid Base64-encoded JSON object of at most 3583 bytes.';
  throw new FunctionServiceError('InvalidRequestContentException', 400, requestId, message);
}

function isContext(value: unknown): value is FunctionClientContext {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
