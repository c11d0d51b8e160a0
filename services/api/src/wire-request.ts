import { ApiError, type SignedRequest, headerMap } from '@everstep/protocol';
import type { FastifyRequest } from 'fastify';

/** Where a request names one thing twice, the parts of a path to the server might each believe another one. */
const ONCE = [
  'host',
  'authorization',
  'date',
  'content-type',
  'content-length',
  'x-amz-target',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
] as const;

/** The request as it came, before Node joins or drops what repeats. Errors: SerializationException. */
export function signedRequestOf(request: FastifyRequest): SignedRequest {
  const { rawHeaders } = request.raw;
  const headers = headerMap(rawHeaders);
  // Most requests repeat nothing.
  if (headers.size * 2 < rawHeaders.length) {
    const twice = ONCE.find((name) => (headers.get(name)?.length ?? 0) > 1);
    if (twice !== undefined) {
      throw new ApiError('SerializationException', `The header '${twice}' occurs more than once.`);
    }
  }
  // A proxy's absolute form names the host before the path.
  const target = request.originalUrl.replace(/^https?:\/\/[^/?#]*/i, '');
  const start = target.indexOf('?');
  const path = start === -1 ? target : target.slice(0, start);
  const query = start === -1 ? '' : target.slice(start + 1);
  return { method: request.method, path: path === '' ? '/' : path, headers, query };
}

/**
 * An absolute-form target, as proxies send it, names the host a second time; a signature covers the header's only.
 * Errors: SerializationException.
 */
export function requireOneHost(request: FastifyRequest): void {
  // Compared as text: `sync-127.0.0.1`, which clients make of an endpoint on this machine, is no host to a URL's parser.
  const [, named] = /^https?:\/\/([^/?#]*)/i.exec(request.originalUrl) ?? [];
  if (named === undefined || withoutUsualPort(named) === withoutUsualPort(request.headers.host ?? '')) return;
  throw new ApiError(
    'SerializationException',
    'The host of the request target is another one than that of the header.',
  );
}

function withoutUsualPort(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, '');
}

/** What X-Amz-Target says; a presigner may move the header to the query, where it is signed as well. */
export function targetOf(request: FastifyRequest): string | undefined {
  const given = request.headers['x-amz-target'];
  if (given !== undefined) return Array.isArray(given) ? given.join(',') : given;
  const start = request.originalUrl.indexOf('?');
  if (start === -1) return undefined;
  const query = [...new URLSearchParams(request.originalUrl.slice(start))];
  return query.find(([name]) => name.toLowerCase() === 'x-amz-target')?.[1];
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost|.+\.localhost)$/i;

/** Whether a Host header names this machine. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host !== undefined && LOOPBACK.test(host.replace(/:\d+$/, ''));
}

/** Ends of names that the public DNS does not give. */
const PRIVATE_NAME = /\.(localhost|local|internal|svc|test|home\.arpa)$/i;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * Whether a Host header is none that a stranger could have made to point here: an address, a name without dots, as
 * containers have, or one of a zone that is private.
 */
export function isPrivateHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:\d+$/, '');
  return !name.includes('.') || name.startsWith('[') || IPV4.test(name) || PRIVATE_NAME.test(name);
}

/**
 * A browser lets any page send requests to this machine; where nobody is asked who they are, only pages that come from
 * it may, or, where the server listens beyond it, pages of the server itself. A page's own name that was made to point
 * here (DNS rebinding) is recognised by its Origin, and, as no browser sends that with a page's GET to its own host, by
 * the Host of a GET. What is no browser sends no Origin, and its other requests any Host. Errors: AccessDeniedException.
 */
export function refuseForeignPages(request: FastifyRequest, servesLoopback: boolean): void {
  const { origin, host } = request.headers;
  const isOwnHost = isLoopbackHost(host) || (!servesLoopback && isPrivateHost(host));
  if (origin === undefined) {
    if (isOwnHost || (request.method !== 'GET' && request.method !== 'HEAD')) return;
    throw new ApiError('AccessDeniedException', `Where nobody must sign, this server is not read as '${host ?? ''}'.`);
  }
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url !== null && LOOPBACK.test(url.hostname)) return;
  if (url !== null && !servesLoopback && isOwnHost && url.host === host) return;
  throw new ApiError('AccessDeniedException', 'Pages of other origins may not call this server.');
}
