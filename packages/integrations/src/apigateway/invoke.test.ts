import type { TaskRequest } from '@everstep/engine';
import type { JsonObject } from '@everstep/language';
import { deriveSigningKey, headerMap, readSignature, verifySignature } from '@everstep/protocol';
import { FaultyServer, contractRequest, SmithySha256 } from '@everstep/testkit';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoing } from '../outgoing/create-outgoing.ts';
import { DEFAULT_OUTGOING_RULES, OutgoingPolicy } from '@everstep/engine';
import { outgoingToLoopback } from '../testing/web-rig.ts';
import { readApiCall } from './api-call.ts';
import { createApiGatewayIntegration } from './invoke.ts';
import { signRequest } from './sign-request.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

const CREDENTIALS = { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'session' };
const NOW = Date.parse('2026-11-27T10:00:00Z');

interface Given extends Partial<TaskRequest> {
  readonly pattern?: 'waitForTaskToken';
  readonly gateway?: string;
}

function invoke(parameters: JsonObject, { gateway, ...request }: Given = {}) {
  const roles: Array<string | null> = [];
  const integration = createApiGatewayIntegration({
    outgoing: outgoingToLoopback(),
    caller: {
      credentials: async (roleArn) => {
        roles.push(roleArn);
        if (roleArn === 'arn:none') throw new Error('There are no AWS credentials.');
        return CREDENTIALS;
      },
    },
    ...{ region: 'eu-west-1', now: () => NOW, gateway: gateway ?? null },
  });
  const whole = { ApiEndpoint: server.url, Method: 'GET', ...parameters };
  return integration.perform(contractRequest('apigateway:invoke', whole, request));
}

async function sent(parameters: JsonObject, request: Given = {}) {
  server.behave({ body: '{}' });
  expect(await invoke(parameters, request)).not.toMatchObject({ type: 'failed' });
  const [seen] = server.seen;
  if (seen === undefined) throw new Error('nothing arrived');
  return seen;
}

describe('what apigateway:invoke sends', () => {
  it('is a request to a stage of an API', async () => {
    const seen = await sent({
      Method: 'POST',
      Stage: 'prod',
      Path: 'bills/ä b/%20?x',
      Headers: { key: ['value1', 'value2'] },
      QueryParameters: { billId: ['123456', '7'] },
      RequestBody: { pet: { type: 'turtle', category: null, tags: [null, 1] } },
    });
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/prod/bills/%C3%A4%20b/%20%3Fx?billId=123456&billId=7',
      headers: { key: 'value1, value2', 'content-type': 'application/json' },
      body: '{"pet":{"type":"turtle","tags":[null,1]}}',
    });
    expect(seen.headers.authorization).toBeUndefined();
  });

  it('keeps nulls where they are allowed, sends texts as they are, and bodies only where methods have them', async () => {
    const kept = await sent({ Method: 'PUT', RequestBody: { a: null }, AllowNullValues: true });
    expect(kept.body).toBe('{"a":null}');
    expect((await sent({ Method: 'PATCH', RequestBody: 'text' })).body).toBe('text');
    expect((await sent({ Method: 'GET', RequestBody: {} })).body).toBe('');
    expect((await sent({ Path: '/' })).path).toBe('/');
    expect((await sent({ Stage: '$default' })).path).toBe('/$default');
  });

  it('goes to the gateway that is there in place of AWS', async () => {
    const ApiEndpoint = 'abc123.execute-api.us-east-2.amazonaws.com';
    expect(readApiCall({ ApiEndpoint, Method: 'GET' }, null).request.url.href).toBe(`https://${ApiEndpoint}/`);
    const seen = await sent({ ApiEndpoint, Stage: 'prod' }, { gateway: `${server.url}/apis/{api}/{region}/` });
    expect(seen.path).toBe('/apis/abc123/us-east-2/prod');
    expect(readApiCall({ ApiEndpoint: 'gw.internal:8443', Method: 'GET' }, null).request.url.href).toBe(
      'https://gw.internal:8443/',
    );
  });

  it('is signed with IAM_ROLE and RESOURCE_POLICY', async () => {
    const call = { Method: 'POST', Path: 'a b', QueryParameters: { b: 'x y', a: 'ü&' }, RequestBody: { a: 1 } };
    for (const AuthType of ['IAM_ROLE', 'RESOURCE_POLICY']) {
      const { method, path, headers, body } = await sent({ ...call, AuthType });
      const raw = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
      const request = { method, headers: headerMap(raw), path: '/a%20b', query: path.replace('/a%20b?', '') };
      const signature = readSignature(request);
      expect(signature.scope).toEqual({ date: '20261127', region: 'eu-west-1', service: 'execute-api' });
      const key = deriveSigningKey('secret', '20261127', signature.scope);
      verifySignature(signature, request, Buffer.from(body), key, { allowUnsignedPayload: false });
      expect(headers['x-amz-security-token']).toBe('session');
    }
  });

  it('is signed as AWS’s own signer does', async () => {
    const scope = { region: 'us-east-1', service: 'execute-api' };
    const signer = new SignatureV4({ ...scope, credentials: CREDENTIALS, sha256: SmithySha256 });
    const url = new URL('https://abc.execute-api.us-east-1.amazonaws.com/prod/a%20b/%C3%A4;c?z=1&a=x%20y&a=%26');
    const request = { method: 'POST', url, headers: [['X-A', ' a  b ']] as const, body: '{"a":1}' };
    const ours = new Map(signRequest(request, CREDENTIALS, scope, NOW).headers);
    const headers = { host: url.host, 'x-a': ' a  b ' };
    const query = { z: '1', a: ['x y', '&'] };
    const theirs = await signer.sign(
      {
        method: 'POST',
        protocol: 'https:',
        hostname: url.host,
        path: url.pathname,
        query,
        headers,
        body: request.body,
      },
      { signingDate: new Date(NOW), unsignableHeaders: new Set(['x-amz-content-sha256']) },
    );
    const signature = (text: string | undefined) => text?.replace(/^.*Signature=/, '');
    expect(signature(ours.get('Authorization'))).toBe(signature(theirs.headers['authorization']));
  });
});

describe('what apigateway:invoke refuses to send', () => {
  it.each<[string, JsonObject]>([
    ['X-Forwarded-For', { Headers: { 'X-Forwarded-For': 'x' } }],
    ['x-amz-date', { Headers: { 'x-amz-date': 'x' } }],
    ['Authorization', { Headers: { Authorization: 'x' } }],
    ['Www-Authenticate', { Headers: { 'Www-Authenticate': 'x' } }],
    ['Path', { Stage: 'prod', Path: '../admin' }],
    ['Path', { Stage: 'prod', Path: 'a/%2e%2E/b' }],
    ['Stage', { Stage: '..' }],
    ['Path', { Path: 7 }],
    ['Method', { Method: 'CONNECT' }],
    ['AuthType', { AuthType: 'COGNITO' }],
    ['host name', { ApiEndpoint: 'http://127.0.0.1/path' }],
    ['host name', { ApiEndpoint: 'user@127.0.0.1' }],
    ['host name', { ApiEndpoint: '' }],
    ['ApiEndpoint', { ApiEndpoint: 7 }],
  ])('%s: %j', async (named, parameters) => {
    server.behave({ body: '{}' });
    expect(await invoke(parameters)).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining(named) });
    expect(server.seen).toHaveLength(0);
  });

  it('anything without credentials where it must be signed', async () => {
    const outcome = await invoke({ AuthType: 'IAM_ROLE' }, { roleArn: 'arn:none' });
    expect(outcome).toMatchObject({ error: 'ApiGateway.SdkClientException', cause: 'There are no AWS credentials.' });
  });

  it('calls that the policy does not allow', async () => {
    const outgoing = createOutgoing({ policy: new OutgoingPolicy(DEFAULT_OUTGOING_RULES) });
    const caller = { credentials: async () => CREDENTIALS };
    const closed = createApiGatewayIntegration({ outgoing, caller, region: 'r', gateway: null, now: () => NOW });
    const parameters = { ApiEndpoint: server.url, Method: 'GET' };
    expect(await closed.perform(contractRequest('apigateway:invoke', parameters))).toMatchObject({
      error: 'States.Permissions',
    });
  });
});

describe('what apigateway:invoke makes of an answer', () => {
  it('is AWS’s shape, and with a task token the answer to the request', async () => {
    server.behave({ headers: { 'X-Kept': 'as is' }, body: '[1]' });
    const output = { ResponseBody: [1], StatusCode: 200, StatusText: 'OK', Headers: { 'X-Kept': ['as is'] } };
    expect(await invoke({})).toMatchObject({ type: 'succeeded', output });
    const waiting = await invoke({ Headers: { TaskToken: ['token'] } }, { pattern: 'waitForTaskToken' });
    expect(waiting).toMatchObject({ type: 'submitted', output });
    expect(server.seen[1]?.headers['tasktoken']).toBe('token');
  });

  it('is a failure by its status, with what the API said', async () => {
    server.behave({ status: 403, headers: { 'retry-after': '2' }, body: '{"message":"Missing Authentication Token"}' });
    expect(await invoke({})).toEqual({
      type: 'failed',
      error: 'ApiGateway.403',
      cause: '{"message":"Missing Authentication Token"}',
      retryAfterMs: 2_000,
    });
    server.behave({ status: 302, headers: { location: server.url }, body: '' });
    expect(await invoke({})).toMatchObject({ error: 'ApiGateway.302', cause: 'Found' });
    server.behave({ status: 500, body: 'x'.repeat(50_000) });
    const long = await invoke({});
    expect(long.type === 'failed' ? long.cause.length : 0).toBe(32_768);
  });

  it('is a failure by an exception where there is none', async () => {
    server.behave((_request, response) => void response.destroy());
    expect(await invoke({})).toMatchObject({ error: 'ApiGateway.SocketException' });
    expect(await invoke({ ApiEndpoint: server.url.replace('http:', 'https:') })).toMatchObject({
      error: 'ApiGateway.SSLException',
    });
  });
});
