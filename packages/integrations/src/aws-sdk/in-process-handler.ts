import type { Readable } from 'node:stream';
import { memberOf, textOf } from '../unknown-member.ts';
import type { StepFunctionsApi } from './step-functions-api.ts';

/** What the SDK's clients call a request handler. */
export interface RequestHandler {
  handle(request: unknown, options?: unknown): Promise<{ readonly response: HttpAnswer }>;
  destroy(): void;
}

interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | Readable;
}

const NEVER = new AbortController().signal;

/**
 * Lets the SDK's client of Step Functions call this installation in its own process: the same parameters, answers and
 * errors as over the network, and no endpoint or key to set.
 */
export function createInProcessHandler(api: StepFunctionsApi, accountId: string): RequestHandler {
  return {
    async handle(request, options) {
      const target = textOf(memberOf(request, 'headers'), 'x-amz-target') ?? '';
      const body = memberOf(request, 'body');
      const signal = memberOf(options, 'abortSignal');
      const answer = await api.call({
        accountId,
        operation: target.slice(target.indexOf('.') + 1),
        body: body instanceof Uint8Array ? new TextDecoder().decode(body) : (textOf(request, 'body') ?? '{}'),
        signal: signal instanceof AbortSignal ? signal : NEVER,
      });
      return {
        response: {
          statusCode: answer.statusCode,
          headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': answer.requestId },
          body: Buffer.from(answer.body),
        },
      };
    },
    destroy() {},
  };
}
