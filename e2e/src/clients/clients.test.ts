import { describeWith, type TestNeed } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWithBoto3, startBoto3 } from './boto3-client.ts';
import { awsCli, awsCliClient } from './cli-client.ts';
import type { Client } from './client.ts';
import { type ClientsServer, modelAvailable, startClientsServer } from './clients-server.ts';
import { Journey, refusalOf } from './journey.ts';
import { sdkClient } from './sdk-client.ts';
import { terraformLife } from './terraform-calls.ts';

let server: ClientsServer;
beforeAll(async () => {
  server = await startClientsServer();
});
afterAll(() => server?.close());

/** Each call of the AWS CLI is a process. */
const STEP_MS = 240_000;

/** The steps build on each other. */
function journeyOf(prefix: string, open: () => Client): void {
  let client: Client;
  let journey: Journey;
  beforeAll(() => {
    client = open();
    journey = new Journey(client, prefix);
  });
  afterAll(() => client?.close());
  it('validates and creates', () => journey.create(), STEP_MS);
  it('publishes versions and routes an alias to them', () => journey.publish(), STEP_MS);
  it('starts, reads the history and calls back', () => journey.callBack(), STEP_MS);
  it('redrives', () => journey.redrive(), STEP_MS);
  it('stops', () => journey.stop(), STEP_MS);
  it('pages through lists', () => journey.list(), STEP_MS);
  it('tests a state and runs synchronously, under the host prefix', () => journey.synchronous(), STEP_MS);
  it('tags', () => journey.tag(), STEP_MS);
  it('tells refusals as its own errors', () => journey.refusals(), STEP_MS);
  it('deletes and waits until it is gone', () => journey.delete(), STEP_MS);
}

describe('@aws-sdk/client-sfn', () => {
  journeyOf('sdk', () => sdkClient(server.access));

  it('signs: another secret is refused', async () => {
    const client = sdkClient({ ...server.access, secretAccessKey: 'x'.repeat(40) });
    expect(await refusalOf(client.call('ListStateMachines', {}))).toMatchObject({ code: 'InvalidSignatureException' });
    await client.close();
  });

  it('makes Terraform’s calls in their order', () => terraformLife(sdkClient(server.access)), STEP_MS);
});

const MODEL: TestNeed = {
  what: 'the public model of the API',
  available: modelAvailable,
  install: 'it lies beside the development checkout only',
};

const python = await pythonWithBoto3();
const BOTO3: TestNeed = {
  what: 'boto3',
  available: () => python !== null,
  install: 'apt-get install python3-boto3',
};
describeWith(BOTO3, 'boto3', () =>
  describeWith(MODEL, 'with the API’s model', () =>
    journeyOf('boto3', () => startBoto3(python ?? '', server.access, server.dataPath)),
  ),
);

const cli = await awsCli();
const CLI: TestNeed = { what: 'the AWS CLI', available: () => cli !== null, install: 'apt-get install awscli' };
describeWith(CLI, 'the AWS CLI', () =>
  describeWith(MODEL, 'with the API’s model', () =>
    journeyOf('cli', () => awsCliClient(cli ?? '', server.access, server.dataPath)),
  ),
);
