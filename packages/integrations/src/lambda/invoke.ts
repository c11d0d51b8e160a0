import type {
  FunctionAnswer,
  FunctionClientContext,
  FunctionInvoker,
  Integration,
  TaskOutcome,
  TaskRequest,
} from '@everstep/engine';
import { type Json, type JsonObject, JsonSyntaxError, isObject, parseJson } from '@everstep/language';
import { parseFunctionName } from '@everstep/protocol';
import { withSdkMetadata } from '../sdk-metadata.ts';
import { attemptContext, callFunction } from './call-function.ts';

/**
 * `arn:aws:states:::lambda:invoke`: the Invoke API with its parameters and its whole response.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
 */
export function createLambdaInvokeIntegration(functions: FunctionInvoker): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const parameters = readParameters(request.parameters);
      if (typeof parameters === 'string') return { type: 'failed', error: 'States.Runtime', cause: parameters };
      const context = attemptContext(request);
      const called = await callFunction(functions, request.resource.arn, {
        functionName: parameters.functionName,
        ...(parameters.qualifier === undefined ? {} : { qualifier: parameters.qualifier }),
        payload: payloadText(parameters.payload),
        invocationType: parameters.invocationType,
        clientContext: {
          ...parameters.clientContext,
          custom: { ...parameters.clientContext.custom, ...context.custom },
        },
        executionArn: request.executionArn,
        signal: request.signal,
      });
      if ('failure' in called) return called.failure;
      const output = describeAnswer(called.answer);
      return { type: request.resource.pattern === 'waitForTaskToken' ? 'submitted' : 'succeeded', output };
    },
  };
}

interface InvokeParameters {
  readonly functionName: string;
  readonly qualifier: string | undefined;
  readonly payload: Json;
  readonly invocationType: 'RequestResponse' | 'Event' | 'DryRun';
  readonly clientContext: FunctionClientContext;
}

/** A string is what is wrong with them. */
function readParameters(parameters: Json): InvokeParameters | string {
  if (!isObject(parameters)) return 'The Parameters of lambda:invoke must be an object.';
  const functionName = parameters['FunctionName'];
  if (typeof functionName !== 'string' || functionName === '') {
    return "The Parameters of lambda:invoke need 'FunctionName', a non-empty string.";
  }
  // AWS names `$LATEST` where neither the name nor the state says a version or an alias; its refusals show it.
  const own = parseFunctionName(functionName).qualifier;
  const qualifier = parameters['Qualifier'] ?? (own === undefined ? '$LATEST' : undefined);
  if (qualifier !== undefined && typeof qualifier !== 'string') return "'Qualifier' must be a string.";
  const invocationType = parameters['InvocationType'] ?? 'RequestResponse';
  if (invocationType !== 'RequestResponse' && invocationType !== 'Event' && invocationType !== 'DryRun') {
    return "'InvocationType' must be RequestResponse, Event or DryRun.";
  }
  const clientContext = readClientContext(parameters['ClientContext']);
  if (clientContext === null) return "'ClientContext' must be base64-encoded JSON of at most 3,583 bytes.";
  return { functionName, qualifier, payload: parameters['Payload'] ?? {}, invocationType, clientContext };
}

/** A string that is JSON text is sent as it is; anything else as its JSON. */
function payloadText(payload: Json): string {
  if (typeof payload !== 'string') return JSON.stringify(payload);
  try {
    parseJson(payload);
    return payload;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return JSON.stringify(payload);
  }
}

const MAX_CLIENT_CONTEXT = 3_583;

/** A base64 client context; null: it is not one. */
function readClientContext(value: Json | undefined): FunctionClientContext | null {
  if (value === undefined) return {};
  if (typeof value !== 'string' || value.length > MAX_CLIENT_CONTEXT) return null;
  try {
    const parsed = parseJson(Buffer.from(value, 'base64').toString('utf8'));
    if (!isObject(parsed)) return null;
    const { custom, ...rest } = parsed;
    return custom !== undefined && isObject(custom) ? { ...rest, custom } : rest;
  } catch {
    // Not JSON: the caller says so in the state's error.
    return null;
  }
}

function describeAnswer(answer: FunctionAnswer): JsonObject {
  const length = String(Buffer.byteLength(answer.payload));
  const output: JsonObject = { ExecutedVersion: answer.executedVersion };
  if (answer.payload !== '') output['Payload'] = parseJson(answer.payload);
  const described = withSdkMetadata(output, {
    requestId: answer.requestId,
    statusCode: answer.statusCode,
    headers: {
      Connection: 'keep-alive',
      'Content-Length': length,
      'Content-Type': 'application/json',
      Date: new Date().toUTCString(),
      'X-Amz-Executed-Version': answer.executedVersion,
      'x-amzn-Remapped-Content-Length': '0',
      'x-amzn-RequestId': answer.requestId,
      'X-Amzn-Trace-Id': answer.traceId ?? `root=1-${answer.requestId.slice(0, 8)};sampled=0`,
    },
  });
  return { ...described, StatusCode: answer.statusCode };
}
