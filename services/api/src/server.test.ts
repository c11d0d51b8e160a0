import { connect } from 'node:net';
import { ListStateMachinesCommand, SFNServiceException } from '@aws-sdk/client-sfn';
import { OutcomeUnknownError, StoreUnavailableError } from '@everstep/engine';
import { AWS_OPERATIONS } from '@everstep/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findRoute } from './operations/index.ts';
import { type ApiBench, DEFINITION, PREFIX, ROLE, rawRequest, sfnClient, startApiBench } from './testing/api-bench.ts';

let bench: ApiBench;
beforeEach(async () => {
  bench = await startApiBench();
});
afterEach(() => bench.close());

const LIST = 'AWSStepFunctions.ListStateMachines';
const CREATE = 'AWSStepFunctions.CreateStateMachine';
const typeOf = (text: string): string => String(JSON.parse(text).__type).split('#')[1] ?? '';

/** Sends bytes as they are and gives all that comes back until the server closes or `enough` is met. */
function raw(url: string, text: string, enough: (answer: string) => boolean = () => false): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (enough(answer)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('a request', () => {
  it('is answered with a request id and AWS’s content type', async () => {
    const answer = await bench.post(LIST, '{}');
    expect(answer.status).toBe(200);
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers['content-type']).toBe('application/x-amz-json-1.0');
    expect(answer.text).toBe('{"stateMachines":[]}');
  });

  it.each([
    ['boto’s spaces', '{"maxResults": 1, "nextToken": null}', {}],
    ['no body', '', {}],
    ['JSON 1.1', '{}', { 'content-type': 'application/x-amz-json-1.1' }],
    ['plain JSON', '{}', { 'content-type': 'application/json; charset=utf-8' }],
    ['any host', '{}', { host: 'sync-states.us-east-1.amazonaws.com' }],
    ['unknown members', '{"x":{"y":[1]}}', {}],
  ])('is taken with %s', async (_what, body, headers) => {
    expect(await bench.post(LIST, body, headers)).toMatchObject({ status: 200 });
  });

  it('writes times as seconds with a fraction', async () => {
    const answer = await bench.post(CREATE, JSON.stringify({ name: 'a', definition: DEFINITION, roleArn: ROLE }));
    expect(answer.text).toMatch(/"creationDate":\d{10}(\.\d{1,3})?}$/);
  });

  it('is taken with an absolute-form target, as proxies send it', async () => {
    const answer = await rawRequest(bench.server.url, {
      method: 'POST',
      path: 'http://states.us-east-1.amazonaws.com/',
      body: '{}',
      headers: { 'x-amz-target': LIST, 'content-type': 'application/x-amz-json-1.0' },
    });
    expect(answer.status).toBe(200);
  });

  it.each<[string, string | null, string | Buffer, Record<string, string>, number, string]>([
    ['invalid JSON', LIST, '{"maxResults":', {}, 400, 'SerializationException'],
    ['an array', LIST, '[]', {}, 400, 'SerializationException'],
    ['a string', LIST, '"x"', {}, 400, 'SerializationException'],
    ['null', LIST, 'null', {}, 400, 'SerializationException'],
    ['bytes that are not UTF-8', LIST, Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, 'SerializationException'],
    ['a wrong type', LIST, '{"maxResults":"1"}', {}, 400, 'SerializationException'],
    ['a form', LIST, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 400, 'SerializationException'],
    ['a broken constraint', LIST, '{"maxResults":-1}', {}, 400, 'ValidationException'],
    ['no target', null, '{}', {}, 400, 'UnknownOperationException'],
    ['an unknown target', 'AWSStepFunctions.Nonsense', '{}', {}, 400, 'UnknownOperationException'],
    ['another service', 'DynamoDB_20120810.ListTables', '{}', {}, 400, 'UnknownOperationException'],
    ['an own operation that is not there', 'Everstep.Nonsense', '{}', {}, 400, 'UnknownOperationException'],
    ['an inherited name', 'AWSStepFunctions.constructor', '{}', {}, 400, 'UnknownOperationException'],
    ['a target that is a prefix only', '__proto__.toString', '{}', {}, 400, 'UnknownOperationException'],
    ['a deep body', LIST, '['.repeat(500_000), {}, 400, 'SerializationException'],
    [
      'a deep unknown member',
      'AWSStepFunctions.DescribeStateMachine',
      `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      {},
      400,
      'ValidationException',
    ],
    ['a body that is too large', LIST, ' '.repeat(2_100_000), {}, 413, 'RequestEntityTooLargeException'],
    ['members of the prototype', CREATE, '{"__proto__":{"name":"a"}}', {}, 400, 'ValidationException'],
  ])('with %s is refused as AWS does', async (_what, target, body, headers, status, code) => {
    const answer = await bench.post(target, body, headers);
    expect(answer.status).toBe(status);
    expect(typeOf(answer.text)).toBe(code);
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await bench.post(LIST, '{}')).status).toBe(200);
  });

  it('counts every violation', async () => {
    const answer = await bench.post(CREATE, '{"__proto__":{"name":"a"},"type":"ODD"}');
    expect(JSON.parse(answer.text).message).toMatch(/^4 validation errors detected: Value null at 'name' failed/);
  });

  it.each(AWS_OPERATIONS)('for %s has a handler', (name) => {
    expect(findRoute(`AWSStepFunctions.${name}`).operation).toBe(name);
  });

  it('that is not POST / is not found', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['POST', '/elsewhere'],
      ['PUT', '/'],
    ] as const) {
      const answer = await rawRequest(bench.server.url, { method, path });
      expect(answer.status).toBe(404);
      expect(answer.headers['x-amzn-requestid']).toBeDefined();
    }
  });

  it('takes definitions near the limit, and large ones with an error, without harm', async () => {
    const comment = (length: number) =>
      JSON.stringify({ Comment: 'x'.repeat(length), StartAt: 'A', States: { A: { Type: 'Succeed' } } });
    const send = (definition: string) =>
      bench.post(CREATE, JSON.stringify({ name: 'large', definition, roleArn: ROLE }));
    const overhead = comment(0).length;
    expect((await send(comment(1_048_576 - overhead))).status).toBe(200);
    const refused = await send(comment(1_048_577 - overhead));
    expect(JSON.parse(refused.text).message).toBe(
      "1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to 1048576",
    );
  });
});

describe('a failure', () => {
  it('inside is told by its request id only, and logged', async () => {
    bench.context.store.listStateMachines = () => Promise.reject(new Error('password=hunter2'));
    const answer = await bench.post(LIST, '{}');
    expect(answer.status).toBe(500);
    expect(typeOf(answer.text)).toBe('InternalFailure');
    expect(answer.text).toContain(String(answer.headers['x-amzn-requestid']));
    expect(answer.text).not.toContain('hunter2');
    expect(bench.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({
          requestId: answer.headers['x-amzn-requestid'],
          operation: 'ListStateMachines',
        }),
      }),
    );
  });

  it('of the store is told as one that SDKs try again', async () => {
    const { store } = bench.context;
    const list = store.listStateMachines.bind(store);
    let calls = 0;
    store.listStateMachines = (page) => {
      calls++;
      return calls === 1 ? Promise.reject(new StoreUnavailableError('connection refused')) : list(page);
    };
    const client = sfnClient(bench.server.url, { maxAttempts: 3 });
    const answer = await client.send(new ListStateMachinesCommand({}));
    expect(answer.$metadata).toMatchObject({ attempts: 2 });
    calls = 0;
    const single = sfnClient(bench.server.url);
    const failure = await single.send(new ListStateMachinesCommand({})).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SFNServiceException);
    expect(failure).toMatchObject({ name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } });
    client.destroy();
    single.destroy();
  });
});

describe('a failure whose outcome is unknown', () => {
  it('is told as one that SDKs try again, too', async () => {
    bench.context.store.listStateMachines = () => Promise.reject(new OutcomeUnknownError());
    const answer = await bench.post(LIST, '{}');
    expect(answer.status).toBe(503);
    expect(typeOf(answer.text)).toBe('ServiceUnavailable');
  });
});

describe('the log', () => {
  it('names operation, status, time and execution, and neither bodies nor credentials', async () => {
    await bench.post(CREATE, JSON.stringify({ name: 'secret-name', definition: DEFINITION, roleArn: ROLE }), {
      authorization: 'AWS4-HMAC-SHA256 Credential=hunter2',
    });
    const stateMachineArn = `${PREFIX}:stateMachine:secret-name`;
    await bench.post(
      'AWSStepFunctions.StartExecution',
      JSON.stringify({ stateMachineArn, name: 'run', input: '{"card":"4111"}' }),
    );
    await bench.post('AWSStepFunctions.SendTaskHeartbeat', '{"taskToken":"token-text"}');
    const lines = bench.log.filter((line) => line.message === 'request');
    expect(lines.map((line) => line.fields)).toEqual([
      { requestId: expect.any(String), operation: 'CreateStateMachine', status: 200, ms: expect.any(Number) },
      {
        requestId: expect.any(String),
        operation: 'StartExecution',
        executionArn: `${PREFIX}:execution:secret-name:run`,
        status: 200,
        ms: expect.any(Number),
      },
      {
        requestId: expect.any(String),
        operation: 'SendTaskHeartbeat',
        errorCode: 'InvalidToken',
        status: 400,
        ms: expect.any(Number),
      },
    ]);
    const text = JSON.stringify(bench.log);
    for (const secret of ['hunter2', '4111', 'token-text', 'Seconds']) expect(text).not.toContain(secret);
  });
});

describe('health', () => {
  const get = async (path: string) => {
    const answer = await rawRequest(bench.server.url, { method: 'GET', path });
    return { status: answer.status, body: JSON.parse(answer.text) };
  };

  it('tells a process that is alive and a store that answers', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, body: { alive: true } });
    expect(await get('/readyz')).toEqual({ status: 200, body: { ready: true } });
    bench.context.store.probe = async () => ({ status: 'read-only' });
    expect(await get('/readyz')).toEqual({ status: 503, body: { ready: false, reason: 'the database is read-only' } });
    bench.context.store.probe = async () => ({ status: 'failing', reason: 'No space left on device' });
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: { reason: 'the database refuses work: No space left on device' },
    });
    expect(await get('/healthz')).toMatchObject({ status: 200 });
    expect(bench.log).toEqual([]);
  });

  it('does not wait for ever', async () => {
    await bench.close();
    bench = await startApiBench({ readyTimeoutMs: 20 });
    bench.context.store.probe = () => new Promise(() => {});
    expect(await get('/readyz')).toMatchObject({ status: 503, body: { ready: false } });
  });
});

describe('clients that are slow or go away', () => {
  it('are cut off when they do not send their request', async () => {
    await bench.close();
    bench = await startApiBench({ requestTimeoutMs: 100 });
    const head = `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: ${LIST}\r\ncontent-length: 10\r\n\r\n{`;
    expect(await raw(bench.server.url, head)).toMatch(/^HTTP\/1.1 408 /);
    expect(await raw(bench.server.url, 'POST / HTTP/1.1\r\nhost:')).toMatch(/^HTTP\/1.1 408 /);
  });

  it('that send nonsense get an answer', async () => {
    expect(await raw(bench.server.url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('end their long poll by hanging up', async () => {
    await bench.close();
    bench = await startApiBench({ activityPollMs: 60_000 });
    const { activityArn } = await bench.context.store.createActivity({
      activityArn: `${PREFIX}:activity:pack`,
      name: 'pack',
      createdAt: 0,
      encryption: null,
    });
    const waiting = (): number => bench.context.activityDesks.waiting(activityArn);
    const body = JSON.stringify({ activityArn });
    const { hostname, port } = new URL(bench.server.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSStepFunctions.GetActivityTask\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(waiting).toBe(1);
    socket.destroy();
    await expect.poll(waiting).toBe(0);
  });
});

describe('closing', () => {
  it('answers long polls empty and refuses what comes later', async () => {
    await bench.close();
    bench = await startApiBench({ activityPollMs: 60_000 });
    const activityArn = `${PREFIX}:activity:pack`;
    await bench.context.store.createActivity({ activityArn, name: 'pack', createdAt: 0, encryption: null });
    const listening = Promise.withResolvers<void>();
    const { hints } = bench.context;
    const listen = hints.listen.bind(hints);
    hints.listen = async (topic, listener) => {
      listening.resolve();
      return listen(topic, listener);
    };
    const polling = bench.post('AWSStepFunctions.GetActivityTask', JSON.stringify({ activityArn }));
    await listening.promise;
    const closing = bench.server.close();
    expect(await polling).toMatchObject({ status: 200, text: '{"taskToken":null}' });
    await closing;
    await expect(bench.post(LIST, '{}')).rejects.toThrow('ECONNREFUSED');
    await expect(bench.server.close()).resolves.toBeUndefined();
  });

  it('lets a request in flight end', async () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    bench.context.store.listStateMachines = async () => {
      asked.resolve();
      await gate.promise;
      return [];
    };
    const answer = bench.post(LIST, '{}');
    await asked.promise;
    const closing = bench.server.close();
    gate.resolve();
    expect(await answer).toMatchObject({ status: 200 });
    await closing;
  });

  it('does not wait longer than it may', async () => {
    await bench.close();
    bench = await startApiBench({ drainMs: 50 });
    const asked = Promise.withResolvers<void>();
    bench.context.store.listStateMachines = () => {
      asked.resolve();
      return new Promise(() => {});
    };
    const answer = bench.post(LIST, '{}').catch((error: unknown) => error);
    await asked.promise;
    await bench.server.close();
    expect(await answer).toBeInstanceOf(Error);
  });
});
