import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { send } from './call.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key. */
  readonly sessionToken: string;
}

/** What the server knows of who looks at it. */
export interface SessionFacts {
  readonly authentication: 'none' | 'required';
  readonly region: string;
  readonly accountId: string;
  /** Absent: there is no identity provider to sign in by. */
  readonly oidc?: { readonly name: string };
  readonly user: {
    readonly userArn: string;
    readonly userName: string;
    /** Whose approvals are the user's, too. */
    readonly groups: readonly string[];
    /** null: signed in by the identity provider. */
    readonly accessKeyId: string | null;
    readonly expiresDate: number;
  } | null;
}

const TARGET = 'Everstep.CreateConsoleSession';
const BODY = '{}';

export async function readSession(signal?: AbortSignal): Promise<SessionFacts> {
  return JSON.parse(await send('/console/session', signal === undefined ? {} : { signal }));
}

/**
 * Signs in by a request that is signed as every request of the API is (Signature Version 4): the secret is neither sent
 * nor kept, and the session lives in a cookie that no script can read. Computed here and not by the browser's own
 * cryptography, which plain HTTP does not have.
 */
export async function signIn(key: AccessKey, region: string): Promise<void> {
  const timestamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    host: location.host,
    'x-amz-date': timestamp,
    ...(key.sessionToken === '' ? {} : { 'x-amz-security-token': key.sessionToken }),
    'x-amz-target': TARGET,
  };
  const { host: _host, ...sent } = headers;
  await send('/console/session', {
    method: 'POST',
    headers: { ...sent, authorization: authorization(key, region, timestamp, headers) },
    body: BODY,
  });
}

export async function signOut(): Promise<void> {
  await send('/console/session', { method: 'DELETE' });
}

function authorization(
  key: AccessKey,
  region: string,
  timestamp: string,
  headers: Readonly<Record<string, string>>,
): string {
  const date = timestamp.slice(0, 8);
  const scope = `${date}/${region}/states/aws4_request`;
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]?.trim()}\n`).join('');
  const canonical = `POST\n/\n\n${lines}\n${names.join(';')}\n${hash(BODY)}`;
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${hash(canonical)}`;
  const steps = [date, region, 'states', 'aws4_request'];
  const first: Uint8Array = utf8ToBytes(`AWS4${key.secretAccessKey}`);
  const signing = steps.reduce((secret, step) => mac(secret, step), first);
  const signature = bytesToHex(mac(signing, text));
  return `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

function hash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

function mac(secret: Uint8Array, text: string): Uint8Array {
  return hmac(sha256, secret, utf8ToBytes(text));
}
