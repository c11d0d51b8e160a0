/**
 * The inside of a Node.js function's process: loads the handler, asks the Runtime API for one invocation after the other,
 * and reports errors as AWS's own runtime does.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
import { stat } from 'node:fs/promises';
import { type IncomingMessage, Agent, request as httpRequest } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Handler = (event: unknown, context: object, callback?: (error: unknown, result?: unknown) => void) => unknown;

/** What went wrong, in the words of AWS's runtime. */
class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

const environment = process.env;
const API = new URL(`http://${environment['AWS_LAMBDA_RUNTIME_API'] ?? ''}/2018-06-01/runtime`);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const ENDINGS = ['mjs', 'js', 'cjs', 'mts', 'ts'];
/** As AWS's runtime ends after what nobody caught. */
const UNCAUGHT_STATUS = 129;
const UNHANDLED_STATUS = 128;

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function call(method: 'GET' | 'POST', path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const options = { agent, method, path: `${API.pathname}${path}`, hostname: API.hostname, port: API.port };
    const sent = httpRequest({ ...options, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function loadHandler(folder: string, name: string): Promise<Handler> {
  const file = basename(name);
  const dot = file.indexOf('.');
  if (dot <= 0 || dot === file.length - 1) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const module: unknown = await loadModule(join(folder, dirname(name), file.slice(0, dot)));
  const path = file.slice(dot + 1).split('.');
  for (const root of [module, member(module, 'default')]) {
    const found = path.reduce<unknown>(member, root);
    if (isHandler(found)) return found;
  }
  throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
}

async function loadModule(stem: string): Promise<unknown> {
  for (const ending of ENDINGS) {
    const path = `${stem}.${ending}`;
    const found = await stat(path).catch(() => null);
    if (found?.isFile() !== true) continue;
    try {
      return await import(pathToFileURL(path).href);
    } catch (error) {
      throw asImportError(error);
    }
  }
  throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${basename(stem)}'`);
}

function asImportError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (error instanceof SyntaxError) {
    return new RuntimeError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, { cause: error });
  }
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return error;
  return new RuntimeError('Runtime.ImportModuleError', `Error: ${error.message}`, { cause: error });
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function member(value: unknown, name: string): unknown {
  const isOwner = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isOwner && name in value ? Reflect.get(value, name) : undefined;
}

function contextOf(headers: IncomingMessage['headers']): object {
  const text = (name: string): string => String(headers[`lambda-runtime-${name}`] ?? '');
  const deadline = Number(text('deadline-ms'));
  const clientContext = text('client-context');
  return {
    awsRequestId: text('aws-request-id'),
    invokedFunctionArn: text('invoked-function-arn'),
    functionName: environment['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
    ...(clientContext === '' ? {} : { clientContext: JSON.parse(clientContext) }),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** A handler with a third parameter may answer by it, in place of returning. */
function run(handler: Handler, event: unknown, context: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown): void =>
      error === null || error === undefined ? resolve(result) : reject(error);
    const returned = handler(event, context, callback);
    if (handler.length < 3 || returned instanceof Promise) resolve(returned);
  });
}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new RuntimeError('Runtime.MarshalError', 'Unable to stringify response body', { cause: error });
  }
}

interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

function reportOf(error: unknown): ErrorReport {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

/** Tells the log and the host. */
async function postError(path: string, report: ErrorReport): Promise<void> {
  console.error(path.startsWith('/init') ? 'Uncaught Exception' : 'Invoke Error', JSON.stringify(report));
  await call('POST', path, JSON.stringify(report), {
    'content-type': 'application/json',
    'lambda-runtime-function-error-type': report.errorType.replaceAll(/[^\u0020-\u007e]/g, '?'),
  });
}

let requestId: string | null = null;

/** What nobody caught ends the process, and the invocation in it. */
function endWith(status: number, report: ErrorReport): void {
  const path = requestId === null ? '/init/error' : `/invocation/${requestId}/error`;
  agent.maxSockets = 2;
  postError(path, report)
    .catch(() => undefined)
    .finally(() => process.exit(status));
}

process.on('uncaughtException', (error) => endWith(UNCAUGHT_STATUS, reportOf(error)));
process.on('unhandledRejection', (reason) => {
  const { errorMessage, errorType, trace } = reportOf(reason);
  const report = {
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: `${errorType}: ${errorMessage}`,
    trace,
  };
  endWith(UNHANDLED_STATUS, report);
});

async function work(handler: Handler): Promise<never> {
  for (;;) {
    const next = await call('GET', '/invocation/next');
    if (next.status !== 200) throw new Error(`the host answered ${next.status}: ${next.body}`);
    requestId = String(next.headers['lambda-runtime-aws-request-id']);
    environment['_X_AMZN_TRACE_ID'] = String(next.headers['lambda-runtime-trace-id'] ?? '');
    try {
      const result = toJson(await run(handler, JSON.parse(next.body), contextOf(next.headers)));
      await call('POST', `/invocation/${requestId}/response`, result, { 'content-type': 'application/json' });
    } catch (error) {
      await postError(`/invocation/${requestId}/error`, reportOf(error));
    }
    requestId = null;
  }
}

try {
  const handler = await loadHandler(environment['LAMBDA_TASK_ROOT'] ?? '.', environment['_HANDLER'] ?? '');
  // The host is gone, or does not want this process any more: it ends by itself.
  await work(handler).catch(() => process.exit(1));
} catch (error) {
  await postError('/init/error', reportOf(error)).catch(() => undefined);
  process.exit(1);
}
