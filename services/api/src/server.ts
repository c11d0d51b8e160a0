import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type EngineContext, type Logger, type SyncExecutions, storeReadiness } from '@everstep/engine';
import { ApiError, QUOTAS, errorBody } from '@everstep/protocol';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { Accounts } from './accounts.ts';
import type { RequestFacts } from './api-context.ts';
import { toApiError } from './api-failure.ts';
import { findRoute } from './operations/index.ts';
import { parseBody } from './request-body.ts';

/** A request as it came, for whoever decides whether it may pass. */
export interface WireRequest {
  readonly method: string;
  /** The request target as received, before an absolute form is cut down to its path. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface ApiServerOptions {
  readonly context: EngineContext;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Runs what StartSyncExecution asks for; whoever made it closes it after the server. */
  readonly syncExecutions: SyncExecutions;
  /** Throws an ApiError for a request that may not pass; absent: all may. */
  readonly authorise?: (request: WireRequest, operation: string) => Promise<void>;
  /** How long GetActivityTask waits for a task, in milliseconds (AWS: 60,000). */
  readonly activityPollMs?: number;
  /** How long a client may take to send its request, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long close() waits for requests in flight, in milliseconds; then it cuts their connections. */
  readonly drainMs?: number;
  /** How long /readyz waits for the store, in milliseconds. */
  readonly readyTimeoutMs?: number;
}

export interface ApiServer {
  /** `http://<host>:<port>`, with the port it really listens on. */
  readonly url: string;
  /** Stops accepting, answers long polls empty, lets requests in flight end within drainMs. */
  close(): Promise<void>;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_READY_TIMEOUT_MS = 2_000;
/** Longer than a long poll and than usual load balancers' idle time-outs, so that the client ends first. */
const IDLE_MS = 120_000;

/** The API over HTTP: AWS JSON 1.0, `POST /`, routed by X-Amz-Target whatever the Host says. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const closing = new AbortController();
  const app = createApp(options);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  installAnswers(app, options, closing.signal);
  installHealth(app, options);
  installOperations(app, options, closing.signal);
  const url = await app.listen({ host: options.host, port: options.port });
  let closed: Promise<void> | undefined;
  return {
    url,
    close() {
      closed ??= drain(app, closing, options.drainMs ?? DEFAULT_DRAIN_MS);
      return closed;
    },
  };
}

function createApp(options: ApiServerOptions): FastifyInstance {
  const requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  return fastify({
    logger: false,
    bodyLimit: QUOTAS.requestBytes,
    requestTimeout,
    connectionTimeout: IDLE_MS,
    keepAliveTimeout: IDLE_MS,
    // The closing hook answers in AWS's shape.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    // An absolute-form target, as proxies send it, means its path.
    rewriteUrl: (request) => pathOf(request.url ?? '/'),
    http: {
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.min(requestTimeout, 5_000),
    },
  });
}

function pathOf(target: string): string {
  if (!/^https?:\/\//i.test(target)) return target;
  return URL.canParse(target) ? new URL(target).pathname : '/';
}

const facts = new WeakMap<FastifyRequest, RequestFacts>();

function factsOf(request: FastifyRequest): RequestFacts {
  let known = facts.get(request);
  if (known === undefined) {
    known = {};
    facts.set(request, known);
  }
  return known;
}

/** Operation, error, execution and key; what else is known of a request is not for the log. */
function loggedFacts(request: FastifyRequest): Omit<RequestFacts, 'access'> {
  const { access: _access, ...logged } = factsOf(request);
  return logged;
}

/** What every answer has, however it comes about: a request id, an error's shape, a line in the log. */
function installAnswers(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-amzn-RequestId', request.id);
    if (closing.aborted) throw new ApiError('ServiceUnavailable', 'The server is closing. Please try again.');
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    // A connection kept alive would outlive the answer and hold up the closing.
    if (closing.aborted) reply.header('connection', 'close');
    return payload;
  });
  app.setErrorHandler((error, request, reply) => sendError(options.logger, request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    reply.header('x-amzn-RequestId', request.id);
    const failure = new ApiError('UnknownOperationException', 'Operations are called by POST / with X-Amz-Target.');
    return sendJson(reply.code(404), errorBody(failure));
  });
  app.addHook('onResponse', async (request, reply) => {
    if (request.url === '/healthz' || request.url === '/readyz') return;
    options.logger.info(
      {
        requestId: request.id,
        ...loggedFacts(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}

/** As bytes: to text Fastify would add a charset, which AWS's content type does not have. */
function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/x-amz-json-1.0').send(Buffer.from(text));
}

function sendError(logger: Logger, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const failure = toApiError(error, request.id);
  const known = factsOf(request);
  known.errorCode = failure.code;
  if (failure.status >= 500)
    logger.error({ requestId: request.id, ...loggedFacts(request), err: error }, 'a request failed');
  // What could not be read to its end leaves the connection in an unknown place.
  if (failure.status === 413) reply.header('connection', 'close');
  return sendJson(reply.code(failure.status), errorBody(failure));
}

function installHealth(app: FastifyInstance, options: ApiServerOptions): void {
  app.get('/healthz', async () => ({ alive: true }));
  app.get('/readyz', async (_request, reply) => {
    const state = await storeReadiness(options.context.store, options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS);
    return reply.code(state.ready ? 200 : 503).send(state);
  });
}

/** The chain of one request: target → authorise → decode → handle → encode. */
function installOperations(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  const { context: engine, syncExecutions, authorise } = options;
  const accounts = new Accounts(engine);
  const activityPollMs = options.activityPollMs ?? QUOTAS.activityPollMs;
  app.post('/', async (request, reply) => {
    const known = factsOf(request);
    const found = findRoute(headerText(request, 'x-amz-target'));
    known.operation = found.operation;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (authorise !== undefined) {
      const { method, originalUrl: target, headers } = request;
      await authorise({ method, target, headers, body }, found.operation);
    }
    const parsed = parseBody(headerText(request, 'content-type'), body);
    const api = {
      ...accounts.own,
      syncExecutions,
      caller: null,
      activityPollMs,
      signal: AbortSignal.any([closing, goneSignal(reply)]),
      traceHeader: headerText(request, 'x-amzn-trace-id'),
    };
    const answer = await found.answer(api, parsed, known);
    return sendJson(reply, answer);
  });
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** Aborted when the connection ends before the answer is written. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function drain(app: FastifyInstance, closing: AbortController, drainMs: number): Promise<void> {
  closing.abort();
  const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
