import { randomUUID } from 'node:crypto';
import { type RequestListener, maxHeaderSize } from 'node:http';
import {
  type Connections,
  type EngineContext,
  type LocalFunctions,
  type Logger,
  type SyncExecutions,
  storeReadiness,
} from '@everstep/engine';
import { ApiError, QUOTAS, errorBody } from '@everstep/protocol';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { ApiContext } from './api-context.ts';
import { toApiError } from './api-failure.ts';
import type { AuditScope } from './audit-trail.ts';
import type { Authenticator } from './authenticator.ts';
import { installConsole } from './console/console-routes.ts';
import { Door } from './door.ts';
import { installLambda, isLambdaPath, sendLambdaFailure } from './lambda/install-lambda.ts';
import { OperationChain } from './operation-chain.ts';
import { serviceOf } from './operations/index.ts';
import type { OidcOptions } from './oidc/oidc-sign-in.ts';
import type { RateLimits } from './rate-limiter.ts';
import { factsOf, loggedFacts } from './request-facts.ts';
import { type TlsIdentity, TlsServer, type TlsTimeouts } from './tls.ts';
import { targetOf } from './wire-request.ts';

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
  /** Signs people in to the console whom an identity provider knows; only where callers must sign. */
  readonly oidc?: OidcOptions;
  /** How often each key may call each operation; no limits where absent. */
  readonly rateLimits?: RateLimits;
  /** Which calls are written to the audit log; none where absent. */
  readonly audit?: AuditScope;
  /** Where the built console lies; it is served below /console/, and not at all where absent. */
  readonly consoleFolder?: string;
  /** Serves over TLS where present. */
  readonly tls?: TlsIdentity;
  /** Connections at once; further ones are closed as they come. */
  readonly maxConnections?: number;
  /** The credentials of services that HTTP Tasks call; absent: none are kept here. */
  readonly connections?: Connections;
  /** What TestState works with; absent: it calls nothing, and mocks are held against no model. */
  readonly testing?: ApiContext['testing'];
  /** The functions that this process hosts, in the account of the settings; absent: none. */
  readonly functions?: LocalFunctions;
  /** How long GetActivityTask waits for a task, in milliseconds (AWS: 60,000). */
  readonly activityPollMs?: number;
  /** How long a client may take to send its request, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may be silent, in milliseconds, unless an operation holds it. */
  readonly idleMs?: number;
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
const DEFAULT_IDLE_MS = 120_000;
/** EventBridge's API speaks the protocol's next version, which differs in its name alone. */
const JSON_TYPES = { states: 'application/x-amz-json-1.0', events: 'application/x-amz-json-1.1' } as const;
const WITHOUT_CHARSET = new Map(Object.values(JSON_TYPES).map((type) => [`${type}; charset=utf-8`, type]));
/** A browser that has seen the server over TLS asks for nothing else for half a year. */
const STRICT_TRANSPORT = 'max-age=15768000';

/** The API over HTTP: AWS JSON 1.0, `POST /`, routed by X-Amz-Target whatever the Host says. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const closing = new AbortController();
  const tls = options.tls === undefined ? null : new TlsServer(options.tls, timeoutsOf(options));
  const app = createApp(options, tls);
  app.decorateRequest('facts', null);
  app.decorateRequest('knocked', null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  installAnswers(app, options, closing.signal);
  installHealth(app, options);
  const door = new Door(options);
  const chain = new OperationChain(options, closing.signal);
  installOperations(app, door, chain);
  installLambda(app, { door, chain, logger: options.logger });
  if (options.consoleFolder !== undefined) {
    await installConsole(app, options.consoleFolder, { chain, door, options, sendJson });
  }
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
    idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
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
    // As long as a request's head can be: operations say themselves what is too long, in their own words.
    routerOptions: { maxParamLength: maxHeaderSize },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-amzn-RequestId', request.id);
      if (isLambdaPath(request.url)) void sendLambdaFailure(options.logger, request, reply, error);
      else void sendError(options.logger, request, reply, error);
    },
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

/** What every answer has, however it comes about: a request id, an error's shape, a line in the log. */
function installAnswers(app: FastifyInstance, options: ApiServerOptions, closing: AbortSignal): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-amzn-RequestId', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('cache-control', 'no-store');
    if (options.tls !== undefined) reply.header('strict-transport-security', STRICT_TRANSPORT);
    if (closing.aborted) done(new ApiError('ServiceUnavailable', 'The server is closing. Please try again.'));
    else done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A connection kept alive would outlive the answer and hold up the closing.
    if (closing.aborted) reply.header('connection', 'close');
    // To text Fastify adds a charset, which AWS's content type does not have.
    const written = reply.getHeader('content-type');
    const type = typeof written === 'string' ? WITHOUT_CHARSET.get(written) : undefined;
    if (type !== undefined) reply.header('content-type', type);
    done(null, payload);
  });
  app.setErrorHandler((error, request, reply) => sendError(options.logger, request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    reply.header('x-amzn-RequestId', request.id);
    const failure = new ApiError('UnknownOperationException', 'Operations are called by POST / with X-Amz-Target.');
    return sendJson(reply.code(404), errorBody(failure));
  });
  app.addHook('onResponse', (request, reply, done) => {
    done();
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
  return reply.type(JSON_TYPES[serviceOf(targetOf(reply.request))]).send(text);
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

function installOperations(app: FastifyInstance, door: Door, chain: OperationChain): void {
  // What the headers tell is decided before the body is read.
  const onRequest = async (request: FastifyRequest): Promise<void> => door.knock(request);
  app.post('/', { onRequest }, async (request, reply) => {
    const answer = await chain.answer(request, reply, (body, operation) => door.enter(request, body, operation));
    return sendJson(reply, answer);
  });
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
