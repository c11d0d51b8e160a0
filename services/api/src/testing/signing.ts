import { SmithySha256 } from '@everstep/testkit';
import { SignatureV4 } from '@smithy/signature-v4';
import { type RawAnswer, type SdkCredentials, rawRequest } from './api-bench.ts';

export interface Signing {
  readonly url: string;
  readonly credentials: SdkCredentials;
  /** Without the prefix. */
  readonly operation: string;
  /** The target's prefix, where it is not AWSStepFunctions. */
  readonly service?: string;
  /** Of the signature's scope, where it is not `states`. */
  readonly signingName?: string;
  readonly body: string;
  readonly signingDate?: Date;
  /** Signed in the query, good for so many seconds. */
  readonly presignedSeconds?: number;
}

/** A request as a client would send it: what an attacker may have overheard. */
export interface SentRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export async function signRequest(signing: Signing): Promise<SentRequest> {
  const { url, credentials, operation, body, signingDate = new Date(), presignedSeconds } = signing;
  const { service = 'AWSStepFunctions', signingName = 'states' } = signing;
  const { host, hostname } = new URL(url);
  const signer = new SignatureV4({ service: signingName, region: 'us-east-1', credentials, sha256: SmithySha256 });
  const headers = {
    host,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `${service}.${operation}`,
  };
  const request = { method: 'POST', protocol: 'http:', hostname, path: '/', query: {}, headers, body };
  if (presignedSeconds === undefined) {
    const signed = await signer.sign(request, { signingDate });
    return { method: 'POST', path: '/', headers: signed.headers, body };
  }
  const signed = await signer.presign(request, {
    signingDate,
    expiresIn: presignedSeconds,
    signableHeaders: new Set(['host', 'content-type']),
  });
  const query = new URLSearchParams(
    Object.entries(signed.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return { method: 'POST', path: `/?${query.toString().replaceAll('+', '%20')}`, headers: signed.headers, body };
}

export function send(url: string, request: SentRequest): Promise<RawAnswer> {
  return rawRequest(url, request);
}

/** Signs and sends. */
export async function call(signing: Signing): Promise<RawAnswer> {
  return send(signing.url, await signRequest(signing));
}
