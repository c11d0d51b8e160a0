import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { describeWith, type TestNeed } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonWithBoto3 } from './boto3-client.ts';
import { awsCli } from './cli-client.ts';
import { clientEnvironment } from './client.ts';
import { type ClientsServer, startClientsServer } from './clients-server.ts';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('lambda-client.py', import.meta.url));
/** A name as AWS's consoles show it; paths of REST calls carry it encoded, and signatures cover that. */
const GREET = 'arn:aws:lambda:us-east-1:123456789012:function:greet';

let server: ClientsServer;
beforeAll(async () => {
  server = await startClientsServer();
});
afterAll(() => server?.close());

describe('@aws-sdk/client-lambda', () => {
  it('calls, fails and lists', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = server.access;
    const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } });
    const answer = await client.send(
      new InvokeCommand({ FunctionName: GREET, Payload: Buffer.from('{"name":"Ada"}') }),
    );
    expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toEqual({ text: 'Hello, Ada!', from: null });
    const failed = await client.send(
      new InvokeCommand({ FunctionName: 'greet', Payload: Buffer.from('{"fail":true}') }),
    );
    expect(failed.FunctionError).toBe('Unhandled');
    const names: Array<string | undefined> = [];
    for await (const page of paginateListFunctions({ client, pageSize: 1 }, {})) {
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName));
    }
    expect(names).toEqual(['greet', 'park']);
    client.destroy();
  });
});

const python = await pythonWithBoto3();
const BOTO3: TestNeed = { what: 'boto3', available: () => python !== null, install: 'apt-get install python3-boto3' };
describeWith(BOTO3, 'boto3', () => {
  it('calls, fails and lists', async () => {
    const { access } = server;
    const words = [PROGRAM, access.endpoint, GREET];
    const { stdout } = await run(python ?? '', words, { env: clientEnvironment(access, null) });
    expect(JSON.parse(stdout)).toMatchObject({
      answer: { text: 'Hello, Ada!', from: 'boto3' },
      version: '$LATEST',
      log: expect.stringMatching(/^START RequestId: .*\ngreeting Ada\nEND /),
      error: ['Unhandled', 'RangeError'],
      event: 202,
      names: ['greet', 'park'],
      memory: 128,
      missing: { code: 'ResourceNotFoundException', typed: true },
    });
  });
});

const cli = await awsCli();
const CLI: TestNeed = { what: 'the AWS CLI', available: () => cli !== null, install: 'apt-get install awscli' };
describeWith(CLI, 'the AWS CLI', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everstep-cli-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('calls and lists', async () => {
    const { access } = server;
    const aws = async (...words: string[]): Promise<Record<string, unknown>> => {
      const all = ['lambda', ...words, '--endpoint-url', access.endpoint, '--output', 'json'];
      return JSON.parse((await run(cli ?? '', all, { env: clientEnvironment(access, null) })).stdout);
    };
    const [event, answer] = [join(folder, 'event.json'), join(folder, 'answer.json')];
    await writeFile(event, '{"name":"Grace"}');
    const invoked = await aws('invoke', '--function-name', GREET, '--payload', `fileb://${event}`, answer);
    expect(invoked).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(JSON.parse(await readFile(answer, 'utf8'))).toEqual({ text: 'Hello, Grace!', from: null });
    const listed = await aws('list-functions');
    expect(listed['Functions']).toMatchObject([{ FunctionName: 'greet' }, { FunctionName: 'park' }]);
  });
});
