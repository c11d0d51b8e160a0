import { EventBridge } from '@aws-sdk/client-eventbridge';
import { describeWith, FaultyServer } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWithBoto3, startBoto3 } from './boto3-client.ts';
import { awsCli, awsCliClient } from './cli-client.ts';
import { type Client, ClientError, type Output, readOutput, textOf } from './client.ts';
import { type ClientsServer, startClientsServer } from './clients-server.ts';
import { refusalOf } from './journey.ts';
import { sdkClient } from './sdk-client.ts';

const STEP_MS = 240_000;
const ROLE = 'arn:aws:iam::123456789012:role/run';

let server: ClientsServer;
let service: FaultyServer;
beforeAll(async () => {
  service = await FaultyServer.start();
  // Where callers must sign, calls to this machine are closed unless somebody opens them.
  server = await startClientsServer({ EVERSTEP_OUTGOING_ALLOW: `loopback:${new URL(service.url).port}` });
});
afterAll(() => Promise.all([server?.close(), service?.close()]));

/** EventBridge's own client, called by the operations' names. */
function eventBridge(): Client {
  const { endpoint, ...credentials } = server.access;
  const client = new EventBridge({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    async call(operation, input): Promise<Output> {
      const method: unknown = Reflect.get(client, `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`);
      if (typeof method !== 'function') throw new Error(`there is no operation ${operation}`);
      try {
        const { $metadata: _metadata, ...output } = readOutput(await Reflect.apply(method, client, [input]));
        return output;
      } catch (error) {
        throw error instanceof Error ? new ClientError(error.name, error.message, true) : error;
      }
    },
    pages: () => Promise.reject(new Error('ListConnections has no paginator')),
    close: async () => client.destroy(),
  };
}

/** A state machine of one HTTP Task, run to its end. */
async function callService(connectionArn: string): Promise<Output> {
  const states = sdkClient(server.access);
  try {
    const parameters = {
      ApiEndpoint: `${service.url}/stock`,
      Method: 'POST',
      InvocationConfig: { ConnectionArn: connectionArn },
      RequestBody: { sku: 7 },
    };
    const definition = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', Parameters: parameters, End: true };
    const machine = JSON.stringify({ StartAt: 'Call', States: { Call: definition } });
    const name = `http-${connectionArn.split('/')[1]}-${Date.now()}`;
    const request = { name, type: 'EXPRESS', definition: machine, roleArn: ROLE };
    const { stateMachineArn } = await states.call('CreateStateMachine', request);
    const ended = await states.call('StartSyncExecution', { stateMachineArn, input: '{}' });
    await states.call('DeleteStateMachine', { stateMachineArn });
    return ended;
  } finally {
    await states.close();
  }
}

function connectionLife(open: () => Client, prefix: string): void {
  it(
    'makes a connection that HTTP Tasks use, changes it, and removes it',
    async () => {
      const client = open();
      const Name = `${prefix}-stock`;
      const basic = { BasicAuthParameters: { Username: 'ada', Password: 'hunter2' } };
      const request = { Name, Description: 'of the shop', AuthorizationType: 'BASIC', AuthParameters: basic };
      const created = await client.call('CreateConnection', request);
      const arn = textOf(created, 'ConnectionArn');
      expect(arn).toMatch(new RegExp(`^arn:aws:events:us-east-1:123456789012:connection/${Name}/[0-9a-f-]{36}$`));
      expect(created['ConnectionState']).toBe('AUTHORIZED');
      expect(await refusalOf(client.call('CreateConnection', request))).toMatchObject({
        code: 'ResourceAlreadyExistsException',
        typed: true,
      });
      const described = await client.call('DescribeConnection', { Name });
      expect(described).toMatchObject({
        Description: 'of the shop',
        AuthParameters: { BasicAuthParameters: { Username: 'ada' } },
      });
      expect(JSON.stringify(described)).not.toContain('hunter2');
      expect((await client.call('ListConnections', { NamePrefix: prefix }))['Connections']).toMatchObject([{ Name }]);
      service.behave({ headers: { 'content-type': 'application/json' }, body: '{"left":3}' });
      const ended = await callService(arn);
      expect([ended['status'], JSON.parse(textOf(ended, 'output')).ResponseBody]).toEqual(['SUCCEEDED', { left: 3 }]);
      const authorization = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`;
      expect(service.seen).toMatchObject([{ path: '/stock', body: '{"sku":7}', headers: { authorization } }]);
      const key = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'swordfish' } };
      await client.call('UpdateConnection', { Name, AuthorizationType: 'API_KEY', AuthParameters: key });
      await callService(arn);
      expect(service.seen[1]?.headers).toMatchObject({ 'x-key': 'swordfish' });
      expect((await client.call('DeauthorizeConnection', { Name }))['ConnectionState']).toBe('DEAUTHORIZED');
      expect(await callService(arn)).toMatchObject({
        status: 'FAILED',
        error: 'Events.ConnectionResource.InvalidConnectionState',
      });
      expect((await client.call('DeleteConnection', { Name }))['ConnectionState']).toBe('DELETING');
      expect(await refusalOf(client.call('DescribeConnection', { Name }))).toMatchObject({
        code: 'ResourceNotFoundException',
        typed: true,
      });
      await client.close();
    },
    STEP_MS,
  );
}

describe('connections by @aws-sdk/client-eventbridge', () => {
  connectionLife(eventBridge, 'sdk');
});

const python = await pythonWithBoto3();
describeWith(
  { what: 'boto3', available: () => python !== null, install: 'apt-get install python3-boto3' },
  'connections by boto3',
  () => connectionLife(() => startBoto3(python ?? '', server.access, server.dataPath, 'events'), 'boto3'),
);

const cli = await awsCli();
describeWith(
  { what: 'the AWS CLI', available: () => cli !== null, install: 'apt-get install awscli' },
  'connections by the AWS CLI',
  () => connectionLife(() => awsCliClient(cli ?? '', server.access, server.dataPath, 'events'), 'cli'),
);

describe('where HTTP Tasks may go', () => {
  it(
    'is the installation’s to say: not to metadata, and not to its own API',
    async () => {
      const states = sdkClient(server.access);
      const connection = eventBridge();
      const key = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'k' } };
      const made = await connection.call('CreateConnection', {
        ...{ Name: 'attack', AuthorizationType: 'API_KEY', AuthParameters: key },
      });
      for (const ApiEndpoint of [
        'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
        'http://[::ffff:a9fe:a9fe]/latest/',
        'https://metadata.google.internal./computeMetadata/v1/',
        server.access.endpoint,
        server.access.endpoint.replace('127.0.0.1', '2130706433'),
        'http://localhost:5432/',
      ]) {
        const parameters = { ApiEndpoint, Method: 'GET', InvocationConfig: { ConnectionArn: made['ConnectionArn'] } };
        const state = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', Parameters: parameters, End: true };
        const tested = await states.call('TestState', { definition: JSON.stringify(state), roleArn: ROLE });
        expect([tested['status'], tested['error']], ApiEndpoint).toEqual([
          'FAILED',
          // Where nobody resolves the name there is nothing to refuse.
          expect.stringMatching(
            ApiEndpoint.includes('google') ? /^States\.(Permissions|Http\.Socket)$/ : /^States\.Permissions$/,
          ),
        ]);
      }
      await connection.call('DeleteConnection', { Name: 'attack' });
      const oauth = {
        ClientParameters: { ClientID: 'id', ClientSecret: 'hunter2' },
        AuthorizationEndpoint: 'http://169.254.169.254/latest/api/token',
        HttpMethod: 'PUT',
      };
      const AuthParameters = { OAuthParameters: oauth };
      const request = { Name: 'attack', AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS', AuthParameters };
      expect(await connection.call('CreateConnection', request)).toMatchObject({ ConnectionState: 'DEAUTHORIZED' });
      expect(await connection.call('DescribeConnection', { Name: 'attack' })).toMatchObject({
        StateReason: expect.stringContaining('policy'),
      });
      await connection.call('DeleteConnection', { Name: 'attack' });
      await Promise.all([states.close(), connection.close()]);
    },
    STEP_MS,
  );

  it('shows what TestState sends, its secrets only to who asks for them', async () => {
    const [states, events] = [sdkClient(server.access), eventBridge()];
    const key = { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'hunter2' } };
    const request = { Name: 'traced', AuthorizationType: 'API_KEY', AuthParameters: key };
    const { ConnectionArn } = await events.call('CreateConnection', request);
    service.behave({ headers: { 'content-type': 'text/plain' }, body: 'done' });
    const parameters = { ApiEndpoint: service.url, Method: 'GET', InvocationConfig: { ConnectionArn } };
    const state = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', Parameters: parameters, End: true };
    const test = { definition: JSON.stringify(state), roleArn: ROLE, inspectionLevel: 'TRACE' };
    const hidden = await states.call('TestState', test);
    expect(hidden['inspectionData']).toMatchObject({
      request: { protocol: 'http', method: 'GET', url: `${service.url}/` },
      response: { statusCode: '200', statusMessage: 'OK', body: 'done' },
    });
    expect(JSON.stringify(hidden)).not.toContain('hunter2');
    const shown = await states.call('TestState', { ...test, revealSecrets: true });
    expect(shown['inspectionData']).toMatchObject({ request: { headers: expect.stringContaining('X-Key: hunter2') } });
    await events.call('DeleteConnection', { Name: 'traced' });
    await Promise.all([states.close(), events.close()]);
  });
});
