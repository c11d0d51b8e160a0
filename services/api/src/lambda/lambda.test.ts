import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  paginateListFunctions,
} from '@aws-sdk/client-lambda';
import {
  type FunctionDescription,
  type FunctionInvocation,
  FunctionServiceError,
  type LocalFunctions,
} from '@everstep/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiBench, rawRequest, type SdkCredentials, startApiBench } from '../testing/api-bench.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function';

function description(functionName: string, change: Partial<FunctionDescription> = {}): FunctionDescription {
  return {
    functionName,
    functionArn: `${ARN}:${functionName}`,
    version: '$LATEST',
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    description: '',
    memoryMb: 128,
    timeoutSeconds: 30,
    concurrency: 10,
    aliases: {},
    modifiedAt: 1_700_000_000_000,
    codeBytes: 12,
    codeStamp: 'c3RhbXA=',
    ...change,
  };
}

const seen: FunctionInvocation[] = [];
let slowly: () => Promise<unknown> = async () => undefined;
const functions: LocalFunctions = {
  async invoke(invocation) {
    seen.push(invocation);
    const [name = ''] = invocation.functionName.split(':').slice(-1);
    const answer = { statusCode: 200, executedVersion: '3', requestId: 'request-of-the-function' };
    if (name === 'busy') throw new FunctionServiceError('TooManyRequestsException', 429, 'r', 'Rate Exceeded.');
    if (name === 'slow') await slowly();
    if (name === 'fails') return { ...answer, payload: '{"errorType":"E"}', functionError: 'Unhandled' };
    if (invocation.invocationType === 'Event') return { ...answer, statusCode: 202, payload: '' };
    if (invocation.invocationType === 'DryRun') return { ...answer, statusCode: 204, payload: '' };
    return { ...answer, payload: invocation.payload, ...(invocation.logTail === true ? { logResult: 'END é\n' } : {}) };
  },
  list: async (allVersions) => [
    ...Array.from({ length: 120 }, (_, index) => description(`f${String(index).padStart(3, '0')}`)),
    ...(allVersions === true ? [description('f119', { version: '1', functionArn: `${ARN}:f119:1` })] : []),
  ],
  describe: async (name) =>
    name.endsWith('missing') ? null : description('charge', name.endsWith('broken') ? { problem: 'no JSON' } : {}),
  readLogs: async ({ limit, position }) => ({
    lines: [
      { at: 1_500, functionName: 'charge', version: '$LATEST', requestId: 'r', message: `${limit} after ${position}` },
    ],
    position: '1-2',
  }),
  close: async () => undefined,
};

let bench: ApiBench;
let open: ApiBench;
let client: LambdaClient;
beforeAll(async () => {
  bench = await startApiBench({ secured: true, functions, audit: 'changes' });
  open = await startApiBench({ functions });
  client = lambda(bench, await bench.credentials());
});
afterAll(async () => {
  client?.destroy();
  await bench?.close();
  await open?.close();
});

function lambda({ server }: ApiBench, credentials: SdkCredentials): LambdaClient {
  return new LambdaClient({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function only(policy: object): Promise<LambdaClient> {
  const statements = [{ Effect: 'Allow', ...policy }];
  return lambda(
    bench,
    await bench.credentials({ policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
  );
}

describe('Invoke, through the real SDK', () => {
  it('calls a function with all that the client says', async () => {
    const context = { custom: { mine: 'yes' } };
    const answer = await client.send(
      new InvokeCommand({
        FunctionName: 'charge',
        Qualifier: 'prod',
        LogType: 'Tail',
        ClientContext: Buffer.from(JSON.stringify(context)).toString('base64'),
        Payload: Buffer.from('{"total":"€ 5"}'),
      }),
    );
    expect(Buffer.from(answer.Payload ?? []).toString()).toBe('{"total":"€ 5"}');
    expect(Buffer.from(answer.LogResult ?? '', 'base64').toString()).toBe('END é\n');
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '3' });
    expect(answer.FunctionError).toBeUndefined();
    expect(answer.$metadata.requestId).toBe('request-of-the-function');
    expect(seen.at(-1)).toMatchObject({
      functionName: 'charge',
      qualifier: 'prod',
      clientContext: context,
      logTail: true,
    });
    expect(seen.at(-1)?.executionArn).toBeUndefined();
  });

  it.each([`${ARN}:charge`, `${ARN}:charge:7`, '123456789012:function:charge', 'charge:prod'])(
    'takes %s as the name, whose signature covers the path',
    async (FunctionName) => {
      expect((await client.send(new InvokeCommand({ FunctionName }))).StatusCode).toBe(200);
      expect(seen.at(-1)).toMatchObject({ functionName: FunctionName, payload: '{}' });
    },
  );

  it('takes an ARN as long as AWS does, and refuses a longer one in Lambda’s words', async () => {
    const long = `${ARN}:${'f'.repeat(64)}:${'v'.repeat(170 - ARN.length - 66)}`;
    expect((await client.send(new InvokeCommand({ FunctionName: long }))).StatusCode).toBe(200);
    const refused = { name: 'ValidationException', $metadata: { httpStatusCode: 400 } };
    const longer = [{ FunctionName: `${long}v` }, { FunctionName: 'x'.repeat(9_000) }];
    for (const input of [...longer, { FunctionName: 'f', Qualifier: 'q'.repeat(129) }]) {
      await expect(client.send(new InvokeCommand(input))).rejects.toMatchObject(refused);
    }
    const path = '/2015-03-31/functions/%zz/invocations';
    const broken = await rawRequest(open.server.url, { method: 'POST', path, headers: {}, body: '{}' });
    expect([broken.status, broken.headers['x-amzn-errortype']]).toEqual([400, 'SerializationException']);
    expect(JSON.parse(broken.text)).toEqual({ Type: 'User', Message: 'The request could not be read.' });
  });

  it('waits for a function that is silent for longer than connections may be, and no longer for the next request', async () => {
    const patient = await startApiBench({ functions, idleMs: 500 });
    const { port } = new URL(patient.server.url);
    // It answers once a connection that came after its own was cut for being silent.
    slowly = () => once(connect(Number(port), '127.0.0.1').resume(), 'close');
    try {
      const path = '/2015-03-31/functions/slow/invocations';
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`);
      });
      expect(await text(socket)).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    } finally {
      await patient.close();
    }
  });

  it('as an event, and as a dry run', async () => {
    const event = await client.send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' }));
    expect(event.StatusCode).toBe(202);
    const dry = await client.send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'DryRun' }));
    expect(dry.StatusCode).toBe(204);
  });

  it('tells a function’s own failure from a refusal', async () => {
    const failed = await client.send(new InvokeCommand({ FunctionName: 'fails' }));
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    await expect(client.send(new InvokeCommand({ FunctionName: 'busy' }))).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
  });

  it('refuses what is no JSON, too much, or of no known kind', async () => {
    const invoke = (input: object) => client.send(new InvokeCommand({ FunctionName: 'f', ...input }));
    await expect(invoke({ Payload: Buffer.from('{') })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(invoke({ Payload: Buffer.from([0x22, 0xff, 0x22]) })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(invoke({ Payload: Buffer.alloc(6_291_457, 0x20) })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
      $metadata: { httpStatusCode: 413 },
    });
    const large = Buffer.concat([Buffer.from('"'), Buffer.alloc(6_291_454, 0x61), Buffer.from('"')]);
    expect((await invoke({ Payload: large })).Payload).toHaveLength(6_291_456);
    await expect(invoke({ InvocationType: 'Event', Payload: Buffer.alloc(1_048_577, 0x20) })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
    await expect(invoke({ InvocationType: 'Soon' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(invoke({ ClientContext: 'e30' })).resolves.toBeDefined();
    await expect(invoke({ ClientContext: 'W10=' })).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });
});

describe('what is there', () => {
  it('is listed by pages', async () => {
    const names: unknown[] = [];
    for await (const page of paginateListFunctions({ client, pageSize: 50 }, {})) {
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName));
    }
    expect(names).toHaveLength(120);
    expect(new Set(names).size).toBe(120);
  });

  it('is listed on from a marker whose function is gone', async () => {
    const Marker = `${ARN}:f117-was-here`;
    const { Functions } = await client.send(new ListFunctionsCommand({ Marker }));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toEqual(['f118', 'f119']);
    expect((await client.send(new ListFunctionsCommand({ Marker: `${ARN}:z` }))).Functions).toEqual([]);
  });

  it('is described, without its environment', async () => {
    const found = await client.send(new GetFunctionCommand({ FunctionName: `${ARN}:charge` }));
    expect(found.Configuration).toMatchObject({
      FunctionName: 'charge',
      Timeout: 30,
      MemorySize: 128,
      State: 'Active',
    });
    expect(found.Concurrency).toEqual({ ReservedConcurrentExecutions: 10 });
    expect(found.Configuration?.Environment).toBeUndefined();
    const broken = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'broken' }));
    expect(broken).toMatchObject({ State: 'Failed', StateReason: 'no JSON' });
    await expect(client.send(new GetFunctionCommand({ FunctionName: 'missing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${ARN}:missing`,
    });
  });

  it('has logs, by an operation of our own', async () => {
    const body = JSON.stringify({ functionName: 'charge', maxResults: 7, nextToken: '1-1' });
    const answer = await open.post('Everstep.GetFunctionLogs', body);
    expect(JSON.parse(answer.text)).toEqual({
      events: [{ timestamp: 1.5, message: '7 after 1-1', version: '$LATEST', requestId: 'r' }],
      nextToken: '1-2',
    });
    const missing = await open.post('Everstep.GetFunctionLogs', '{"functionName":"missing"}');
    expect(missing.text).toContain('ResourceNotFound');
    const path = await open.post('Everstep.GetFunctionLogs', '{"functionName":"../etc"}');
    expect(path.text).toContain('ValidationException');
  });
});

describe('who may', () => {
  it('is told by lambda:InvokeFunction on the function’s ARN, its version included', async () => {
    const limited = await only({ Action: 'lambda:InvokeFunction', Resource: [`${ARN}:charge`, `${ARN}:charge:prod`] });
    const invoke = (FunctionName: string, Qualifier?: string) =>
      limited.send(new InvokeCommand({ FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) }));
    expect((await invoke(`${ARN}:charge`)).StatusCode).toBe(200);
    expect((await invoke('charge', 'prod')).StatusCode).toBe(200);
    for (const [name, qualifier] of [
      ['refund'],
      ['charge', '1'],
      [`arn:aws:lambda:us-east-1:999999999999:function:refund`],
    ]) {
      await expect(invoke(name ?? '', qualifier)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringMatching(
          /is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:/,
        ),
        $metadata: { httpStatusCode: 403 },
      });
    }
    await expect(limited.send(new GetFunctionCommand({ FunctionName: 'charge' }))).rejects.toThrow(
      'lambda:GetFunction',
    );
    limited.destroy();
  });

  it('signs for Lambda: a signature for another service, path or body is refused', async () => {
    const stranger = lambda(bench, { ...(await bench.credentials()), secretAccessKey: 'x'.repeat(40) });
    await expect(stranger.send(new InvokeCommand({ FunctionName: 'charge' }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });
    stranger.destroy();
    const path = '/2015-03-31/functions/charge/invocations';
    const unsigned = await rawRequest(bench.server.url, { method: 'POST', path, headers: {}, body: '{}' });
    expect(unsigned.status).toBe(403);
    expect(unsigned.headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
    const sent = await overheard(bench);
    expect((await rawRequest(bench.server.url, sent)).status).toBe(200);
    const elsewhere = { ...sent, path: sent.path.replace('charge', 'refund') };
    expect((await rawRequest(bench.server.url, elsewhere)).status).toBe(403);
    expect((await rawRequest(bench.server.url, { ...sent, path: `${sent.path}?Qualifier=1` })).status).toBe(403);
    expect((await rawRequest(bench.server.url, { ...sent, body: '{"a":2}' })).status).toBe(403);
  });

  it('is another account: it has no functions', async () => {
    const foreign = lambda(bench, await bench.credentials({ accountId: '999999999999' }));
    await expect(foreign.send(new InvokeCommand({ FunctionName: 'charge' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    const { value } = await paginateListFunctions({ client: foreign }, {}).next();
    expect(value?.Functions).toEqual([]);
    foreign.destroy();
  });

  it('is written into the audit log', async () => {
    await client.send(new InvokeCommand({ FunctionName: 'audited' }));
    const entries = await bench.context.store.listAudit({ action: 'lambda:InvokeFunction', limit: 100 });
    expect(entries).toContainEqual(expect.objectContaining({ resource: `${ARN}:audited`, outcome: 'OK' }));
    expect(entries).toContainEqual(
      expect.objectContaining({ resource: `${ARN}:refund`, outcome: 'AccessDeniedException' }),
    );
  });

  it('is no page of another origin, where nobody is asked who they are', async () => {
    const path = '/2015-03-31/functions/charge/invocations';
    const headers = { origin: 'https://evil.example', 'content-type': 'text/plain' };
    const answer = await rawRequest(open.server.url, { method: 'POST', path, headers, body: '{}' });
    expect(answer.status).toBe(403);
  });
});

/** What the SDK sends, as somebody on the way sees it. */
async function overheard({ server }: ApiBench) {
  const spied = lambda(bench, await bench.credentials());
  let sent: { method: string; path: string; headers: Record<string, string>; body: string } | null = null;
  spied.middlewareStack.add(
    (next) => (args) => {
      const { method, path, headers } = Object(args.request);
      sent = { method, path, headers, body: '{"a":1}' };
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await spied.send(new InvokeCommand({ FunctionName: 'charge', Payload: Buffer.from('{"a":1}') }));
  spied.destroy();
  if (sent === null) throw new Error(`nothing was sent to ${server.url}`);
  return sent;
}
