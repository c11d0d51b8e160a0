import { type Readable, Transform, pipeline } from 'node:stream';
import { memberOf } from '../unknown-member.ts';

/** What came back over HTTP, for the metadata that optimised integrations show. */
export interface CommandResponse {
  readonly requestId: string;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The answer has more bytes than any state could take. */
export class AnswerTooLargeError extends Error {
  constructor() {
    super(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
    this.name = 'AnswerTooLargeError';
  }
}

/** XML takes several times the room of the 262,144 bytes of JSON that a state may give. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** Watches one command: what it is answered with, and that no answer fills the memory. */
export function observeResponse(command: unknown): { readonly response: CommandResponse } {
  let response: unknown;
  const middleware = (next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
    const answer = await next(args);
    response = memberOf(answer, 'response');
    guardBody(response);
    return answer;
  };
  const stack = memberOf(command, 'middlewareStack');
  const add = memberOf(stack, 'add');
  // The lowest priority of the step is nearest to the wire: before anything reads the body.
  const place = { step: 'deserialize', priority: 'low', name: 'everstepResponseGuard' };
  if (typeof add === 'function') Reflect.apply(add, stack, [middleware, place]);
  return {
    get response() {
      return describe(response);
    },
  };
}

function guardBody(response: unknown): void {
  const body = memberOf(response, 'body');
  if (typeof response !== 'object' || response === null || !isReadable(body)) return;
  let bytes = 0;
  const limited = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) done(new AnswerTooLargeError());
      else done(null, chunk);
    },
  });
  // A connection cut on the way ends the guarded stream with its error, which its reader sees.
  pipeline(body, limited, () => {});
  Reflect.set(response, 'body', limited);
}

function isReadable(body: unknown): body is Readable {
  return typeof memberOf(body, 'pipe') === 'function';
}

function describe(response: unknown): CommandResponse {
  const statusCode = memberOf(response, 'statusCode');
  const given = memberOf(response, 'headers');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given ?? {})) if (typeof value === 'string') headers[name] = value;
  return {
    requestId: headers['x-amzn-requestid'] ?? headers['x-amz-request-id'] ?? '',
    statusCode: typeof statusCode === 'number' ? statusCode : 200,
    headers,
  };
}
