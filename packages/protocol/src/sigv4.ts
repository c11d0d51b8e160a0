import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { ApiError } from './errors.ts';
import { QUOTAS } from './quotas.ts';
import type { RequestSignature, SignedRequest } from './sigv4-request.ts';
import { ALGORITHM, basicTimestamp, percentEncode } from './sigv4-request.ts';

/** Where a signature must say it is meant for. */
export interface SignatureScope {
  readonly region: string;
  /** AWS's signing name: `states`. */
  readonly service: string;
}

/**
 * Checks what a signature claims about itself: its scope and its age, against the server's clock in milliseconds since
 * the epoch. Errors: InvalidSignatureException.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 */
export function checkSignatureClaims(signature: RequestSignature, scope: SignatureScope, now: number): void {
  const { date, region, service } = signature.scope;
  if (region !== scope.region) throw invalid('Credential should be scoped to a valid region.');
  if (service !== scope.service) throw invalid(`Credential should be scoped to correct service: '${scope.service}'.`);
  if (date !== signature.timestamp.slice(0, 8)) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != ` +
        `'${signature.timestamp.slice(0, 8)}', from '${signature.timestamp}'.`,
    );
  }
  checkAge(signature, now);
}

function checkAge(signature: RequestSignature, now: number): void {
  const skew = QUOTAS.signatureSkewMs;
  const minutes = skew / 60_000;
  const { timestamp, at, expiresMs } = signature;
  if (at > now + skew) {
    const latest = basicTimestamp(now + skew);
    throw invalid(
      `Signature not yet current: ${timestamp} is still later than ${latest} (${basicTimestamp(now)} + ${minutes} min.)`,
    );
  }
  if (expiresMs !== null) {
    if (at + expiresMs >= now) return;
    throw invalid(`Signature expired: ${basicTimestamp(at + expiresMs)} is now earlier than ${basicTimestamp(now)}`);
  }
  if (at >= now - skew) return;
  const earliest = basicTimestamp(now - skew);
  throw invalid(
    `Signature expired: ${timestamp} is now earlier than ${earliest} (${basicTimestamp(now)} - ${minutes} min.)`,
  );
}

/** The key that signs for a day, a region and a service; worth keeping, as it takes four MACs. */
export function deriveSigningKey(secretAccessKey: string, date: string, scope: SignatureScope): SigningKey {
  const mac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const dated = mac(Buffer.from(`AWS4${secretAccessKey}`), date);
  return new SigningKey(mac(mac(mac(dated, scope.region), scope.service), 'aws4_request'));
}

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * HMAC-SHA-256 under one key (RFC 2104), by two calls of the one-shot hash: Node's Hmac objects take three times as long,
 * which is most of what verifying a request costs.
 */
export class SigningKey {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** At most 64 bytes. */
  constructor(key: Uint8Array) {
    this.#inner = Buffer.alloc(BLOCK_BYTES, 0x36);
    this.#outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c);
    for (const [index, byte] of key.entries()) {
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /** 32 bytes. */
  sign(text: string): Buffer {
    const bytes = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(text));
    this.#inner.copy(bytes);
    bytes.write(text, BLOCK_BYTES);
    hash('sha256', bytes, 'buffer').copy(this.#outer, BLOCK_BYTES);
    return hash('sha256', this.#outer, 'buffer');
  }
}

export interface VerificationOptions {
  /**
   * Whether a request may leave its body out of the signature (UNSIGNED-PAYLOAD): only where the connection itself keeps
   * the body as it was sent.
   */
  readonly allowUnsignedPayload: boolean;
}

/**
 * Signs the request again, by the headers it lists, and compares in constant time.
 * Errors: InvalidSignatureException.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(
  signature: RequestSignature,
  request: SignedRequest,
  body: Uint8Array,
  signingKey: SigningKey,
  options: VerificationOptions,
): void {
  const payload = payloadHash(signature, body, options);
  const canonical = canonicalRequest(signature, request, payload);
  const { date, region, service } = signature.scope;
  const text = `${ALGORITHM}\n${signature.timestamp}\n${date}/${region}/${service}/aws4_request\n${hash('sha256', canonical)}`;
  const expected = signingKey.sign(text);
  // Its shape was checked, so both have 32 bytes.
  if (!timingSafeEqual(expected, Buffer.from(signature.signature, 'hex'))) throw mismatch();
}

function payloadHash(signature: RequestSignature, body: Uint8Array, options: VerificationOptions): string {
  const declared = signature.declaredPayload;
  if (declared === UNSIGNED_PAYLOAD && options.allowUnsignedPayload) return UNSIGNED_PAYLOAD;
  const actual = hash('sha256', body);
  // A declared hash that is not the body's was signed for another body.
  if (declared !== null && declared !== actual) throw mismatch();
  return actual;
}

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

function canonicalRequest(signature: RequestSignature, request: SignedRequest, payload: string): string {
  let headers = '';
  for (const name of signature.signedHeaders) {
    const values = request.headers.get(name);
    if (values === undefined) throw mismatch();
    const [first = ''] = values;
    headers += `${name}:${values.length === 1 ? canonicalValue(first) : values.map(canonicalValue).join(',')}\n`;
  }
  return `${request.method}\n${canonicalPath(request.path)}\n${signature.canonicalQuery}\n${headers}\n${signature.signedHeaders.join(';')}\n${payload}`;
}

/** Every part is encoded once more, as for all services but S3; dots and empty parts are resolved. */
function canonicalPath(path: string): string {
  if (path === '/') return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(percentEncode(part));
  }
  const end = path.endsWith('/') && parts.length > 0 ? '/' : '';
  return `/${parts.join('/')}${end}`;
}

function canonicalValue(value: string): string {
  const trimmed = value.trim();
  return /\s\s|[^\S ]/.test(trimmed) ? trimmed.replace(/\s+/g, ' ') : trimmed;
}

function mismatch(): ApiError {
  return invalid(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
  );
}

function invalid(message: string): ApiError {
  return new ApiError('InvalidSignatureException', message);
}
