import type { operations } from '@everstep/protocol';
import type { Outgoing, OutgoingAnswer, OutgoingRequest } from '../ports/outgoing.ts';

/** What a token endpoint gave. */
export interface AccessToken {
  /** The value of the header Authorization. */
  readonly authorization: string;
  /** Of how long it is good, in milliseconds. */
  readonly lifeMs: number;
}

/** The token endpoint does not know or trust the client. */
export class TokenRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TokenRefusedError';
  }
}

/** The token endpoint is out of order, or answers what is no token. */
export class TokenUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TokenUnavailableError';
  }
}

const MAX_ANSWER_BYTES = 65_536;
/** Where the endpoint does not say. */
const DEFAULT_LIFE_MS = 3_600_000;
/** Statuses that say nothing about the client: time-out, too early, too many. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * The client credentials grant. The client's id and secret go into the body (into the query with GET), unless the
 * connection brings an Authorization header for the endpoint; its own parameters come before what is added here.
 * Throws TokenRefusedError, TokenUnavailableError, and what `outgoing` throws.
 * https://datatracker.ietf.org/doc/html/rfc6749#section-4.4
 */
export async function requestToken(
  outgoing: Outgoing,
  oauth: operations.ConnectionOAuthParameters,
  signal: AbortSignal,
): Promise<AccessToken> {
  const answer = await outgoing.request({ ...tokenRequest(oauth), maxAnswerBytes: MAX_ANSWER_BYTES, signal });
  const { statusCode } = answer;
  if (statusCode >= 200 && statusCode < 300) return readToken(answer);
  const said = `The authorization endpoint answered with status ${statusCode}${errorIn(answer)}.`;
  if (statusCode >= 400 && statusCode < 500 && !TRANSIENT.has(statusCode)) throw new TokenRefusedError(said);
  throw new TokenUnavailableError(said);
}

function tokenRequest(
  oauth: operations.ConnectionOAuthParameters,
): Pick<OutgoingRequest, 'method' | 'url' | 'headers' | 'body'> {
  const { ClientParameters: client, AuthorizationEndpoint = '', HttpMethod: method = 'POST' } = oauth;
  const http = oauth.OAuthHttpParameters ?? {};
  const given = pairs(http.HeaderParameters);
  const has = (header: string): string | undefined => given.find(([name]) => name.toLowerCase() === header)?.[1];
  const fields = new Map([['grant_type', 'client_credentials']]);
  if (has('authorization') === undefined) {
    fields.set('client_id', client?.ClientID ?? '').set('client_secret', client?.ClientSecret ?? '');
  }
  for (const [name, value] of pairs(http.BodyParameters)) fields.set(name, value);
  const url = new URL(AuthorizationEndpoint);
  for (const [name, value] of pairs(http.QueryStringParameters)) url.searchParams.append(name, value);
  const headers = has('accept') === undefined ? [...given, ['Accept', 'application/json'] as const] : given;
  if (method === 'GET') {
    for (const [name, value] of fields) url.searchParams.append(name, value);
    return { method, url, headers, body: null };
  }
  const contentType = has('content-type');
  if (contentType !== undefined && /json/i.test(contentType)) {
    return { method, url, headers, body: JSON.stringify(Object.fromEntries(fields)) };
  }
  const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
  const body = new URLSearchParams([...fields]).toString();
  return { method, url, headers: contentType === undefined ? [...headers, form] : headers, body };
}

/** Of a connection's list of parameters; what has no name says nothing. */
export function pairs(
  parameters: readonly operations.ConnectionParameter[] = [],
): ReadonlyArray<readonly [name: string, value: string]> {
  return parameters.flatMap(({ Key, Value = '' }) => (Key === undefined || Key === '' ? [] : [[Key, Value] as const]));
}

function readToken(answer: OutgoingAnswer): AccessToken {
  const { access_token: token, token_type: type, expires_in: seconds } = membersOf(answer);
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw new TokenUnavailableError('The authorization endpoint answered without an access token.');
  }
  const scheme = typeof type === 'string' && /^[A-Za-z0-9-]+$/.test(type) && !/^bearer$/i.test(type) ? type : 'Bearer';
  const life = Number(seconds) * 1_000;
  return { authorization: `${scheme} ${token}`, lifeMs: Number.isFinite(life) && life > 0 ? life : DEFAULT_LIFE_MS };
}

/** The error's code by RFC 6749; the rest of the answer may repeat what was sent. */
function errorIn(answer: OutgoingAnswer): string {
  const { error } = membersOf(answer);
  return typeof error === 'string' && /^[\w.-]{1,100}$/.test(error) ? ` (${error})` : '';
}

function membersOf({ body }: OutgoingAnswer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return {};
  }
}
