import { createAccessKey, type Credentials, MasterKeys } from '@everstep/engine';
import { FULL_ACCESS_POLICY } from '@everstep/protocol';
import { createPostgresStore } from '@everstep/store-postgres';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac } from 'node:crypto';
import type { HttpRequest } from './http-client.ts';

/** A key of the benchmark's account, made as an operator makes one. */
export async function createKey(databaseUrl: string, masterKey: string): Promise<Credentials> {
  const store = createPostgresStore({ connectionString: databaseUrl });
  try {
    return await createAccessKey(store, new MasterKeys([masterKey]), {
      accountId: '123456789012',
      userName: 'bench',
      policy: FULL_ACCESS_POLICY,
      expiresAt: null,
      now: Date.now(),
    });
  } finally {
    await store.close();
  }
}

export interface SigningOptions {
  readonly host: string;
  readonly credentials: Credentials;
}

/**
 * A call as the SDK signs it. The same bytes can be sent again for a quarter of an hour, so that the load generator does
 * not pay for signatures.
 */
export async function signedRequest(
  { host, credentials }: SigningOptions,
  target: string,
  input: object,
): Promise<HttpRequest> {
  const { accessKeyId, secretAccessKey } = credentials;
  const signer = new SignatureV4({
    service: 'states',
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
  });
  const body = JSON.stringify(input);
  const type = 'application/x-amz-json-1.0';
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: host,
    path: '/',
    query: {},
    headers: { host, 'content-type': type, 'x-amz-target': target },
    body,
  });
  // The client writes these itself.
  const { host: _host, 'content-type': _type, 'x-amz-target': _target, ...rest } = headers;
  return { method: 'POST', path: '/', target, body, headers: rest };
}

/** Node's SHA-256 as the signer wants it. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
