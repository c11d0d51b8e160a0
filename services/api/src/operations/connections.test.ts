import {
  CreateConnectionCommand,
  type CreateConnectionRequest,
  DeauthorizeConnectionCommand,
  DeleteConnectionCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListConnectionsCommand,
  UpdateConnectionCommand,
} from '@aws-sdk/client-eventbridge';
import {
  Connections,
  MasterKeys,
  type Outgoing,
  type OutgoingRequest,
  OutgoingRefusedError,
  silentLogger,
} from '@everstep/engine';
import { createMemoryStore } from '@everstep/store-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiBench, type SdkCredentials, startApiBench } from '../testing/api-bench.ts';
import { call } from '../testing/signing.ts';

const keys = new MasterKeys([MasterKeys.generate()]);
const masterKeys = { current: () => keys, reload: () => keys };

let store = createMemoryStore({ now: Date.now });
let asked: OutgoingRequest[] = [];
let tokenEndpoint: Outgoing['request'];
let bench: ApiBench | null = null;
let clients: EventBridgeClient[] = [];

beforeEach(() => {
  store = createMemoryStore({ now: Date.now });
  asked = [];
  tokenEndpoint = async () => tokenAnswer(200, { access_token: 'token', token_type: 'Bearer', expires_in: 60 });
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await bench?.close();
  bench = null;
});

function tokenAnswer(statusCode: number, body: object) {
  return { statusCode, statusText: '', headers: [], body: Buffer.from(JSON.stringify(body)) };
}

function connectionsOf(withKey = true): Connections {
  const outgoing: Outgoing = {
    request(request) {
      asked.push(request);
      return tokenEndpoint(request);
    },
  };
  let id = 0;
  return new Connections({
    ...{ store, outgoing, logger: silentLogger, masterKeys: withKey ? masterKeys : null },
    clock: { now: Date.now },
    ids: { uuid: () => `0189-${++id}` },
  });
}

async function serve(change: Parameters<typeof startApiBench>[0] = {}): Promise<ApiBench> {
  bench = await startApiBench({ connections: connectionsOf(), ...change });
  return bench;
}

function clientOf(
  { server }: ApiBench,
  credentials: SdkCredentials = { accessKeyId: 'x', secretAccessKey: 'x' },
): EventBridgeClient {
  const client = new EventBridgeClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const BASIC: CreateConnectionRequest = {
  Name: 'stock',
  Description: 'of the shop',
  AuthorizationType: 'BASIC',
  AuthParameters: {
    BasicAuthParameters: { Username: 'ada', Password: 'hunter2' },
    InvocationHttpParameters: {
      HeaderParameters: [
        { Key: 'X-Shop', Value: '7', IsValueSecret: false },
        { Key: 'X-Pin', Value: 'hunter2', IsValueSecret: true },
      ],
    },
  },
};

const OAUTH: CreateConnectionRequest = {
  Name: 'bank',
  AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
  AuthParameters: {
    OAuthParameters: {
      ClientParameters: { ClientID: 'everstep', ClientSecret: 'hunter2' },
      AuthorizationEndpoint: 'https://login.example/token',
      HttpMethod: 'POST',
      OAuthHttpParameters: { BodyParameters: [{ Key: 'audience', Value: 'bank', IsValueSecret: false }] },
    },
  },
};

const create = (client: EventBridgeClient, request = BASIC) => client.send(new CreateConnectionCommand(request));
const describeIt = (client: EventBridgeClient, Name = 'stock') => client.send(new DescribeConnectionCommand({ Name }));

describe('connections through EventBridge’s client', () => {
  it('are created, described without secrets, listed, and deleted', async () => {
    const client = clientOf(await serve());
    const created = await create(client);
    expect(created).toMatchObject({
      ConnectionArn: 'arn:aws:events:us-east-1:123456789012:connection/stock/0189-1',
      ConnectionState: 'AUTHORIZED',
      CreationTime: expect.any(Date),
      LastModifiedTime: expect.any(Date),
    });
    const { $metadata: _metadata, ...described } = await describeIt(client);
    expect(described).toMatchObject({
      Name: 'stock',
      Description: 'of the shop',
      AuthorizationType: 'BASIC',
      ConnectionState: 'AUTHORIZED',
      LastAuthorizedTime: expect.any(Date),
      AuthParameters: {
        BasicAuthParameters: { Username: 'ada' },
        InvocationHttpParameters: {
          HeaderParameters: [
            { Key: 'X-Shop', Value: '7', IsValueSecret: false },
            { Key: 'X-Pin', IsValueSecret: true },
          ],
        },
      },
    });
    expect(JSON.stringify(described)).not.toContain('hunter2');
    const { Connections: listed } = await client.send(new ListConnectionsCommand({}));
    expect(listed).toMatchObject([{ Name: 'stock', ConnectionArn: created.ConnectionArn, AuthorizationType: 'BASIC' }]);
    expect(await client.send(new DeleteConnectionCommand({ Name: 'stock' }))).toMatchObject({
      ConnectionArn: created.ConnectionArn,
      ConnectionState: 'DELETING',
    });
    await expect(describeIt(client)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Connection 'stock' does not exist.",
    });
  });

  it('are sealed in the store', async () => {
    const client = clientOf(await serve());
    await create(client);
    const [record] = await store.listAllConnections({ limit: 9 });
    expect(JSON.stringify(record)).not.toContain('hunter2');
    expect(keys.open(record?.sealedParameters ?? '', record?.connectionArn ?? '')).toContain('hunter2');
    expect(() => keys.open(record?.sealedParameters ?? '', 'another')).toThrow('was changed');
  });

  it('are refused by EventBridge’s errors', async () => {
    const client = clientOf(await serve());
    await create(client);
    await expect(create(client)).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'Connection stock already exists.',
      $metadata: { httpStatusCode: 400 },
    });
    const change = (more: object) => create(client, { ...BASIC, Name: 'other', ...more });
    await expect(change({ AuthorizationType: 'API_KEY' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('BasicAuthParameters must not be there'),
    });
    await expect(change({ AuthParameters: {} })).rejects.toThrow('needs AuthParameters.BasicAuthParameters.Username');
    const apiKey = { ApiKeyName: 'X Key', ApiKeyValue: 'v' };
    await expect(
      change({ AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters: apiKey } }),
    ).rejects.toThrow('cannot be the name of a header');
    const large = { Key: 'k', Value: 'x'.repeat(66_000) };
    const tooLarge = { ...BASIC.AuthParameters, InvocationHttpParameters: { BodyParameters: [large] } };
    await expect(change({ AuthParameters: tooLarge })).rejects.toThrow('65536 bytes');
  });

  it('are changed in part, and lose their secrets when they are deauthorized', async () => {
    const client = clientOf(await serve());
    const { ConnectionArn: arn = '' } = await create(client);
    const update = (more: object) => client.send(new UpdateConnectionCommand({ Name: 'stock', ...more }));
    await update({ AuthParameters: { BasicAuthParameters: { Password: 'swordfish' } } });
    const opened = async () => {
      const [record] = await store.listAllConnections({ limit: 1 });
      return record === undefined || record.sealedParameters === ''
        ? null
        : JSON.parse(keys.open(record.sealedParameters, arn));
    };
    expect(await opened()).toMatchObject({
      BasicAuthParameters: { Username: 'ada', Password: 'swordfish' },
      InvocationHttpParameters: { HeaderParameters: [{ Value: '7' }, { Value: 'hunter2' }] },
    });
    expect((await describeIt(client)).Description).toBe('of the shop');
    await update({ Description: 'closed' });
    expect((await describeIt(client)).Description).toBe('closed');
    expect(await client.send(new DeauthorizeConnectionCommand({ Name: 'stock' }))).toMatchObject({
      ConnectionState: 'DEAUTHORIZED',
    });
    expect(await opened()).toBeNull();
    expect(await describeIt(client)).toMatchObject({ ConnectionState: 'DEAUTHORIZED', AuthParameters: {} });
    await expect(update({ AuthParameters: { BasicAuthParameters: { Password: 'x' } } })).rejects.toThrow(
      'BasicAuthParameters.Username',
    );
    const apiKey = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'v' } };
    expect(await update({ AuthorizationType: 'API_KEY', AuthParameters: apiKey })).toMatchObject({
      ConnectionArn: arn,
      ConnectionState: 'AUTHORIZED',
    });
    await expect(client.send(new UpdateConnectionCommand({ Name: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('are listed in pages, by prefix and by state', async () => {
    const client = clientOf(await serve());
    for (const Name of ['b1', 'a2', 'a1', 'a3']) await create(client, { ...BASIC, Name });
    await client.send(new DeauthorizeConnectionCommand({ Name: 'a2' }));
    const found: Array<string | undefined> = [];
    let token: string | undefined;
    do {
      const query = { NamePrefix: 'a', Limit: 2, NextToken: token };
      const page = await client.send(new ListConnectionsCommand(query));
      found.push(...(page.Connections ?? []).map(({ Name }) => Name));
      token = page.NextToken;
    } while (token !== undefined);
    expect(found).toEqual(['a1', 'a2', 'a3']);
    const { Connections: closed } = await client.send(new ListConnectionsCommand({ ConnectionState: 'DEAUTHORIZED' }));
    expect(closed?.map(({ Name }) => Name)).toEqual(['a2']);
    const { NextToken } = await client.send(new ListConnectionsCommand({ Limit: 1 }));
    const foreign = client.send(new ListConnectionsCommand({ Limit: 1, NamePrefix: 'a', NextToken }));
    await expect(foreign).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('need a master key', async () => {
    const client = clientOf(await serve({ connections: connectionsOf(false) }));
    await expect(create(client)).rejects.toThrow('EVERSTEP_MASTER_KEY');
  });
});

describe('OAuth connections', () => {
  it('ask for their first token when they are made', async () => {
    const client = clientOf(await serve());
    expect(await create(client, OAUTH)).toMatchObject({ ConnectionState: 'AUTHORIZED' });
    expect(asked).toMatchObject([{ method: 'POST', url: new URL('https://login.example/token') }]);
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.body ?? ''))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'everstep',
      client_secret: 'hunter2',
      audience: 'bank',
    });
    const { AuthParameters, LastAuthorizedTime } = await describeIt(client, 'bank');
    expect(LastAuthorizedTime).toEqual(expect.any(Date));
    expect(AuthParameters?.OAuthParameters).toMatchObject({ ClientParameters: { ClientID: 'everstep' } });
    expect(JSON.stringify(AuthParameters)).not.toContain('hunter2');
  });

  it('tell why they are not authorized, and are when their secret is put right', async () => {
    const client = clientOf(await serve());
    tokenEndpoint = async () => tokenAnswer(401, { error: 'invalid_client', error_description: 'hunter2 is wrong' });
    expect(await create(client, OAUTH)).toMatchObject({ ConnectionState: 'DEAUTHORIZED' });
    expect((await describeIt(client, 'bank')).StateReason).toBe(
      'The authorization endpoint answered with status 401 (invalid_client).',
    );
    tokenEndpoint = async () => tokenAnswer(200, { access_token: 'new' });
    const secret = { OAuthParameters: { ClientParameters: { ClientSecret: 'swordfish' } } };
    const update = new UpdateConnectionCommand({ Name: 'bank', AuthParameters: secret });
    expect(await client.send(update)).toMatchObject({ ConnectionState: 'AUTHORIZED' });
    const described = await describeIt(client, 'bank');
    expect(described.StateReason).toBeUndefined();
    expect(new URLSearchParams(asked.at(-1)?.body ?? '').get('client_secret')).toBe('swordfish');
  });

  it('go nowhere that the policy does not allow', async () => {
    const client = clientOf(await serve());
    tokenEndpoint = async () => Promise.reject(new OutgoingRefusedError('This installation’s policy says no.'));
    expect(await create(client, OAUTH)).toMatchObject({ ConnectionState: 'DEAUTHORIZED' });
    expect((await describeIt(client, 'bank')).StateReason).toBe('This installation’s policy says no.');
  });
});

describe('who may use connections', () => {
  const policyOf = (...actions: string[]): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: actions, Resource: 'arn:aws:events:us-east-1:123456789012:connection/stock' },
      ],
    });

  it('is decided by signature and policy, in each account for itself', async () => {
    const served = await serve({ secured: true });
    const ada = clientOf(served, await served.credentials());
    await create(ada);
    const bob = clientOf(served, await served.credentials({ accountId: '999999999999', userName: 'bob' }));
    await expect(describeIt(bob)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await bob.send(new ListConnectionsCommand({}))).Connections).toEqual([]);
    expect(await create(bob)).toMatchObject({
      ConnectionArn: expect.stringContaining(':999999999999:connection/stock/'),
    });
    const reader = clientOf(served, await served.credentials({ policy: policyOf('events:DescribeConnection') }));
    await describeIt(reader);
    await expect(reader.send(new DeleteConnectionCommand({ Name: 'stock' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('events:DeleteConnection on resource: arn:aws:events:us-east-1:123456789012'),
    });
    await expect(describeIt(reader, 'other')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const wrong = clientOf(served, { ...(await served.credentials()), secretAccessKey: 'wrong' });
    await expect(describeIt(wrong)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  });

  it('is no question of signatures for another service', async () => {
    const served = await serve({ secured: true });
    const credentials = await served.credentials();
    const send = async (service: string, operation: string, signingName: string) =>
      (await call({ url: served.server.url, credentials, service, operation, signingName, body: '{}' })).status;
    expect(await send('AWSEvents', 'ListConnections', 'events')).toBe(200);
    expect(await send('AWSEvents', 'ListConnections', 'states')).toBe(400);
    expect(await send('AWSStepFunctions', 'ListActivities', 'states')).toBe(200);
    expect(await send('AWSStepFunctions', 'ListActivities', 'events')).toBe(400);
  });

  it('is written down, without secrets', async () => {
    const served = await serve({ audit: 'changes' });
    const client = clientOf(served);
    await create(client);
    await describeIt(client);
    await create(client).catch(() => undefined);
    await client.send(new DeleteConnectionCommand({ Name: 'stock' }));
    const entries = await served.context.store.listAudit({ limit: 9 });
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['events:DeleteConnection', 'OK'],
      ['events:CreateConnection', 'ResourceAlreadyExistsException'],
      ['events:CreateConnection', 'OK'],
    ]);
    expect(entries[0]?.resource).toBe('arn:aws:events:us-east-1:123456789012:connection/stock');
    expect(JSON.stringify([entries, served.log])).not.toContain('hunter2');
  });

  it('is answered in the version of the protocol that EventBridge speaks', async () => {
    const served = await serve();
    const listed = await served.post('AWSEvents.ListConnections', '{}', {
      'content-type': 'application/x-amz-json-1.1',
    });
    expect([listed.status, listed.headers['content-type']]).toEqual([200, 'application/x-amz-json-1.1']);
    const unknown = await served.post('AWSEvents.PutEvents', '{}');
    expect([unknown.status, unknown.headers['content-type']]).toEqual([400, 'application/x-amz-json-1.1']);
    expect(unknown.text).toContain('UnknownOperationException');
    const states = await served.post('AWSStepFunctions.ListActivities', '{}');
    expect(states.headers['content-type']).toBe('application/x-amz-json-1.0');
  });
});
