import { type SignatureScope, deriveSigningKey, percentEncode } from '@everstep/protocol';
import { createHash } from 'node:crypto';
import type { AwsCredentials } from '../aws-sdk/sdk-clients.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { Pairs } from '../http/http-values.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';

/**
 * A request with its signature by AWS Signature Version 4: its own headers, the host and the time are signed.
 * `now`: milliseconds since the epoch.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(
  request: HttpRequest,
  credentials: AwsCredentials,
  scope: SignatureScope,
  now: number,
): HttpRequest {
  const timestamp = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = timestamp.slice(0, 8);
  const added: Pairs = [
    ['X-Amz-Date', timestamp],
    ...(credentials.sessionToken === undefined ? [] : [['X-Amz-Security-Token', credentials.sessionToken] as const]),
  ];
  const headers = [...request.headers, ...added];
  const host = headers.some(([name]) => name.toLowerCase() === 'host') ? [] : [['host', request.url.host] as const];
  const signed = canonicalHeaders([...headers, ...host]);
  const names = [...signed.keys()].join(';');
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url),
    ...[...signed].map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(request.body ?? ''),
  ].join('\n');
  const place = `${date}/${scope.region}/${scope.service}/aws4_request`;
  const key = deriveSigningKey(credentials.secretAccessKey, date, scope);
  const signature = key.sign(`${ALGORITHM}\n${timestamp}\n${place}\n${sha256(canonical)}`).toString('hex');
  const authorization = `${ALGORITHM} Credential=${credentials.accessKeyId}/${place}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...request, headers: [...headers, ['Authorization', authorization]] };
}

/** By name in lower case, ascending; what repeats is one header with commas. */
function canonicalHeaders(headers: Pairs): Map<string, string> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    values.set(lower, [...(values.get(lower) ?? []), value.trim().replace(/\s+/g, ' ')]);
  }
  const sorted = [...values].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return new Map(sorted.map(([name, all]) => [name, all.join(',')]));
}

/** Encoded once more: the path is signed as it is sent, and what is sent is encoded already. */
function canonicalPath(path: string): string {
  return path.split('/').map(percentEncode).join('/');
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .toSorted(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
