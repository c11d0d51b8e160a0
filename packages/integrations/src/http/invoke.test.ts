import {
  type CallCredentials,
  ConnectionUseError,
  type TaskRequest,
  type WireExchange,
  DEFAULT_OUTGOING_RULES,
  OutgoingPolicy,
} from '@everstep/engine';
import type { Json, JsonObject } from '@everstep/language';
import { FaultyServer, contractRequest } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoing } from '../outgoing/create-outgoing.ts';
import { CONNECTION, fixedCredentials, outgoingToLoopback } from '../testing/web-rig.ts';
import { createHttpInvokeIntegration } from './invoke.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

const json = (body: string) => ({ headers: { 'content-type': 'application/json' }, body });

interface Given {
  readonly added?: Partial<CallCredentials>;
  readonly request?: Partial<TaskRequest>;
}

function integration(added?: Partial<CallCredentials>) {
  const credentials = fixedCredentials(added);
  const now = () => Date.parse('2026-11-27T10:00:00Z');
  return createHttpInvokeIntegration({ outgoing: outgoingToLoopback(), credentials, region: 'eu-west-1', now });
}

function invoke(parameters: JsonObject, { added, request }: Given = {}) {
  const whole = { InvocationConfig: { ConnectionArn: CONNECTION }, Method: 'GET', ApiEndpoint: server.url };
  return integration(added).perform(contractRequest('http:invoke', { ...whole, ...parameters }, request));
}

/** What arrived at the server. */
async function sent(parameters: JsonObject, added: Partial<CallCredentials> = {}) {
  server.behave(json('{}'));
  expect(await invoke(parameters, { added })).toMatchObject({ type: 'succeeded' });
  const [request] = server.seen;
  if (request === undefined) throw new Error('nothing arrived');
  return request;
}

async function bodyOf(RequestBody: Json, more: JsonObject = {}): Promise<string> {
  return (await sent({ Method: 'POST', RequestBody, ...more })).body;
}

describe('what http:invoke sends', () => {
  it('is the state’s request and what the connection adds, which wins', async () => {
    const request = await sent(
      {
        Method: 'POST',
        ApiEndpoint: `${server.url}/path?own=1`,
        Headers: { 'Request-Id': 'my', 'Header-Param': 'state', 'X-List': ['a', 2], 'User-Agent': 'mine' },
        QueryParameters: { QueryParam: 'state', list: ['a', 'b'], n: 1.5, sign: 'ü &=/' },
        RequestBody: { Job: 'Engineer', BodyParam: 'state' },
      },
      {
        headers: [
          ['Apikey', 'key'],
          ['header-param', 'connection'],
        ],
        query: [['QueryParam', 'connection']],
        body: [['BodyParam', 'connection']],
      },
    );
    expect(request.method).toBe('POST');
    expect(request.path).toBe('/path?own=1&list=a&list=b&n=1.5&sign=%C3%BC%20%26%3D%2F&QueryParam=connection');
    expect(JSON.parse(request.body)).toEqual({ Job: 'Engineer', BodyParam: 'connection' });
    expect(request.headers).toMatchObject({
      'request-id': 'my',
      'header-param': 'connection',
      apikey: 'key',
      'x-list': 'a, 2',
      'user-agent': 'Amazon|StepFunctions|HttpInvoke|eu-west-1',
      range: 'bytes=0-262144',
      'content-type': 'application/json; charset=UTF-8',
      'content-length': String(Buffer.byteLength(request.body)),
      host: new URL(server.url).host,
    });
  });

  it('takes query parameters as a text and as a list, too', async () => {
    expect((await sent({ QueryParameters: 'a=1&b=x%20y' })).path).toBe('/?a=1&b=x%20y');
    expect((await sent({ QueryParameters: [{ a: 1 }, { b: null }, 'c=d'] })).path).toBe('/?a=1&b=&c=d');
  });

  it('has a body with any method, and none where there is none', async () => {
    const plain = await sent({});
    expect([plain.body, plain.headers['content-type'], plain.headers['content-length']]).toEqual([
      '',
      undefined,
      undefined,
    ]);
    expect((await sent({ RequestBody: { a: 1 } })).body).toBe('{"a":1}');
    expect((await sent({ Method: 'POST' })).headers['content-length']).toBe('0');
    expect((await sent({ Method: 'DELETE' }, { body: [['k', 'v']] })).body).toBe('{"k":"v"}');
  });

  it('sends a text as JSON to who expects JSON, as it is to others', async () => {
    expect(await bodyOf('text')).toBe('"text"');
    expect(await bodyOf('<a/>', { Headers: { 'Content-Type': 'text/xml' } })).toBe('<a/>');
    expect(await bodyOf('x', { Headers: { 'Content-Type': 'application/vnd.api+json' } })).toBe('"x"');
    expect(await bodyOf([1, 'a', null])).toBe('[1,"a",null]');
  });

  it.each([
    ['INDICES', 'array%5B0%5D=a&array%5B1%5D=b%2Cc&o%5Bk%5D%5B0%5D=1&s=x%20y'],
    ['REPEAT', 'array=a&array=b%2Cc&o%5Bk%5D=1&s=x%20y'],
    ['COMMAS', 'array=a,b%2Cc&o%5Bk%5D=1&s=x%20y'],
    ['BRACKETS', 'array%5B%5D=a&array%5B%5D=b%2Cc&o%5Bk%5D%5B%5D=1&s=x%20y'],
  ])('encodes lists in a form by %s', async (ArrayFormat, expected) => {
    const body = { array: ['a', 'b,c'], o: { k: [1] }, s: 'x y' };
    const Transform = { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat } };
    const Headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect(await bodyOf(body, { Transform, Headers })).toBe(expected);
  });

  it('encodes by INDICES unless told, after merging, and a text not at all', async () => {
    const Transform = { RequestBodyEncoding: 'URL_ENCODED' };
    expect(await bodyOf({ a: ['x'], b: null, c: true }, { Transform })).toBe('a%5B0%5D=x&b=&c=true');
    const merged = await sent({ Method: 'POST', Transform, RequestBody: { a: 1 } }, { body: [['a', '&']] });
    expect(merged.body).toBe('a=%26');
    expect(await bodyOf('a=1&b=2', { Transform })).toBe('a=1&b=2');
  });

  it('keeps numbers as they are written', async () => {
    const exact = JSON.parse('{"n":12345678901234567890.10}', (_name, value, { source } = { source: '' }) =>
      typeof value === 'number' ? JSON.rawJSON(source) : value,
    );
    expect(await bodyOf(exact)).toBe('{"n":12345678901234567890.10}');
  });
});

describe('what http:invoke refuses to send', () => {
  const refused = async (parameters: JsonObject, added: Partial<CallCredentials> = {}): Promise<string> => {
    server.behave(json('{}'));
    const outcome = await invoke(parameters, { added });
    expect(server.seen).toHaveLength(0);
    expect(outcome).toMatchObject({ type: 'failed', error: 'States.Runtime' });
    return outcome.type === 'failed' ? outcome.cause : '';
  };

  it.each([
    'A-IM',
    'accept-encoding',
    'Authorization',
    'Connection',
    'Content-Length',
    'Host',
    'TE',
    'transfer-encoding',
    'X-Forwarded-For',
    'x-amz-date',
    'X-Amzn-Trace-Id',
  ])('the header %s', async (name) => {
    expect(await refused({ Headers: { [name]: 'x' } })).toBe(`The header '${name}' is not allowed in 'Headers'.`);
  });

  it('headers that would be more than one', async () => {
    expect(await refused({ Headers: { 'X-A': 'a\r\nHost: evil' } })).toContain("'X-A'");
    expect(await refused({ Headers: { 'X-A\r\nHost': 'evil' } })).toContain('cannot be the name of a header');
    expect(await refused({ Headers: { 'X A': 'b' } })).toContain('cannot be the name of a header');
    expect(await refused({ Headers: { 'X-A': '✓' } })).toContain("'X-A'");
    const secret = await refused({}, { headers: [['X-Key', 'hunter2\n']] });
    expect([secret.includes('X-Key'), secret.includes('hunter2')]).toEqual([true, false]);
  });

  it('what is missing or of the wrong kind', async () => {
    expect(await refused({ Method: 'TRACE' })).toContain('Method');
    expect(await refused({ Method: 'get' })).toContain('Method');
    expect(await refused({ ApiEndpoint: 'example.com' })).toContain('is not an https address');
    expect(await refused({ ApiEndpoint: 'ftp://example.com' })).toContain('is not an https address');
    expect(await refused({ ApiEndpoint: 'https://user:pass@example.com' })).not.toContain('pass@');
    expect(await refused({ InvocationConfig: {} })).toContain('ConnectionArn');
    expect(await refused({ Headers: 'X-A: 1' })).toContain('Headers');
    expect(await refused({ QueryParameters: 1 })).toContain('QueryParameters');
    expect(await refused({ Transform: { RequestBodyEncoding: 'GZIP' } })).toContain('RequestBodyEncoding');
    const Transform = { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat: 'TABS' } };
    expect(await refused({ Transform, Method: 'POST', RequestBody: {} })).toContain('ArrayFormat');
    const form = { Transform: { RequestBodyEncoding: 'URL_ENCODED' }, Method: 'POST' };
    expect(await refused({ ...form, RequestBody: [1] })).toContain('RequestBody');
  });

  it('a text where the connection has a body of its own', async () => {
    expect(await refused({ Method: 'POST', RequestBody: 'text' }, { body: [['k', 'v']] })).toContain('merged');
  });

  it('a request without a connection', async () => {
    const outcome = await integration().perform(
      contractRequest('http:invoke', { Method: 'GET', ApiEndpoint: server.url }),
    );
    expect(outcome).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining('InvocationConfig') });
    expect(await integration().perform(contractRequest('http:invoke', 'text'))).toMatchObject({
      error: 'States.Runtime',
    });
  });
});

describe('what http:invoke makes of an answer', () => {
  const answered = async (behaviour: Parameters<FaultyServer['behave']>[0], parameters: JsonObject = {}) => {
    server.behave(behaviour);
    return invoke(parameters);
  };
  const bodyValue = async (type: string | null, body: string): Promise<unknown> => {
    const outcome = await answered({ ...(type === null ? {} : { headers: { 'content-type': type } }), body });
    return outcome.type === 'succeeded' ? Object(outcome.output).ResponseBody : outcome;
  };

  it('is AWS’s shape', async () => {
    const outcome = await answered((_request, response) => {
      response.sendDate = false;
      response.writeHead(201, 'Made', ['X-A', '1', 'x-a', '2', 'Content-Type', 'application/json']).end('{"a":1.0}');
    });
    const text = JSON.stringify(outcome.type === 'succeeded' ? outcome.output : outcome);
    expect(text.replace(/"connection":\["close"\],?|"transfer-encoding":\["chunked"\],?/g, '').replace(',}', '}')).toBe(
      '{"Headers":{"x-a":["1","2"],"content-type":["application/json"]},"ResponseBody":{"a":1.0},"StatusCode":201,"StatusText":"Made"}',
    );
  });

  it('is JSON where it says or looks so, text otherwise', async () => {
    expect(await bodyValue('application/json', '"text"')).toBe('text');
    expect(await bodyValue('application/problem+json; charset=utf-8', '12')).toBe(12);
    expect(await bodyValue('application/json', 'no json')).toBe('no json');
    expect(await bodyValue('text/html', '<p>')).toBe('<p>');
    expect(await bodyValue('text/plain', '12')).toBe('12');
    expect(await bodyValue('text/plain', ' {"a":1}')).toEqual({ a: 1 });
    expect(await bodyValue('text/plain', '[not a list')).toBe('[not a list');
    expect(await bodyValue(null, '[1]')).toEqual([1]);
    expect(await bodyValue('application/json', '')).toBe('');
  });

  it('is refused where it is no text', async () => {
    const refusal = { type: 'failed', error: 'States.Runtime' };
    for (const type of ['application/octet-stream', 'image/png', 'Video/mp4', 'audio/ogg; x=y']) {
      expect(await bodyValue(type, 'x'), type).toMatchObject(refusal);
    }
    expect(await bodyValue('text/plain; charset=made-up', 'x')).toMatchObject(refusal);
    const binary = (headers: Record<string, string>) =>
      answered((_request, response) => void response.writeHead(200, headers).end(Buffer.from([0x66, 0xfc, 0x72])));
    expect(await binary({ 'content-type': 'text/plain' })).toMatchObject(refusal);
    const latin = await binary({ 'content-type': 'text/plain; charset="ISO-8859-1"' });
    expect(latin).toMatchObject({ output: { ResponseBody: 'für' } });
    expect(await bodyValue('application/json', `${'['.repeat(1_500)}${']'.repeat(1_500)}`)).toMatchObject(refusal);
  });

  it('is a failure by its status and the words of the server, with the time that it asks for', async () => {
    expect(await answered({ status: 503, body: 'secret details' })).toEqual({
      type: 'failed',
      error: 'States.Http.StatusCode.503',
      cause: 'Service Unavailable',
    });
    const after = (value: string) => answered({ status: 429, headers: { 'retry-after': value }, body: '' });
    expect(await after('120')).toMatchObject({ error: 'States.Http.StatusCode.429', retryAfterMs: 120_000 });
    expect(await after('Fri, 27 Nov 2026 10:01:00 GMT')).toMatchObject({ retryAfterMs: 60_000 });
    expect(await after('Fri, 27 Nov 2026 09:00:00 GMT')).toMatchObject({ retryAfterMs: 0 });
    for (const nonsense of ['soon', '-1', '1e3', '']) expect(await after(nonsense)).not.toHaveProperty('retryAfterMs');
  });

  it('is a failure where it sends the call elsewhere, and nobody goes there', async () => {
    const elsewhere = await FaultyServer.start();
    elsewhere.behave(json('{"reached":true}'));
    for (const location of [elsewhere.url, 'http://169.254.169.254/latest/meta-data/', '/other']) {
      const outcome = await answered({ status: 307, headers: { location }, body: '' });
      expect(outcome).toMatchObject({ error: 'States.Http.StatusCode.307', cause: 'Temporary Redirect' });
    }
    expect([elsewhere.seen.length, server.seen.length]).toEqual([0, 1]);
    await elsewhere.close();
  });

  it('may have 256 KiB and not one byte more', async () => {
    const size = 262_144;
    expect(await bodyValue('text/plain', 'x'.repeat(size))).toHaveLength(size);
    expect(await bodyValue('text/plain', 'x'.repeat(size + 1))).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  it('counts with 204, 206 and HEAD', async () => {
    expect(await answered((_request, response) => void response.writeHead(204).end())).toMatchObject({
      output: { ResponseBody: '', StatusCode: 204, StatusText: 'No Content' },
    });
    expect(await answered({ status: 206, body: 'part' })).toMatchObject({ output: { StatusCode: 206 } });
    const head = await answered({ headers: { 'content-length': '5' }, body: '' }, { Method: 'HEAD' });
    expect(head).toMatchObject({ output: { ResponseBody: '', Headers: { 'content-length': ['5'] } } });
  });
});

describe('connections in http:invoke', () => {
  it('bring another token where the service takes theirs no more, once', async () => {
    const tokens = ['Bearer new', 'Bearer newer'];
    const credentials = (token: string): CallCredentials => ({
      headers: [['Authorization', token]],
      query: [],
      body: [],
      renew: async () => {
        const next = tokens.shift();
        return next === undefined ? null : credentials(next);
      },
    });
    server.behave(({ headers }) =>
      headers.authorization === 'Bearer new' ? json('{"ok":1}') : { status: 401, body: '' },
    );
    expect(await invoke({}, { added: credentials('Bearer old') })).toMatchObject({ type: 'succeeded' });
    server.behave({ status: 407, body: '' });
    const refused = await invoke({}, { added: credentials('Bearer old') });
    expect(refused).toMatchObject({ error: 'States.Http.StatusCode.407' });
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer newer']);
    server.behave({ status: 401, body: '' });
    expect(await invoke({})).toMatchObject({ error: 'States.Http.StatusCode.401', cause: 'Unauthorized' });
    expect(server.seen).toHaveLength(1);
  });

  it('fail by AWS’s names', async () => {
    const of = () => Promise.reject(new ConnectionUseError('InvalidConnectionState', 'It is DEAUTHORIZED.'));
    const outgoing = outgoingToLoopback();
    const failing = createHttpInvokeIntegration({ outgoing, credentials: { of }, region: 'r', now: Date.now });
    const parameters = { Method: 'GET', ApiEndpoint: server.url, Authentication: { ConnectionArn: CONNECTION } };
    expect(await failing.perform(contractRequest('http:invoke', parameters))).toEqual({
      type: 'failed',
      error: 'Events.ConnectionResource.InvalidConnectionState',
      cause: 'It is DEAUTHORIZED.',
    });
  });
});

describe('the policy in http:invoke', () => {
  it('fails as States.Permissions, which a state can catch', async () => {
    const outgoing = createOutgoing({ policy: new OutgoingPolicy(DEFAULT_OUTGOING_RULES) });
    const credentials = fixedCredentials();
    const closed = createHttpInvokeIntegration({ outgoing, credentials, region: 'r', now: Date.now });
    server.behave(json('{}'));
    for (const ApiEndpoint of [server.url, 'https://169.254.169.254/latest/', 'http://[::ffff:a9fe:a9fe]/']) {
      const parameters = { Method: 'GET', ApiEndpoint, InvocationConfig: { ConnectionArn: CONNECTION } };
      const outcome = await closed.perform(contractRequest('http:invoke', parameters));
      expect(outcome).toMatchObject({ error: 'States.Permissions', cause: expect.stringContaining('policy') });
    }
    expect(server.seen).toHaveLength(0);
  });
});

describe('what TestState sees of http:invoke', () => {
  const traced = async (revealSecrets: boolean) => {
    const exchanges: WireExchange[] = [];
    server.behave(json('{"a":1}'));
    await invoke(
      {
        Method: 'POST',
        ApiEndpoint: `${server.url}/p`,
        Headers: { 'X-Own': 'own', 'X-Both': 'own' },
        QueryParameters: { q: 1 },
        RequestBody: { b: 1 },
      },
      {
        added: {
          headers: [
            ['Authorization', 'Basic hunter2'],
            ['X-Both', 'hunter2'],
          ],
          query: [['key', 'hunter2']],
          body: [['pin', 'hunter2']],
        },
        request: { trace: { revealSecrets, note: (exchange) => exchanges.push(exchange) } },
      },
    );
    return exchanges.at(-1);
  };

  it('is all of it with secrets revealed', async () => {
    expect(await traced(true)).toEqual({
      request: {
        protocol: 'http',
        method: 'POST',
        url: `${server.url}/p?q=1&key=hunter2`,
        headers:
          '[X-Own: own, Authorization: Basic hunter2, X-Both: hunter2, Content-Type: application/json; charset=UTF-8, User-Agent: Amazon|StepFunctions|HttpInvoke|eu-west-1, Range: bytes=0-262144]',
        body: '{"b":1,"pin":"hunter2"}',
      },
      response: {
        protocol: 'http',
        statusCode: '200',
        statusMessage: 'OK',
        headers: expect.stringMatching(/^\[content-type: application\/json, .*\]$/),
        body: '{"a":1}',
      },
    });
  });

  it('is what the state itself says otherwise', async () => {
    const exchange = await traced(false);
    expect(JSON.stringify(exchange)).not.toContain('hunter2');
    expect(exchange?.request).toMatchObject({ url: `${server.url}/p?q=1`, body: '{"b":1}' });
    expect(exchange?.request.headers).toContain('X-Both: own');
  });
});
