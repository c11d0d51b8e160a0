import { ApiError } from '@everstep/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../caller.ts';
import type { Door } from '../door.ts';
import type { OperationChain } from '../operation-chain.ts';
import { factsOf, headerText } from '../request-facts.ts';
import { FlowCookies } from '../oidc/flow-cookies.ts';
import { installOidc } from '../oidc/oidc-routes.ts';
import { OidcSignIn } from '../oidc/oidc-sign-in.ts';
import type { Person } from '../oidc/person.ts';
import type { ApiServerOptions } from '../server.ts';
import { installApprovalLinks } from './approval-links.ts';
import { ConsoleDoor } from './console-door.ts';
import { EventStream } from './event-stream.ts';
import { admitStream, MAX_STREAMS, type StreamSubject, streamExecution, streamList, subjectOf } from './live-events.ts';
import { SessionCookies } from './session-cookie.ts';
import { SiteFiles } from './site-files.ts';

/** How often an open stream asks whether its caller may still look, in milliseconds. */
const CHECK_MS = 5_000;
const NOT_BUILT = 'The console is not built here. In a checkout, `npm run build` builds it.\n';

/** Frames, referrers and windows of other pages get nothing from the console. */
const SECURITY_HEADERS = {
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

export interface ConsoleParts {
  readonly chain: OperationChain;
  readonly door: Door;
  readonly options: ApiServerOptions;
  /** Writes an answer of the API. */
  readonly sendJson: (reply: FastifyReply, text: string) => FastifyReply;
}

/**
 * The console below /console/: its files, sessions, the API's operations for whoever has a session, and streams of what
 * happens. `POST /` takes signatures only: a cookie opens nothing but what lies below /console/.
 */
export async function installConsole(app: FastifyInstance, folder: string, parts: ConsoleParts): Promise<void> {
  const { options, door } = parts;
  const { store, clock } = options.context;
  const oidc = options.oidc === undefined ? null : new OidcSignIn(options.oidc);
  // Behind a proxy that speaks TLS, browsers do so too.
  const isSecure = options.tls !== undefined || oidc?.options.publicUrl.startsWith('https:') === true;
  const sessions = new SessionCookies(store, isSecure);
  const now = (): number => clock.now();
  const people = oidc === null ? null : (person: Person) => oidc.options.rules().callerOf(person);
  const consoleDoor = new ConsoleDoor({ door, cookies: sessions, people, now });
  if (oidc !== null) {
    const flows = new FlowCookies(store, isSecure);
    installOidc(app, { oidc, door, flows, sessions, logger: options.logger, now });
  }
  installSite(app, await SiteFiles.load(folder));
  installSession(app, consoleDoor, parts);
  installCalls(app, consoleDoor, parts);
  installApprovalLinks(app, consoleDoor, parts);
}

function installSite(app: FastifyInstance, files: SiteFiles | null): void {
  app.get('/', async (_request, reply) => reply.redirect('/console/', 302));
  app.get('/console', async (_request, reply) => reply.redirect('/console/', 308));
  app.get('/console/*', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const path = request.url.slice('/console/'.length).replace(/\?.*$/s, '');
    const found = await files?.find(path, headerText(request, 'accept-encoding') ?? '');
    if (found === undefined || found === null) {
      return reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send(files === null ? NOT_BUILT : 'There is no such file.\n');
    }
    return reply.headers(found.headers).send(found.body);
  });
}

function installSession(
  app: FastifyInstance,
  consoleDoor: ConsoleDoor,
  { options, door, sendJson }: ConsoleParts,
): void {
  const { region, accountId } = options.context.settings;
  app.get('/console/session', async (request, reply) => {
    consoleDoor.refuseForeign(request);
    const oidc = options.oidc === undefined ? {} : { oidc: { name: options.oidc.name } };
    const facts = { authentication: consoleDoor.isOpen ? 'none' : 'required', region, ...oidc };
    const known = consoleDoor.isOpen ? null : await consoleDoor.whoIs(request);
    if (known === null) return sendJson(reply, JSON.stringify({ ...facts, accountId, user: null }));
    const { caller, session } = known;
    const { userArn, userName, groups, accessKeyId } = caller;
    const user = { userArn, userName, groups, accessKeyId, expiresDate: session.expiresAt / 1_000 };
    return sendJson(reply, JSON.stringify({ ...facts, accountId: caller.accountId, user }));
  });
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    consoleDoor.refuseForeign(request);
    await door.knock(request);
  };
  app.post('/console/session', { onRequest }, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    factsOf(request).operation = 'CreateConsoleSession';
    return sendJson(reply.header('set-cookie', await consoleDoor.signIn(request, body)), '{}');
  });
  app.delete('/console/session', async (request, reply) => {
    consoleDoor.refuseForeign(request);
    return sendJson(reply.header('set-cookie', await consoleDoor.signOut()), '{}');
  });
}

function installCalls(
  app: FastifyInstance,
  consoleDoor: ConsoleDoor,
  { chain, options, sendJson }: ConsoleParts,
): void {
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    consoleDoor.refuseForeign(request);
    // No page of another origin can send this header without the server's consent, which it never gives.
    if (headerText(request, 'x-amz-target') === undefined) {
      throw new ApiError('UnknownOperationException', 'The header X-Amz-Target is missing: it names the operation.');
    }
  };
  app.post('/console/api', { onRequest }, async (request, reply) => {
    const enter = (_body: Buffer, operation: string): Promise<Caller | null> => consoleDoor.enter(request, operation);
    return sendJson(reply, await chain.answer(request, reply, enter));
  });
  let streams = 0;
  app.get('/console/events', async (request, reply) => {
    consoleDoor.refuseForeign(request);
    const query = new URLSearchParams(request.url.split('?')[1] ?? '');
    const subject = subjectOf(query, headerText(request, 'last-event-id'));
    const caller = await consoleDoor.enter(request, 'StreamEvents');
    const context = chain.contextOf(caller, request, reply);
    await admitStream(context, subject);
    if (streams >= MAX_STREAMS)
      throw new ApiError('ServiceUnavailable', 'Too many pages are watching. Please try again.');
    streams += 1;
    const stream = openStream(reply, context.signal());
    try {
      await tell({ context, stream, check: checking(consoleDoor, request) }, subject);
    } catch (error) {
      // The page connects again, and is told the reason in the usual way.
      if (!stream.gone.aborted) options.logger.warn({ err: error, requestId: request.id }, 'a stream ended early');
    } finally {
      streams -= 1;
      stream.end();
    }
    return reply;
  });
}

function openStream(reply: FastifyReply, ending: AbortSignal): EventStream {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) headers[name] = String(value);
  reply.hijack();
  return new EventStream(reply.raw, headers, ending);
}

function tell(watched: Parameters<typeof streamList>[0], subject: StreamSubject): Promise<void> {
  const { executionArn, stateMachineArn, after } = subject;
  return executionArn === null ? streamList(watched, stateMachineArn) : streamExecution(watched, executionArn, after);
}

/** A session that has ended, or a key that was revoked, ends its streams. */
function checking(consoleDoor: ConsoleDoor, request: FastifyRequest): () => Promise<void> {
  let checkedAt = performance.now();
  return async () => {
    if (consoleDoor.isOpen || performance.now() - checkedAt < CHECK_MS) return;
    checkedAt = performance.now();
    if ((await consoleDoor.whoIs(request)) === null) {
      throw new ApiError('MissingAuthenticationTokenException', 'The session has ended.');
    }
  };
}
