import type { Logger } from '@everstep/engine';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type SessionCookies, SessionTooLargeError } from '../console/session-cookie.ts';
import type { Door } from '../door.ts';
import { factsOf, headerText } from '../request-facts.ts';
import type { FlowCookies } from './flow-cookies.ts';
import { CALLBACK_PATH, type OidcSignIn, SignInFailure } from './oidc-sign-in.ts';

export interface OidcParts {
  readonly oidc: OidcSignIn;
  readonly door: Door;
  readonly flows: FlowCookies;
  readonly sessions: SessionCookies;
  readonly logger: Logger;
  readonly now: () => number;
}

const SIGN_IN = 'CreateConsoleSession';
/** A path within the console, with its query: what no header and no other host can be made of. */
const WITHIN = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1500}$/;

/** Two addresses of the browser's own: it leaves for the provider by the one and comes back by the other. */
export function installOidc(app: FastifyInstance, parts: OidcParts): void {
  app.get('/console/oidc/start', (request, reply) => answer(request, reply, parts, begin));
  app.get(CALLBACK_PATH, (request, reply) => answer(request, reply, parts, finish));
}

interface Answer {
  readonly location: string;
  readonly cookies: readonly string[];
}

type Step = (request: FastifyRequest, parts: OidcParts) => Promise<Answer>;

async function answer(request: FastifyRequest, reply: FastifyReply, parts: OidcParts, step: Step): Promise<unknown> {
  const { door, flows, logger } = parts;
  factsOf(request).operation = SIGN_IN;
  door.take(null, SIGN_IN);
  reply.header('referrer-policy', 'no-referrer');
  try {
    const { location, cookies } = await step(request, parts);
    return await reply.header('set-cookie', [...cookies]).redirect(location, 302);
  } catch (error) {
    if (!(error instanceof SignInFailure)) throw error;
    const { reason, message } = error;
    logger.warn({ requestId: request.id, reason, why: message }, 'nobody was signed in by the identity provider');
    return await reply.header('set-cookie', await flows.end()).redirect(`/console/?sign-in=${reason}`, 302);
  }
}

async function begin(request: FastifyRequest, { oidc, flows, now }: OidcParts): Promise<Answer> {
  const wanted = new URLSearchParams(request.url.split('?')[1] ?? '').get('to') ?? '/';
  const at = now();
  const { url, flow } = await oidc.begin(WITHIN.test(wanted) ? wanted : '/', at);
  return { location: url, cookies: [await flows.begin(flow, at)] };
}

async function finish(request: FastifyRequest, { oidc, flows, sessions, now }: OidcParts): Promise<Answer> {
  const at = now();
  const flow = await flows.read(headerText(request, 'cookie'), at);
  if (flow === null) throw new SignInFailure('expired', 'the browser did not leave from here, or too long ago');
  const query = request.url.slice(CALLBACK_PATH.length);
  const person = await oidc.finish(query, flow, at);
  if (oidc.options.rules().callerOf(person) === null) {
    throw new SignInFailure('no-access', `no rule lets ${JSON.stringify(person.userName)} in`);
  }
  const session = await sessions
    .begin({ person, expiresAt: at + oidc.options.sessionMs }, at)
    .catch((error: unknown) => {
      if (!(error instanceof SessionTooLargeError)) throw error;
      throw new SignInFailure('no-access', `${error.message}: let the provider tell fewer groups of a person`);
    });
  return { location: `/console${flow.to}`, cookies: [session, await flows.end()] };
}
