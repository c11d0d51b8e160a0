import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { type EngineContext, type Logger, type SyncExecutions, storeReadiness } from '@everstep/engine';
import { ApiError, QUOTAS, errorBody } from '@everstep/protocol';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { Accounts } from './accounts.ts';
import { type AuditedCall, type AuditScope, AuditTrail } from './audit-trail.ts';
import type { Authenticator } from './authenticator.ts';
import { Door } from './door.ts';
import type { ApiContext, RequestFacts } from './api-context.ts';
import { toApiError } from './api-failure.ts';
import { findRoute } from './operations/index.ts';
import type { RateLimits } from './rate-limiter.ts';
import { parseBody } from './request-body.ts';
import { type TlsIdentity, TlsServer, type TlsTimeouts } from './tls.ts';

export interface ApiServerOptions {
  readonly context: EngineContext;
  readonly logger: Logger;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Runs what StartSyncExecution asks for; whoever made it closes it after the server. */
  readonly syncExecutions: SyncExecutions;
  /** Finds out who signed a request; absent: nobody is asked, and everything is allowed. */
  readonly authenticator?: Authenticator;
  /** How often each key may call each operation; no limits where absent. */
  readonly rateLimits?: RateLimits;
  /** Which calls are written to the audit log; none where absent. */
  readonly audit?: AuditScope;
  /** Serves over TLS where present. */
  readonly tls?: TlsIdentity;
  /** Connections at once; further ones are closed as they come. */
  readonly maxConnections?: number;
  /** What TestState works with; absent: it calls nothing, and mocks are held against no model. */
  readonly testing?: ApiContext['testing'];
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
  /** Another certificate and key for connections from now on. Throws where they do not belong together. */
  replaceTlsIdentity(identity: TlsIdentity): void;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const DEFAULT_DRAIN_MS = 10_000;
const DEFAULT_READY_TIMEOUT_MS = 2_000;
/** Longer than a long poll and than usual load balancers' idle time-outs, so that the client ends first. */
const IDLE_MS = 120_000;
/** A browser that has seen the server over TLS asks for nothing else for half a year. */
const JSON_TYPE = 'application/x-amz-json-1.0';
const STRICT_TRANSPORT = 'max-age=15768000';

/** The API over HTTP: AWS JSON 1.0, `POST /`, routed by X-Amz-Target whatever the Host says. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const closing = new AbortController();
  const tls = options.tls === undefined ? null : new TlsServer(options.tls, timeoutsOf(options));
  const app = createApp(options, tls);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  installAnswers(app, options, closing.signal);
  installHealth(app, options);
  installOperations(app, options, closing.signal);
  if (options.maxConnections !== undefined) app.server.maxConnections = options.maxConnections;
  const url = await app.listen({ host: options.host, port: options.port });
  let closed: Promise<void> | undefined;
  return {
    url: tls === null ? url : url.replace(/^http:/, 'https:'),
    close() {
      closed ??= drain(app, closing, options.drainMs ?? DEFAULT_DRAIN_MS);
      return closed;
    },
    replaceTlsIdentity: (identity) => tls?.replace(identity),
  };
}

function timeoutsOf(options: ApiServerOptions): TlsTimeouts {
  const requestTimeout = options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS;
  return {
    requestTimeout,
    headersTimeout: requestTimeout,
    connectionsCheckingInterval: Math.min(requestTimeout, 5_000),
    idleMs: IDLE_MS,
  };
}

function createApp(options: ApiServerOptions, tls: TlsServer | null): FastifyInstance {
  const { idleMs, requestTimeout, ...http } = timeoutsOf(options);
  return fastify({
    logger: false,
    bodyLimit: QUOTAS.requestBytes,
    requestTimeout,
    connectionTimeout: idleMs,
    keepAliveTimeout: idleMs,
    // The closing hook answers in AWS's shape.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    // An absolute-form target, as proxies send it, means its path.
    rewriteUrl: (request) => pathOf(request.url ?? '/'),
    http,
    ...(tls === null ? {} : { serverFactory: (listener: RequestListener) => tls.create(listener) }),
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
function loggedFacts(request: FastifyRequest): Omit<RequestFacts, 'access' | 'isIdlePoll'> {
  const { access: _access, isIdlePoll: _isIdlePoll, ...logged } = factsOf(request);
  return logged;
}

/** What every answer has, however it comes about: a request id, an error's shape, a line in the log. */
function installAnswers(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-amzn-RequestId', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    if (options.tls !== undefined) reply.header('strict-transport-security', STRICT_TRANSPORT);
    if (closing.aborted) throw new ApiError('ServiceUnavailable', 'The server is closing. Please try again.');
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A connection kept alive would outlive the answer and hold up the closing.
    if (closing.aborted) reply.header('connection', 'close');
    // To text Fastify adds a charset, which AWS's content type does not have.
    if (reply.getHeader('content-type') === `${JSON_TYPE}; charset=utf-8`) reply.header('content-type', JSON_TYPE);
    done(null, payload);
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

/** As text: head and body are one write then. */
function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(JSON_TYPE).send(text);
}

function sendError(logger: Logger, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const failure = toApiError(error, request.id);
  const known = factsOf(request);
  known.errorCode = failure.code;
  if (failure.status >= 500)
    logger.error({ requestId: request.id, ...loggedFacts(request), err: error }, 'a request failed');
  // What was not read to its end leaves the connection in an unknown place.
  if (failure.status === 413 || !request.raw.complete) reply.header('connection', 'close');
  return sendJson(reply.code(failure.status), errorBody(failure));
}

function installHealth(app: FastifyInstance, options: ApiServerOptions): void {
  app.get('/healthz', async () => ({ alive: true }));
  app.get('/readyz', async (_request, reply) => {
    const state = await storeReadiness(options.context.store, options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS);
    return reply.code(state.ready ? 200 : 503).send(state);
  });
}

/** The chain of one request: who → target → body → limits → decode → admit → handle → encode. */
function installOperations(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  const { context: engine, syncExecutions, testing } = options;
  const door = new Door(options);
  const accounts = new Accounts(engine);
  const trail = options.audit === undefined ? null : new AuditTrail(engine.store, options.audit, options.logger);
  const activityPollMs = options.activityPollMs ?? QUOTAS.activityPollMs;
  // What the headers tell is decided before the body is read.
  const onRequest = async (request: FastifyRequest): Promise<void> => door.knock(request);
  app.post('/', { onRequest }, async (request, reply) => {
    const known = factsOf(request);
    const found = findRoute(headerText(request, 'x-amz-target') ?? presignedTarget(request));
    known.operation = found.operation;
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const caller = door.enter(request, body, found.operation);
    if (caller !== null) known.accessKeyId = caller.accessKeyId;
    const account = caller === null ? accounts.own : accounts.of(caller.accountId);
    const { accountId } = account.engine.settings;
    let answer: string;
    try {
      const parsed = parseBody(headerText(request, 'content-type'), body);
      const traceHeader = headerText(request, 'x-amzn-trace-id');
      const signal = (): AbortSignal => AbortSignal.any([closing, goneSignal(reply)]);
      const api = { ...account, syncExecutions, testing, caller, activityPollMs, signal, traceHeader };
      answer = await found.answer(api, parsed, known);
    } catch (error) {
      known.errorCode = toApiError(error, request.id).code;
      throw error;
    } finally {
      await trail?.record({ facts: known, caller, accountId, ...circumstances(engine, request) });
    }
    return sendJson(reply, answer);
  });
}

function circumstances(
  engine: EngineContext,
  request: FastifyRequest,
): Pick<AuditedCall, 'at' | 'requestId' | 'sourceAddress'> {
  return { at: engine.clock.now(), requestId: request.id, sourceAddress: request.ip };
}

/** A presigner may move the header to the query, where it is signed as well. */
function presignedTarget(request: FastifyRequest): string | undefined {
  const start = request.originalUrl.indexOf('?');
  if (start === -1) return undefined;
  const query = [...new URLSearchParams(request.originalUrl.slice(start))];
  return query.find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
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
