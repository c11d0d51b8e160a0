import {
  type FunctionAnswer,
  type FunctionClientContext,
  type FunctionInvocation,
  type FunctionInvoker,
  FunctionServiceError,
  type TaskOutcome,
  type TaskRequest,
} from '@everstep/engine';
import { JsonSyntaxError, isObject, parseJson } from '@everstep/language';
import { AnswerTooLargeError } from '../aws-sdk/response-guard.ts';
import { MAX_RESULT_BYTES, resultTooLarge } from '../result-limit.ts';
import { serviceErrorText } from '../service-error.ts';

/** What both ways of calling a function say about the attempt: the function sees it as its client context. */
export function attemptContext(request: TaskRequest): FunctionClientContext {
  return {
    custom: {
      idempotencyKey: request.attemptId,
      executionArn: request.executionArn,
      stateName: request.stateName,
    },
  };
}

/** Calls a function; a refusal or a function error becomes the failure AWS reports for it. */
export async function callFunction(
  functions: FunctionInvoker,
  resource: string,
  invocation: FunctionInvocation,
): Promise<{ answer: FunctionAnswer } | { failure: TaskOutcome & { type: 'failed' } }> {
  try {
    const answer = await functions.invoke(invocation);
    // Told before the text is looked at: an oversized answer need not be JSON.
    if (Buffer.byteLength(answer.payload) > MAX_RESULT_BYTES) return { failure: resultTooLarge(resource) };
    if (answer.functionError === undefined) return { answer };
    return { failure: failureOf(answer.payload) };
  } catch (error) {
    if (error instanceof AnswerTooLargeError) return { failure: resultTooLarge(resource) };
    if (!(error instanceof FunctionServiceError)) throw error;
    const { code, message, statusCode, requestId } = error;
    const cause = serviceErrorText({ message, service: 'AWSLambda', statusCode, code, requestId });
    return { failure: { type: 'failed', error: `Lambda.${code}`, cause } };
  }
}

/** A function that failed without an errorType is `Lambda.Unknown`, in AWS's words. */
function failureOf(payload: string): TaskOutcome & { type: 'failed' } {
  const type = errorTypeOf(payload);
  if (type !== null) return { type: 'failed', error: type, cause: payload };
  const text = 'The cause could not be determined because Lambda did not return an error type.';
  return { type: 'failed', error: 'Lambda.Unknown', cause: `${text} Returned payload: ${payload}` };
}

function errorTypeOf(payload: string): string | null {
  try {
    const parsed = parseJson(payload);
    const type = isObject(parsed) ? parsed['errorType'] : undefined;
    return typeof type === 'string' && type !== '' ? type : null;
  } catch (error) {
    // A runtime of somebody's own may answer anything.
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}
