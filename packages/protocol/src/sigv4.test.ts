import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  integer,
  string,
  stringMatching,
  tuple,
  uint8Array,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from './errors.ts';
import { type SignedRequest, basicTimestamp, headerMap, readSignature } from './sigv4-request.ts';
import { SigningKey, checkSignatureClaims, deriveSigningKey, verifySignature } from './sigv4.ts';

const SCOPE = { region: 'eu-central-1', service: 'states' };
const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
const NOW = Date.parse('2026-11-23T15:26:29Z');
const TARGET = 'AWSStepFunctions.ListStateMachines';
type Sent = Awaited<ReturnType<SignatureV4['sign']>>;

/** SHA-256 or its HMAC as Smithy wants it. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function signer(credentials: object = CREDENTIALS): SignatureV4 {
  return new SignatureV4({ ...SCOPE, credentials: { ...CREDENTIALS, ...credentials }, sha256: Sha256 });
}

function unsigned(change: Partial<Sent> = {}): Sent {
  const headers = { host: '127.0.0.1:8083', 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': TARGET };
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: '/',
    query: {},
    headers,
    body: '{}',
  };
  return { ...request, ...change };
}

const at = { signingDate: new Date(NOW) };

/** As the server sees what was sent. */
function received(request: Sent, query = queryText(request)): SignedRequest {
  const { method, path } = request;
  return { method, path, headers: headerMap(Object.entries(request.headers).flat()), query };
}

function queryText(request: Sent): string {
  return Object.entries(request.query ?? {})
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one ?? '']))
    .map((pair) => pair.map((text) => encodeURIComponent(text ?? '')).join('='))
    .join('&');
}

function verify(
  request: SignedRequest,
  body: string | undefined,
  change: { now?: number; secret?: string; tls?: boolean } = {},
) {
  const signature = readSignature(request);
  checkSignatureClaims(signature, SCOPE, change.now ?? NOW);
  const key = deriveSigningKey(change.secret ?? CREDENTIALS.secretAccessKey, signature.scope.date, SCOPE);
  verifySignature(signature, request, Buffer.from(body ?? ''), key, { allowUnsignedPayload: change.tls ?? false });
  return signature;
}

function refusal(act: () => unknown): [code: string, message: string] {
  try {
    act();
  } catch (error) {
    if (error instanceof ApiError) return [error.code, error.message];
    throw error;
  }
  return ['none', ''];
}

const MISMATCH = [
  'InvalidSignatureException',
  expect.stringMatching(/^The request signature we calculated does not match/),
];

const sentOnce = await signer().sign(unsigned(), at);
const streaming = received(
  await signer().sign(
    unsigned({ headers: { ...unsigned().headers, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } }),
    at,
  ),
);

describe('a signature by Smithy’s signer', () => {
  const word = stringMatching(/^[!-~][ -~]{0,20}$/);
  const bodies = string({ unit: 'grapheme', maxLength: 60 });
  const headers = dictionary(stringMatching(/^(x-[a-y]{1,8}|content-language)$/), word, { maxKeys: 4 });
  const queries = dictionary(
    string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    string({ unit: 'grapheme', maxLength: 8 }),
    {
      maxKeys: 3,
      noNullPrototype: true,
    },
  );
  const secrets = string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

  it('in the headers verifies, whatever is signed', async () => {
    const cases = asyncProperty(bodies, headers, queries, secrets, async (body, more, query, secretAccessKey) => {
      const request = unsigned({ body, query, headers: { ...unsigned().headers, ...more } });
      const sent = await signer({ secretAccessKey }).sign(request, at);
      const signature = verify(received(sent), body, { secret: secretAccessKey });
      expect(signature.accessKeyId).toBe(CREDENTIALS.accessKeyId);
    });
    await assert(cases, { numRuns: 300 });
  });

  it('in the query verifies, and whichever one thing is changed it does not', async () => {
    const which = constantFrom('body', 'header', 'query', 'method', 'signature', 'secret', 'expiry');
    const cases = asyncProperty(
      bodies,
      headers,
      integer({ min: 1, max: 604_800 }),
      which,
      async (body, more, expiresIn, what) => {
        const request = unsigned({ body, headers: { ...unsigned().headers, ...more, 'x-mark': '1' } });
        const sent = await signer().presign(request, {
          ...at,
          expiresIn,
          unhoistableHeaders: new Set(['x-amz-target']),
        });
        const query = queryText(sent);
        verify(received(sent), body);
        const other: Sent = {
          ...sent,
          ...(what === 'method' ? { method: 'PUT' } : {}),
          headers: { ...sent.headers, ...(what === 'header' ? { 'x-mark': '2' } : {}) },
        };
        const otherQueries: Partial<Record<string, string>> = {
          query: `${query}&x=1`,
          signature: query.replace(
            /X-Amz-Signature=(.)/,
            (_all, first) => `X-Amz-Signature=${first === 'a' ? 'b' : 'a'}`,
          ),
          expiry: query.replace(/X-Amz-Expires=\d+/, `X-Amz-Expires=${expiresIn === 1 ? 2 : expiresIn - 1}`),
        };
        const otherQuery = otherQueries[what];
        const act = () =>
          verify(received(other, otherQuery ?? query), what === 'body' ? `${body} ` : body, {
            secret: what === 'secret' ? 'another' : CREDENTIALS.secretAccessKey,
          });
        expect(refusal(act)).toEqual(MISMATCH);
      },
    );
    await assert(cases, { numRuns: 200 });
  });

  it('verifies with repeated headers as they came, and runs of spaces made one', async () => {
    const cases = asyncProperty(array(tuple(word, word), { minLength: 1, maxLength: 3 }), async (values) => {
      const joined = values.map(([left, right]) => `${left} ${right}`.trim().replace(/\s+/g, ' ')).join(',');
      const sent = await signer().sign(unsigned({ headers: { ...unsigned().headers, 'x-many': joined } }), at);
      const raw = Object.entries(sent.headers).filter(([name]) => name !== 'x-many');
      for (const [left, right] of values) raw.push(['X-Many', `  ${left}    ${right} `]);
      verify({ method: 'POST', path: '/', headers: headerMap(raw.flat()), query: '' }, '{}');
    });
    await assert(cases, { numRuns: 100 });
  });

  it('of another region, service or day is refused', async () => {
    const elsewhere = async (change: object) => {
      const other = new SignatureV4({ ...SCOPE, credentials: CREDENTIALS, sha256: Sha256, ...change });
      return received(await other.sign(unsigned(), at));
    };
    const abroad = await elsewhere({ region: 'us-east-1' });
    expect(refusal(() => verify(abroad, '{}'))).toEqual([
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
    ]);
    const s3 = await elsewhere({ service: 's3' });
    expect(refusal(() => verify(s3, '{}'))).toEqual([
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'states'.",
    ]);
    const sent = await signer().sign(unsigned(), at);
    const authorization = (sent.headers.authorization ?? '').replace('/20261123/', '/20261122/');
    expect(refusal(() => verify(received({ ...sent, headers: { ...sent.headers, authorization } }), '{}'))).toEqual([
      'InvalidSignatureException',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261122' != '20261123', from '20261123T152629Z'.",
    ]);
  });
});

describe('a signing key', () => {
  it('makes the MACs that Node makes', async () => {
    const texts = string({ unit: 'grapheme', maxLength: 300 });
    const keys = uint8Array({ minLength: 1, maxLength: 64 });
    const cases = asyncProperty(keys, texts, texts, async (key, first, second) => {
      const signing = new SigningKey(key);
      for (const text of [first, second]) {
        expect(signing.sign(text)).toEqual(createHmac('sha256', key).update(text).digest());
      }
    });
    await assert(cases, { numRuns: 300 });
  });
});

describe('the age of a signature', () => {
  const minute = 60_000;

  it('may differ from the server’s clock by 15 minutes', async () => {
    const sent = received(await signer().sign(unsigned(), at));
    for (const difference of [-15 * minute, 0, 15 * minute]) verify(sent, '{}', { now: NOW + difference });
    expect(refusal(() => verify(sent, '{}', { now: NOW + 15 * minute + 1_000 }))).toEqual([
      'InvalidSignatureException',
      'Signature expired: 20261123T152629Z is now earlier than 20261123T152630Z (20261123T154130Z - 15 min.)',
    ]);
    expect(refusal(() => verify(sent, '{}', { now: NOW - 15 * minute - 1_000 }))).toEqual([
      'InvalidSignatureException',
      'Signature not yet current: 20261123T152629Z is still later than 20261123T152628Z (20261123T151128Z + 15 min.)',
    ]);
  });

  it('of a presigned request is what it says, at most seven days', async () => {
    const sent = await signer().presign(unsigned(), {
      ...at,
      expiresIn: 60,
      unhoistableHeaders: new Set(['x-amz-target']),
    });
    verify(received(sent), '{}', { now: NOW + minute });
    expect(refusal(() => verify(received(sent), '{}', { now: NOW + minute + 1_000 }))).toEqual([
      'InvalidSignatureException',
      'Signature expired: 20261123T152729Z is now earlier than 20261123T152730Z',
    ]);
    for (const expires of ['0', '604801', '-1', '1e3', '']) {
      const query = queryText(sent).replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`);
      expect(refusal(() => verify(received(sent, query), '{}'))[0]).toBe('IncompleteSignatureException');
    }
  });

  it('is read from the Date header where that is all there is', async () => {
    const sent = await signer().sign(unsigned(), at);
    const { 'x-amz-date': _gone, ...headers } = sent.headers;
    const dated = { ...sent, headers: { ...headers, date: new Date(NOW).toUTCString() } };
    expect(readSignature(received(dated)).timestamp).toBe(basicTimestamp(NOW));
  });
});

describe('the body', () => {
  const withHash = async (hash: string) =>
    received(await signer().sign(unsigned({ headers: { ...unsigned().headers, 'x-amz-content-sha256': hash } }), at));

  it('must have the hash that the request declares', async () => {
    verify(await withHash(createHash('sha256').update('{}').digest('hex')), '{}');
    expect(refusal(() => verify(received(sentOnce), '{"other":1}'))).toEqual(MISMATCH);
    const wrong = await withHash(createHash('sha256').update('{"other":1}').digest('hex'));
    expect(refusal(() => verify(wrong, '{}'))).toEqual(MISMATCH);
  });

  it('may stay unsigned only where the connection keeps it', async () => {
    const sent = await withHash('UNSIGNED-PAYLOAD');
    verify(sent, '{"any":1}', { tls: true });
    expect(refusal(() => verify(sent, '{"any":1}'))).toEqual(MISMATCH);
    expect(refusal(() => verify(streaming, '{}', { tls: true }))).toEqual(MISMATCH);
  });
});

describe('a request', () => {
  const changed = (headers: Record<string, string>): SignedRequest =>
    received({ ...sentOnce, headers: { ...sentOnce.headers, ...headers } });
  const authorization = sentOnce.headers.authorization ?? '';

  it('without a signature is missing its token', () => {
    expect(refusal(() => readSignature(received(unsigned())))).toEqual([
      'MissingAuthenticationTokenException',
      'Request is missing Authentication Token',
    ]);
  });

  it.each<[string, string]>([
    ['Bearer abc', "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'."],
    ['', "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'."],
    ['AWS4-HMAC-SHA256', "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'."],
    [
      'AWS4-HMAC-SHA256 x',
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    ],
    [
      authorization.replace('/states/', '/'),
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    ],
    [authorization.replace(/Signature=.*/, 'Signature=abc'), 'Signature must be 64 hexadecimal digits.'],
    [
      authorization.replace('SignedHeaders=', 'SignedHeaders=Host;'),
      'SignedHeaders must be in lower case, sorted, each once.',
    ],
    [
      authorization.replace('SignedHeaders=', 'SignedHeaders=zz;'),
      'SignedHeaders must be in lower case, sorted, each once.',
    ],
  ])('with the Authorization %j is incomplete', (text, message) => {
    expect(refusal(() => readSignature(changed({ authorization: text })))).toEqual([
      'IncompleteSignatureException',
      message,
    ]);
  });

  it('without a date, or with one that is none, is incomplete', () => {
    const { 'x-amz-date': _gone, ...headers } = sentOnce.headers;
    expect(refusal(() => readSignature(received({ ...sentOnce, headers })))).toEqual([
      'IncompleteSignatureException',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    ]);
    for (const date of ['2026', '20261399T000000Z', '20261123T152629']) {
      expect(refusal(() => readSignature(changed({ 'x-amz-date': date })))[0]).toBe('IncompleteSignatureException');
    }
  });

  it('must sign its host and every header that decides about it', () => {
    const unsignedHost = changed({ authorization: authorization.replace(/host;/, '') });
    expect(refusal(() => readSignature(unsignedHost))).toEqual([
      'InvalidSignatureException',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    ]);
    const smuggled = changed({ 'x-amz-security-token': 'late' });
    expect(refusal(() => readSignature(smuggled))).toEqual([
      'InvalidSignatureException',
      "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
    ]);
    readSignature(changed({ 'x-amzn-trace-id': 'Root=1', 'x-amz-cf-id': 'by a proxy' }));
  });

  it('cannot be signed in two ways, nor twice in its query', async () => {
    const twice = received(sentOnce, 'X-Amz-Signature=1');
    expect(refusal(() => readSignature(twice))[0]).toBe('IncompleteSignatureException');
    const presigned = await signer().presign(unsigned(), { ...at, unhoistableHeaders: new Set(['x-amz-target']) });
    const query = `${queryText(presigned)}&X-Amz-Date=20261123T152629Z`;
    expect(refusal(() => readSignature(received(presigned, query)))[0]).toBe('IncompleteSignatureException');
    expect(refusal(() => readSignature(received(presigned, 'X-Amz-Algorithm=%ZZ')))[0]).toBe(
      'IncompleteSignatureException',
    );
  });
});
