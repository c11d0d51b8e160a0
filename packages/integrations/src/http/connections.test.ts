import { resealConnections } from '@everstep/engine';
import { FaultyServer, contractRequest } from '@everstep/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCOPE, connectionRig, outgoingToLoopback } from '../testing/web-rig.ts';
import { createHttpInvokeIntegration } from './invoke.ts';

let service: FaultyServer;
let login: FaultyServer;
beforeAll(async () => {
  [service, login] = await Promise.all([FaultyServer.start(), FaultyServer.start()]);
});
afterAll(() => Promise.all([service.close(), login.close()]));

let now = 1_000_000;
let rig: ReturnType<typeof connectionRig>;
let tokens = 0;
beforeEach(() => {
  now = 1_000_000;
  rig = connectionRig(() => now);
  tokens = 0;
  service.behave({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' });
  giveTokens(600);
});

function giveTokens(expires: number | undefined, type = 'bearer'): void {
  login.behave(() => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: `t${++tokens}`, token_type: type, expires_in: expires }),
  }));
}

const oauth = (more: object = {}) => ({
  OAuthParameters: {
    ClientParameters: { ClientID: 'id', ClientSecret: 'hunter2' },
    AuthorizationEndpoint: `${login.url}/token`,
    HttpMethod: 'POST' as const,
    ...more,
  },
});

function invoke(ConnectionArn: string) {
  const integration = createHttpInvokeIntegration({
    ...{ outgoing: outgoingToLoopback(), credentials: rig.credentials, region: 'us-east-1', now: () => now },
  });
  const parameters = { Method: 'GET', ApiEndpoint: service.url, InvocationConfig: { ConnectionArn } };
  return integration.perform(contractRequest('http:invoke', parameters));
}

const authorizations = () => service.seen.map(({ headers }) => headers.authorization);

describe('an HTTP Task with a connection', () => {
  it('has the headers, the query and the body of it', async () => {
    const basic = { Username: 'ada', Password: 'ünter2' };
    const InvocationHttpParameters = {
      HeaderParameters: [{ Key: 'X-Shop', Value: '7' }],
      QueryStringParameters: [{ Key: 'shop', Value: '7' }],
      BodyParameters: [{ Key: 'shop', Value: '7' }],
    };
    const arn = await rig.create('BASIC', { BasicAuthParameters: basic, InvocationHttpParameters });
    expect(await invoke(arn)).toMatchObject({ type: 'succeeded' });
    expect(service.seen).toMatchObject([
      {
        path: '/?shop=7',
        body: '{"shop":"7"}',
        headers: { authorization: `Basic ${Buffer.from('ada:ünter2').toString('base64')}`, 'x-shop': '7' },
      },
    ]);
    const apiKey = await rig.create(
      'API_KEY',
      { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'k' } },
      'k',
    );
    await invoke(apiKey);
    expect(service.seen[1]?.headers['x-key']).toBe('k');
  });

  it('is not the business of another account, or of an earlier connection of its name', async () => {
    const basic = { BasicAuthParameters: { Username: 'a', Password: 'b' } };
    const arn = await rig.create('BASIC', basic);
    const missing = { error: 'Events.ConnectionResource.ResourceNotFound' };
    for (const other of [arn.replace('123456789012', '999999999999'), `${arn}x`, 'arn:aws:events:x', 'nonsense', '']) {
      expect(await invoke(other), other).toMatchObject(missing);
    }
    await rig.connections.delete(SCOPE, 'c');
    expect(await invoke(arn)).toMatchObject(missing);
    const again = await rig.create('BASIC', basic);
    expect(await invoke(arn)).toMatchObject(missing);
    expect(await invoke(again)).toMatchObject({ type: 'succeeded' });
    await rig.connections.deauthorize(SCOPE, 'c');
    expect(await invoke(again)).toMatchObject({ error: 'Events.ConnectionResource.InvalidConnectionState' });
    expect(service.seen).toHaveLength(1);
  });

  it('cannot be made with secrets that were changed or are under another key', async () => {
    const arn = await rig.create('BASIC', { BasicAuthParameters: { Username: 'a', Password: 'b' } });
    const [record] = await rig.store.listAllConnections({ limit: 1 });
    if (record === undefined) throw new Error('it is there');
    const broken = { ...record, sealedParameters: `${record.sealedParameters.slice(0, -4)}AAAA`, revision: 2 };
    await rig.store.replaceConnection(broken, 1);
    expect(await invoke(arn)).toMatchObject({ error: 'Events.ConnectionResource.AccessDenied' });
    expect(service.seen).toHaveLength(0);
  });
});

describe('tokens', () => {
  it('are asked for once and used until shortly before they end', async () => {
    const arn = await rig.create('OAUTH_CLIENT_CREDENTIALS', oauth());
    await Promise.all([invoke(arn), invoke(arn), invoke(arn)]);
    expect(authorizations()).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
    now += 530_000;
    await invoke(arn);
    expect(authorizations().at(-1)).toBe('Bearer t1');
    now += 15_000;
    await Promise.all([invoke(arn), invoke(arn)]);
    expect(authorizations().slice(-2)).toEqual(['Bearer t2', 'Bearer t2']);
    expect(login.seen).toHaveLength(2);
  });

  it('are renewed after a 401, once for all who get one', async () => {
    const arn = await rig.create('OAUTH_CLIENT_CREDENTIALS', oauth());
    service.behave(({ headers }) =>
      headers.authorization === 'Bearer t2' ? { body: 'ok' } : { status: 401, body: '' },
    );
    const outcomes = await Promise.all([invoke(arn), invoke(arn)]);
    expect(outcomes.map(({ type }) => type)).toEqual(['succeeded', 'succeeded']);
    expect(login.seen).toHaveLength(2);
    service.behave({ status: 401, body: '' });
    expect(await invoke(arn)).toMatchObject({ error: 'States.Http.StatusCode.401' });
    expect(service.seen).toHaveLength(2);
    const described = await rig.connections.describe(SCOPE, 'c');
    expect(described.state).toBe('AUTHORIZED');
  });

  it('are asked for anew with other parameters', async () => {
    const arn = await rig.create('OAUTH_CLIENT_CREDENTIALS', oauth());
    await invoke(arn);
    await rig.connections.update(SCOPE, {
      Name: 'c',
      AuthParameters: { OAuthParameters: { ClientParameters: { ClientSecret: 'swordfish' } } },
    });
    await invoke(arn);
    expect(authorizations()).toEqual(['Bearer t1', 'Bearer t2']);
    expect(new URLSearchParams(login.seen[1]?.body).get('client_secret')).toBe('swordfish');
  });

  it('are refused for good, or not to be had at the moment', async () => {
    const arn = await rig.create('OAUTH_CLIENT_CREDENTIALS', oauth());
    now += 3_600_000;
    login.behave({ status: 503, body: '' });
    expect(await invoke(arn)).toMatchObject({ error: 'Events.ConnectionResource.InternalError' });
    login.behave((_request, response) => void response.destroy());
    expect(await invoke(arn)).toMatchObject({ error: 'Events.ConnectionResource.InternalError' });
    login.behave({ body: '{"access_token":"a\\r\\nX-Evil: 1"}' });
    expect(await invoke(arn)).toMatchObject({
      error: 'Events.ConnectionResource.InternalError',
      cause: expect.stringContaining('without an access token'),
    });
    expect((await rig.connections.describe(SCOPE, 'c')).state).toBe('AUTHORIZED');
    login.behave({ status: 400, body: '{"error":"invalid_grant"}' });
    const refused = {
      error: 'Events.ConnectionResource.InvalidConnectionState',
      cause: expect.stringContaining('invalid_grant'),
    };
    expect(await invoke(arn)).toMatchObject(refused);
    expect(await invoke(arn)).toMatchObject(refused);
    expect(login.seen).toHaveLength(1);
    expect(service.seen).toHaveLength(0);
    expect(await rig.connections.describe(SCOPE, 'c')).toMatchObject({ state: 'DEAUTHORIZED' });
  });

  it('come with what the connection says of the request', async () => {
    const given = async (more: object) => {
      await rig.connections.delete(SCOPE, 'c').catch(() => undefined);
      giveTokens(undefined, 'MAC');
      await invoke(await rig.create('OAUTH_CLIENT_CREDENTIALS', oauth(more)));
      return login.seen[0];
    };
    const OAuthHttpParameters = {
      HeaderParameters: [{ Key: 'Authorization', Value: 'Basic eA==' }],
      QueryStringParameters: [{ Key: 'q', Value: 'a b' }],
      BodyParameters: [
        { Key: 'grant_type', Value: 'password' },
        { Key: 'scope', Value: 'x y' },
      ],
    };
    const own = await given({ OAuthHttpParameters });
    expect([own?.path, own?.body]).toEqual(['/token?q=a+b', 'grant_type=password&scope=x+y']);
    expect(own?.headers).toMatchObject({ authorization: 'Basic eA==', accept: 'application/json' });
    expect(authorizations().at(-1)).toMatch(/^MAC t\d+$/);
    const got = await given({ HttpMethod: 'GET' });
    expect(got?.path).toBe('/token?grant_type=client_credentials&client_id=id&client_secret=hunter2');
    const json = { HeaderParameters: [{ Key: 'Content-Type', Value: 'application/json' }] };
    expect(JSON.parse((await given({ OAuthHttpParameters: json }))?.body ?? '')).toMatchObject({ client_id: 'id' });
  });
});

describe('the master key', () => {
  it('is exchanged under connections, too', async () => {
    const basic = { BasicAuthParameters: { Username: 'a', Password: 'b' } };
    await rig.create('BASIC', basic, 'one');
    await rig.create('BASIC', basic, 'two');
    await rig.create('BASIC', basic, 'gone');
    await rig.connections.deauthorize(SCOPE, 'gone');
    const rotated = rig.rotated();
    expect(await resealConnections(rig.store, rotated)).toBe(2);
    expect(await resealConnections(rig.store, rotated)).toBe(0);
    const [one] = await rig.store.listAllConnections({
      afterNameArn: 'arn:aws:events:us-east-1:123456789012:connection/h',
      limit: 1,
    });
    const text = rotated.open(one?.sealedParameters ?? '', one?.connectionArn ?? '');
    expect(JSON.parse(text)).toEqual(basic);
    expect(() => rig.keys.open(one?.sealedParameters ?? '', one?.connectionArn ?? '')).toThrow('not here');
  });
});
