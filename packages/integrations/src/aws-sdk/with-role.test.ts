import type { Integration } from '@everstep/engine';
import { FaultyServer, contractRequest } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLambdaInvokeIntegration } from '../lambda/invoke.ts';
import { createRemoteFunctions } from '../lambda/remote-functions.ts';
import { SdkRoles } from './sdk-roles.ts';
import { assumingFirst, withRole } from './with-role.ts';

process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

const roleArn = 'arn:aws:iam::123456789012:role/other';
const own: Integration = { perform: async () => ({ type: 'succeeded', output: 'own' }) };
const request = contractRequest('lambda:invoke', { FunctionName: 'f' }, { roleArn });

function assumed(expiresInMs: number): string {
  const expires = new Date(Date.now() + expiresInMs).toISOString();
  return (
    '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>' +
    `<SessionToken>session</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
  );
}

function openRoles(): SdkRoles {
  const roles = SdkRoles.open({
    region: 'us-east-1',
    environment: { AWS_ENDPOINT_URL: server.url },
    endpoint: server.url,
  });
  if (roles === null) throw new Error('an endpoint is set');
  return roles;
}

describe('a state with a role', () => {
  it('is refused where none can be assumed; one without is not concerned', async () => {
    const integration = withRole(own, null, () => own);
    expect(await integration.perform(request)).toMatchObject({
      error: 'States.Runtime',
      cause: expect.stringContaining('no STS endpoint is configured'),
    });
    expect(await integration.perform({ ...request, roleArn: null })).toEqual({ type: 'succeeded', output: 'own' });
  });

  it('calls functions with the role’s credentials, which are asked for once while they last', async () => {
    const roles = openRoles();
    const integration = withRole(own, roles, (credentials) =>
      createLambdaInvokeIntegration(createRemoteFunctions({ region: 'us-east-1', endpoint: server.url, credentials })),
    );
    server.behave(({ body }) =>
      body.includes('AssumeRole')
        ? { headers: { 'content-type': 'text/xml' }, body: assumed(3_600_000) }
        : { body: '"called"' },
    );
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await integration.perform(request)).toMatchObject({ output: { Payload: 'called' } });
    }
    const calls = server.seen.map(({ headers }) => /Credential=([^/]+)/.exec(String(headers.authorization))?.[1]);
    expect(calls.slice(1)).toEqual(['ASIAROLE', 'ASIAROLE']);
    await roles.close();
  });

  it('does inside this installation what it may do with the role', async () => {
    const roles = openRoles();
    const integration = withRole(own, roles, (credentials) => assumingFirst(own, credentials));
    server.behave({ headers: { 'content-type': 'text/xml' }, body: assumed(60_000) });
    expect(await integration.perform(request)).toEqual({ type: 'succeeded', output: 'own' });
    server.behave({ status: 403, headers: { 'content-type': 'text/xml' }, body: '<ErrorResponse/>' });
    // What was given ends too soon to be used again.
    expect(await integration.perform(request)).toMatchObject({
      type: 'failed',
      error: 'States.TaskFailed',
      cause: expect.stringContaining(`The role ${roleArn} could not be assumed`),
    });
    await roles.close();
  });
});
