import { ApiError } from './errors.ts';
import { QUOTAS } from './quotas.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** A request as it came, for its signature. */
export interface SignedRequest {
  readonly method: string;
  /** Of the request target as received, without the query. */
  readonly path: string;
  /** By name in lower case, each with all its values in the order in which they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The query of the request target as received, without the question mark. */
  readonly query: string;
}

/** What a request says about its signature; nothing of it is verified yet. */
export interface RequestSignature {
  readonly accessKeyId: string;
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  /** In lower case, ascending, each once. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** The timestamp in milliseconds since the epoch. */
  readonly at: number;
  /** How long a presigned request is good for, in milliseconds; null for one signed in its headers. */
  readonly expiresMs: number | null;
  readonly securityToken: string | null;
  /** X-Amz-Content-Sha256; null where the request has none. */
  readonly declaredPayload: string | null;
  /** The query as it is signed. */
  readonly canonicalQuery: string;
}

/** From Node's flat list of names and values, which keeps what repeats. */
export function headerMap(rawHeaders: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const known = headers.get(name);
    if (known === undefined) headers.set(name, [value]);
    else known.push(value);
  }
  return headers;
}

/**
 * Reads the signature of a request, from its Authorization header or from the query of a presigned one.
 * Errors: MissingAuthenticationTokenException, IncompleteSignatureException, InvalidSignatureException.
 */
export function readSignature(request: SignedRequest): RequestSignature {
  const authorization = request.headers.get('authorization')?.[0];
  const query = parseQuery(request.query);
  const presigned = query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (authorization === undefined && !presigned) {
    throw new ApiError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  if (authorization !== undefined && presigned) throw incomplete('Only one authentication mechanism is allowed.');
  const signature = presigned ? fromQuery(request, query) : fromHeader(request, authorization ?? '', query);
  requireSigned(request, signature);
  return signature;
}

function fromHeader(request: SignedRequest, authorization: string, query: Query): RequestSignature {
  const space = authorization.indexOf(' ');
  if (authorization.slice(0, Math.max(space, 0)) !== ALGORITHM) {
    throw incomplete(`Authorization header requires the algorithm '${ALGORITHM}'.`);
  }
  const given = { Credential: '', Signature: '', SignedHeaders: '' };
  for (const part of authorization.slice(space + 1).split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (name === 'Credential' || name === 'Signature' || name === 'SignedHeaders') {
      given[name] = part.slice(equals + 1).trim();
    }
  }
  const problems: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === '') problems.push(`Authorization header requires '${name}' parameter.`);
  }
  const timestamp = headerTimestamp(request);
  if (timestamp === null) {
    problems.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  if (problems.length > 0 || timestamp === null) throw incomplete(problems.join(' '));
  return complete({
    credential: given.Credential,
    signature: given.Signature,
    signedHeaders: given.SignedHeaders,
    timestamp,
    expiresMs: null,
    securityToken: request.headers.get('x-amz-security-token')?.[0] ?? null,
    declaredPayload: request.headers.get('x-amz-content-sha256')?.[0] ?? null,
    canonicalQuery: canonicalQuery(query),
  });
}

function fromQuery(request: SignedRequest, query: Query): RequestSignature {
  const parameters = new Map(query);
  if (parameters.size < query.length) throw incomplete('AWS query-string parameters must not repeat.');
  const algorithm = parameters.get('X-Amz-Algorithm');
  const wanted = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date'];
  const missing = wanted.filter((name) => (parameters.get(name) ?? '') === '');
  if (missing.length > 0) {
    throw incomplete(missing.map((name) => `AWS query-string parameters must include '${name}'.`).join(' '));
  }
  if (algorithm !== ALGORITHM) throw incomplete(`X-Amz-Algorithm must be '${ALGORITHM}'.`);
  const expires = parameters.get('X-Amz-Expires') ?? '';
  if (!/^\d{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) * 1_000 > QUOTAS.presignedMs) {
    throw incomplete(`X-Amz-Expires must be a number from 1 to ${QUOTAS.presignedMs / 1_000}.`);
  }
  // Signers that move headers into the query leave their names as they were.
  const optional = (name: string): string | undefined => parameters.get(name) ?? parameters.get(name.toLowerCase());
  return complete({
    credential: parameters.get('X-Amz-Credential') ?? '',
    signature: parameters.get('X-Amz-Signature') ?? '',
    signedHeaders: parameters.get('X-Amz-SignedHeaders') ?? '',
    timestamp: parameters.get('X-Amz-Date') ?? '',
    expiresMs: Number(expires) * 1_000,
    securityToken: optional('X-Amz-Security-Token') ?? null,
    declaredPayload: optional('X-Amz-Content-Sha256') ?? request.headers.get('x-amz-content-sha256')?.[0] ?? null,
    canonicalQuery: canonicalQuery(query.filter(([name]) => name !== 'X-Amz-Signature')),
  });
}

interface Parts extends Omit<RequestSignature, keyof Meaning | 'at'> {
  readonly credential: string;
  readonly signedHeaders: string;
}

/** What Credential and SignedHeaders mean: the same for all requests of a client on one day. */
type Meaning = Pick<RequestSignature, 'accessKeyId' | 'scope' | 'signedHeaders'>;

const meanings = new Map<string, Meaning>();
const MAX_MEANINGS = 1_000;

function complete(parts: Parts): RequestSignature {
  const { credential, signedHeaders, ...rest } = parts;
  const meaning = meaningOf(credential, signedHeaders);
  const at = parseTimestamp(rest.timestamp);
  if (at === null) throw incomplete("Date must be in ISO-8601 'basic format': YYYYMMDDTHHMMSSZ.");
  if (!/^[0-9a-f]{64}$/.test(rest.signature)) throw incomplete('Signature must be 64 hexadecimal digits.');
  return { ...rest, ...meaning, at };
}

function meaningOf(credential: string, signedHeaders: string): Meaning {
  const text = `${credential} ${signedHeaders}`;
  const known = meanings.get(text);
  if (known !== undefined) return known;
  const meaning = readMeaning(credential, signedHeaders);
  if (meanings.size >= MAX_MEANINGS) meanings.clear();
  meanings.set(text, meaning);
  return meaning;
}

function readMeaning(credential: string, list: string): Meaning {
  const elements = credential.split('/');
  const [accessKeyId, date, region, service, term] = elements;
  if (
    elements.length !== 5 ||
    accessKeyId === undefined ||
    date === undefined ||
    region === undefined ||
    service === undefined ||
    elements.includes('')
  ) {
    throw incomplete('Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.');
  }
  if (term !== 'aws4_request') throw invalid("Credential should be scoped with a valid terminator: 'aws4_request'.");
  const signedHeaders = list.split(';');
  if (!isAscending(signedHeaders)) throw incomplete('SignedHeaders must be in lower case, sorted, each once.');
  return { accessKeyId, scope: { date, region, service }, signedHeaders };
}

function isAscending(names: readonly string[]): boolean {
  return names.every((name, index) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && (names[index - 1] ?? '') < name);
}

/**
 * What decides about a request must be signed: else whoever overhears one could send another in its name. That is the
 * host and AWS's own headers; those that proxies add (`x-amzn-…`, `x-amz-cf-id`) are none of the sender's.
 */
function requireSigned(request: SignedRequest, signature: RequestSignature): void {
  const signed = signature.signedHeaders;
  if (!signed.includes('host'))
    throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  for (const name of request.headers.keys()) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-cf-id' || signed.includes(name)) continue;
    throw invalid(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);
  }
}

function headerTimestamp(request: SignedRequest): string | null {
  const own = request.headers.get('x-amz-date')?.[0];
  if (own !== undefined) return own;
  const date = request.headers.get('date')?.[0];
  if (date === undefined || parseTimestamp(date) !== null) return date ?? null;
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : basicTimestamp(at);
}

/** Requests of the same second have the same timestamp. */
let latest: { readonly text: string; readonly at: number | null } = { text: '', at: null };

function parseTimestamp(text: string): number | null {
  if (latest.text !== text) latest = { text, at: readTimestamp(text) };
  return latest.at;
}

function readTimestamp(text: string): number | null {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

/** Milliseconds since the epoch as `YYYYMMDDTHHMMSSZ`. */
export function basicTimestamp(at: number): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

type Query = ReadonlyArray<readonly [name: string, value: string]>;

function parseQuery(query: string): Query {
  if (query === '') return [];
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const [name, value] = equals === -1 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
      return [percentDecode(name), percentDecode(value)] as const;
    });
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw incomplete('The query string is not percent-encoded UTF-8.');
  }
}

/** By RFC 3986: letters, digits and `-._~` stay as they are. */
export function percentEncode(text: string): string {
  const hex = (one: string): string => `%${one.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, hex);
}

function canonicalQuery(query: Query): string {
  if (query.length === 0) return '';
  return query
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .toSorted(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function incomplete(message: string): ApiError {
  return new ApiError('IncompleteSignatureException', message);
}

function invalid(message: string): ApiError {
  return new ApiError('InvalidSignatureException', message);
}
