import {
  CreateStateMachineCommand,
  ListStateMachinesCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ApiBench,
  DEFINITION,
  PREFIX,
  ROLE,
  type SdkCredentials,
  sfnClient,
  startApiBench,
} from './testing/api-bench.ts';

let bench: ApiBench;
let clients: SFNClient[];
beforeEach(async () => {
  clients = [];
  bench = await startApiBench({ secured: true });
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await bench.close();
});

function clientOf(credentials: SdkCredentials, change: object = {}): SFNClient {
  const client = sfnClient(bench.server.url, { credentials, ...change });
  clients.push(client);
  return client;
}

const list = (client: SFNClient) => client.send(new ListStateMachinesCommand({}));
const create = (client: SFNClient, name: string) =>
  client.send(new CreateStateMachineCommand({ name, definition: DEFINITION, roleArn: ROLE }));
const policyOf = (...Statement: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

describe('a request signed by the SDK', () => {
  it('passes, and its key’s use is noted', async () => {
    const credentials = await bench.credentials();
    const client = clientOf(credentials);
    await create(client, 'orders');
    expect((await list(client)).stateMachines?.map(({ name }) => name)).toEqual(['orders']);
    const key = await bench.context.store.findAccessKey(credentials.accessKeyId);
    expect(key?.lastUsedAt).toBeGreaterThan(Date.now() - 60_000);
    expect(bench.log.at(-1)?.fields).toMatchObject({ accessKeyId: credentials.accessKeyId, status: 200 });
    expect(JSON.stringify(bench.log)).not.toContain(credentials.secretAccessKey);
  });

  it('with a wrong secret, an unknown key or another region is refused in AWS’s words', async () => {
    const credentials = await bench.credentials();
    await expect(list(clientOf({ ...credentials, secretAccessKey: 'wrong' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringContaining(
        'The request signature we calculated does not match the signature you provided.',
      ),
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
    });
    await expect(list(clientOf({ ...credentials, accessKeyId: 'AKIAUNKNOWN' }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    });
    await expect(list(clientOf(credentials, { region: 'eu-west-1' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: 'Credential should be scoped to a valid region.',
    });
  });

  it('that is unsigned is missing its token', async () => {
    const answer = await bench.post('AWSStepFunctions.ListStateMachines', '{}');
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      {
        __type: 'com.amazon.coral.service#MissingAuthenticationTokenException',
        message: 'Request is missing Authentication Token',
      },
    ]);
  });

  it('by a revoked key is refused as soon as the former look has aged', async () => {
    const credentials = await bench.credentials();
    const client = clientOf(credentials);
    await list(client);
    await bench.context.store.revokeAccessKey(credentials.accessKeyId, Date.now());
    bench.shiftTime(5_001);
    await expect(list(client)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('by a temporary key needs its token, and only until it expires', async () => {
    const credentials = await bench.credentials({ expiresAt: Date.now() + 600_000 });
    const client = clientOf(credentials);
    await list(client);
    const { sessionToken: _none, ...bare } = credentials;
    const unrecognised = { name: 'UnrecognizedClientException' };
    await expect(list(clientOf(bare))).rejects.toMatchObject(unrecognised);
    await expect(list(clientOf({ ...bare, sessionToken: 'another' }))).rejects.toMatchObject(unrecognised);
    const lasting = await bench.credentials();
    await expect(list(clientOf({ ...lasting, sessionToken: 'any' }))).rejects.toMatchObject(unrecognised);
    bench.shiftTime(600_000);
    await expect(list(client)).rejects.toMatchObject({
      name: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
  });

  it('late by more than 15 minutes is refused, and the SDK puts its clock right', async () => {
    const credentials = await bench.credentials();
    bench.shiftTime(16 * 60_000);
    await expect(list(clientOf(credentials))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier than /),
    });
  });
});

describe('a policy', () => {
  it('allows what it names and nothing else', async () => {
    const admin = clientOf(await bench.credentials());
    const { stateMachineArn } = await create(admin, 'orders');
    await create(admin, 'billing');
    const starter = await bench.credentials({
      userName: 'starter',
      policy: policyOf({ Effect: 'Allow', Action: 'states:StartExecution', Resource: `${PREFIX}:stateMachine:ord*` }),
    });
    const client = clientOf(starter);
    const start = (arn = '') => client.send(new StartExecutionCommand({ stateMachineArn: arn, name: 'one' }));
    await start(stateMachineArn);
    const user = 'arn:aws:iam::123456789012:user/starter';
    await expect(start(`${PREFIX}:stateMachine:billing`)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${user} is not authorized to perform: states:StartExecution on resource: ${PREFIX}:stateMachine:billing because no identity-based policy allows the states:StartExecution action`,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(list(client)).rejects.toMatchObject({
      message: `User: ${user} is not authorized to perform: states:ListStateMachines on resource: ${PREFIX}:stateMachine:* because no identity-based policy allows the states:ListStateMachines action`,
    });
  });

  it('denies explicitly whatever it allows', async () => {
    const credentials = await bench.credentials({
      policy: policyOf(
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: 'states:Create*', Resource: `${PREFIX}:stateMachine:prod-*` },
      ),
    });
    const client = clientOf(credentials);
    await create(client, 'test-orders');
    await expect(create(client, 'prod-orders')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringMatching(/stateMachine:prod-orders with an explicit deny in an identity-based policy$/),
    });
  });
});
