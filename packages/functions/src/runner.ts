/**
 * The inside of a function's process: loads the handler once and runs one invocation after the other, as Lambda does.
 * Errors have the shape of Lambda's Node.js runtime: errorType, errorMessage, trace.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
import { pathToFileURL } from 'node:url';
import { type AnswerMessage, type InvokeMessage, isInvokeMessage } from './runner-protocol.ts';

type Handler = (event: unknown, context: object) => unknown;

async function loadHandler(path: string): Promise<Handler> {
  const loaded: unknown = await import(pathToFileURL(path).href);
  const candidates = [loaded, property(loaded, 'default')];
  for (const candidate of candidates) {
    const handler = property(candidate, 'handler');
    if (isHandler(handler)) return handler;
  }
  throw new TypeError('index exports no function named handler');
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined;
}

async function run(handler: Handler, message: InvokeMessage): Promise<string> {
  const event: unknown = JSON.parse(message.payload);
  const result: unknown = await handler(event, {
    awsRequestId: message.requestId,
    functionName: message.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: message.functionArn,
    memoryLimitInMB: String(message.memoryMb),
    clientContext: message.clientContext,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, message.deadline - Date.now()),
  });
  return JSON.stringify(result) ?? 'null';
}

function errorPayload(error: unknown): string {
  if (error instanceof Error) {
    const trace = (error.stack ?? '').split('\n');
    return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace });
  }
  return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] });
}

function send(message: AnswerMessage): void {
  process.send?.(message);
}

const path = process.argv[2] ?? '';
// Its server is gone: nobody waits for the answer, and nothing may outlive it.
process.on('disconnect', () => process.exit(0));
const loading = loadHandler(path);
// Told by the first invocation's answer; without this line an early failure would end the process unheard.
loading.catch(() => undefined);

process.on('message', (message: unknown) => {
  if (!isInvokeMessage(message)) return;
  loading
    .then((handler) => run(handler, message))
    .then(
      (payload) => send({ type: 'answer', ok: true, payload }),
      (error: unknown) => send({ type: 'answer', ok: false, payload: errorPayload(error) }),
    );
});
send({ type: 'ready' });
