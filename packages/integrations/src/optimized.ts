import type { Integration, TaskOutcome, TaskRequest } from '@everstep/engine';
import type { Json, JsonObject } from '@everstep/language';
import type { CommandResponse } from './aws-sdk/response-guard.ts';
import type { SdkCaller } from './aws-sdk/sdk-caller.ts';
import type { SdkRefusal } from './aws-sdk/sdk-refusal.ts';
import { withSdkMetadata } from './sdk-metadata.ts';
import { serviceErrorText } from './service-error.ts';

/** How AWS's own integration of a service differs from the general one. */
export interface OptimizedService {
  /** As in an `aws-sdk:` Resource, whose client it uses. */
  readonly client: string;
  /** Before the dot of an error: `SQS`. */
  readonly prefix: string;
  /** The service in an error's text: `AmazonSQS`. */
  readonly service: string;
  /** What an error is called that the API does not describe: `AmazonSQSException`. */
  readonly exception: string;
  /** The parameters as they are sent, where AWS adds to them. */
  readonly prepare?: (request: TaskRequest) => Json;
  /** A failure that the service reports in an answer. */
  readonly failureIn?: (output: JsonObject) => TaskOutcome | null;
}

/**
 * An integration that AWS optimised, with its errors in the words of the Java SDK, version 1, and the metadata of its
 * response.
 * https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
 */
export function createOptimizedIntegration(
  caller: SdkCaller,
  optimized: OptimizedService,
  operation: string,
): Integration {
  return {
    async perform(request: TaskRequest): Promise<TaskOutcome> {
      const parameters = optimized.prepare?.(request) ?? request.parameters;
      const called = await caller.call(request, optimized.client, operation, parameters);
      if (called.type === 'failed') return called.outcome;
      if (called.type === 'refused') return optimizedRefusal(optimized, called.refusal);
      const failure = optimized.failureIn?.(called.output) ?? null;
      if (failure !== null) return failure;
      const output = optimizedOutput(called.output, called.response);
      return { type: request.resource.pattern === 'requestResponse' ? 'succeeded' : 'submitted', output };
    },
  };
}

/** An answer with the metadata of its response. */
export function optimizedOutput(output: JsonObject, response: CommandResponse): JsonObject {
  return withSdkMetadata(output, javaHeaders(response));
}

export function optimizedRefusal(optimized: OptimizedService, refusal: SdkRefusal): TaskOutcome {
  const { prefix, service } = optimized;
  const { message, statusCode, code, requestId } = refusal;
  if (statusCode === null) {
    return { type: 'failed', error: `${prefix}.SdkClientException`, cause: message };
  }
  const cause = serviceErrorText({ message, service, statusCode, code, requestId });
  return { type: 'failed', error: `${prefix}.${refusal.exception ?? optimized.exception}`, cause };
}

/** The spelling of headers that AWS's answers have; HTTP gives them in lower case. */
const JAVA_HEADERS: ReadonlyMap<string, string> = new Map(
  ['Content-Length', 'Content-Type', 'Date', 'Server', 'x-amzn-RequestId', 'X-Amzn-Trace-Id'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

function javaHeaders(response: CommandResponse): CommandResponse {
  const headers = Object.entries(response.headers).map(([name, value]) => [JAVA_HEADERS.get(name) ?? name, value]);
  return { ...response, headers: Object.fromEntries(headers) };
}
