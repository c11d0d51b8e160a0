import {
  type FunctionAnswer,
  type FunctionInvocation,
  type FunctionInvoker,
  FunctionServiceError,
  type TaskRequest,
} from '@everstep/engine';
import type { Json } from '@everstep/language';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createFunctionArnIntegration } from './function-arn.ts';
import { createLambdaInvokeIntegration } from './invoke.ts';
import { createRemoteFunctions } from './remote-functions.ts';

function invoker(
  answer: (invocation: FunctionInvocation) => Partial<FunctionAnswer>,
): FunctionInvoker & { seen: FunctionInvocation[] } {
  const seen: FunctionInvocation[] = [];
  return {
    seen,
    async invoke(invocation) {
      seen.push(invocation);
      return { statusCode: 200, executedVersion: '$LATEST', requestId: 'r-1', payload: 'null', ...answer(invocation) };
    },
    async close() {},
  };
}

function request(
  parameters: Json,
  more: { pattern?: 'requestResponse' | 'waitForTaskToken'; arn?: string } = {},
): TaskRequest {
  return {
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
    executionId: 'e',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m',
    stateName: 'Charge',
    taskId: 3,
    attemptId: 'e-3',
    resource: {
      arn: more.arn ?? 'arn:aws:states:::lambda:invoke',
      kind: more.arn === undefined ? 'integration' : 'lambda',
      service: 'lambda',
      action: 'invoke',
      operation: 'invoke',
      pattern: more.pattern ?? 'requestResponse',
      syncVersion: 1,
    },
    parameters,
    token: null,
    roleArn: null,
    timeoutAt: null,
    signal: new AbortController().signal,
  };
}

describe('a function ARN as the resource', () => {
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:charge:prod';

  it('sends the parameters as the event and gives the answer back, numbers by their text', async () => {
    const functions = invoker(() => ({ payload: '{"total":1.0,"big":12345678901234567890}' }));
    const outcome = await createFunctionArnIntegration(functions).perform(request({ x: 1 }, { arn }));
    expect(JSON.stringify(outcome)).toBe('{"type":"succeeded","output":{"total":1.0,"big":12345678901234567890}}');
    expect(functions.seen[0]).toMatchObject({ functionName: arn, payload: '{"x":1}' });
    expect(functions.seen[0]?.clientContext?.custom).toMatchObject({ idempotencyKey: 'e-3', stateName: 'Charge' });
  });

  it('reports a function error by its type, the whole payload as its cause', async () => {
    const payload = '{"errorType":"CardDeclined","errorMessage":"no"}';
    const functions = invoker(() => ({ functionError: 'Unhandled', payload }));
    const outcome = await createFunctionArnIntegration(functions).perform(request({}, { arn }));
    expect(outcome).toEqual({ type: 'failed', error: 'CardDeclined', cause: payload });
  });

  it('reports a function error without a type as Lambda.Unknown', async () => {
    const functions = invoker(() => ({ functionError: 'Unhandled', payload: '"just text"' }));
    const outcome = await createFunctionArnIntegration(functions).perform(request({}, { arn }));
    const text = 'The cause could not be determined because Lambda did not return an error type.';
    const cause = `${text} Returned payload: "just text"`;
    expect(outcome).toEqual({ type: 'failed', error: 'Lambda.Unknown', cause });
  });
});

describe('lambda:invoke', () => {
  it('describes the whole response', async () => {
    const functions = invoker(() => ({ payload: '{"ok":true}' }));
    const outcome = await createLambdaInvokeIntegration(functions).perform(
      request({ FunctionName: 'f', Payload: { a: 1 } }),
    );
    expect(outcome).toMatchObject({
      type: 'succeeded',
      output: {
        ExecutedVersion: '$LATEST',
        Payload: { ok: true },
        SdkHttpMetadata: { HttpStatusCode: 200, HttpHeaders: { 'Content-Length': '11' } },
        SdkResponseMetadata: { RequestId: 'r-1' },
        StatusCode: 200,
      },
    });
  });

  it('with a task token is submitted, not done', async () => {
    const outcome = await createLambdaInvokeIntegration(invoker(() => ({}))).perform(
      request({ FunctionName: 'f' }, { pattern: 'waitForTaskToken' }),
    );
    expect(outcome.type).toBe('submitted');
  });

  it('passes qualifier, invocation type and client context on', async () => {
    const functions = invoker(() => ({ statusCode: 202, payload: '' }));
    const context = Buffer.from('{"custom":{"mine":"yes"}}').toString('base64');
    const outcome = await createLambdaInvokeIntegration(functions).perform(
      request({ FunctionName: 'f', Qualifier: '7', InvocationType: 'Event', ClientContext: context }),
    );
    expect(functions.seen[0]).toMatchObject({ qualifier: '7', invocationType: 'Event' });
    expect(functions.seen[0]?.clientContext.custom).toMatchObject({ mine: 'yes', idempotencyKey: 'e-3' });
    expect(outcome).toMatchObject({ output: { StatusCode: 202 } });
  });

  it.each([
    ['f', '$LATEST'],
    ['123456789012:function:f', '$LATEST'],
    ['f:prod', undefined],
    ['arn:aws:lambda:us-east-1:123456789012:function:f:7', undefined],
  ])('names the version of %s: %s', async (FunctionName, qualifier) => {
    const functions = invoker(() => ({}));
    await createLambdaInvokeIntegration(functions).perform(request({ FunctionName }));
    expect(functions.seen[0]?.qualifier).toBe(qualifier);
  });

  it.each([
    ['"quoted"', '"quoted"'],
    ['1.0', '1.0'],
    ['plain text', '"plain text"'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, '{}'],
  ])('sends the payload %j as %s', async (Payload, sent) => {
    const functions = invoker(() => ({}));
    await createLambdaInvokeIntegration(functions).perform(
      request(Payload === undefined ? { FunctionName: 'f' } : { FunctionName: 'f', Payload }),
    );
    expect(functions.seen[0]?.payload).toBe(sent);
  });

  it('refuses an answer beyond the limit of a state, JSON or not', async () => {
    const functions = invoker(() => ({ payload: 'x'.repeat(262_145) }));
    const outcome = await createLambdaInvokeIntegration(functions).perform(request({ FunctionName: 'f' }));
    expect(outcome).toMatchObject({
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'arn:aws:states:::lambda:invoke' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it.each([
    [[], 'must be an object'],
    [{}, "need 'FunctionName'"],
    [{ FunctionName: 'f', InvocationType: 'Later' }, 'RequestResponse, Event or DryRun'],
    [{ FunctionName: 'f', ClientContext: '%%%' }, 'base64-encoded JSON'],
  ])('refuses the parameters %j', async (parameters, text) => {
    const outcome = await createLambdaInvokeIntegration(invoker(() => ({}))).perform(request(parameters));
    expect(outcome).toMatchObject({ type: 'failed', error: 'States.Runtime', cause: expect.stringContaining(text) });
  });

  it('words a refusal of the service as AWS does', async () => {
    const functions: FunctionInvoker = {
      async invoke() {
        throw new FunctionServiceError('ResourceNotFoundException', 404, 'r-9', 'Function not found: f');
      },
      async close() {},
    };
    const outcome = await createLambdaInvokeIntegration(functions).perform(request({ FunctionName: 'f' }));
    expect(outcome).toEqual({
      type: 'failed',
      error: 'Lambda.ResourceNotFoundException',
      cause:
        'Function not found: f (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: r-9; Proxy: null)',
    });
  });
});

describe('a remote endpoint, through the real SDK', () => {
  let server: Server | null = null;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function endpoint(
    respond: (
      path: string,
      headers: Record<string, unknown>,
      body: string,
    ) => { status: number; headers?: Record<string, string>; body: string },
  ): Promise<string> {
    process.env['AWS_ACCESS_KEY_ID'] ??= 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test';
    const listening = createServer((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk) => (body += String(chunk)));
      incoming.on('end', () => {
        const answer = respond(incoming.url ?? '', incoming.headers, body);
        outgoing.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = listening.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  const invocation: FunctionInvocation = {
    functionName: 'f',
    payload: '{"a":1}',
    invocationType: 'RequestResponse',
    clientContext: { custom: { idempotencyKey: 'e-3' } },
    executionArn: 'arn',
    signal: new AbortController().signal,
  };

  it('calls it with the payload and the client context', async () => {
    let context = '';
    const url = await endpoint((path, headers, body) => {
      context = Buffer.from(String(headers['x-amz-client-context']), 'base64').toString();
      return {
        status: 200,
        headers: { 'x-amz-executed-version': '$LATEST', 'x-amzn-requestid': 'r' },
        body: `{"path":"${path}","body":${body}}`,
      };
    });
    const functions = createRemoteFunctions({ region: 'us-east-1', endpoint: url });
    const answer = await functions.invoke(invocation);
    expect(JSON.parse(answer.payload)).toEqual({ path: '/2015-03-31/functions/f/invocations', body: { a: 1 } });
    expect(JSON.parse(context)).toEqual({ custom: { idempotencyKey: 'e-3' } });
    await functions.close();
  });

  it('tells a function error from a refusal', async () => {
    const url = await endpoint((path) =>
      path.includes('/f/')
        ? { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorType":"E"}' }
        : {
            status: 404,
            headers: { 'x-amzn-errortype': 'ResourceNotFoundException', 'content-type': 'application/json' },
            body: '{"Message":"Function not found: g"}',
          },
    );
    const functions = createRemoteFunctions({ region: 'us-east-1', endpoint: url });
    expect((await functions.invoke(invocation)).functionError).toBe('Unhandled');
    await expect(functions.invoke({ ...invocation, functionName: 'g' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      statusCode: 404,
      message: 'Function not found: g',
    });
    await functions.close();
  });

  it('an endpoint that is away is a service error, not a crash', async () => {
    const functions = createRemoteFunctions({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1' });
    await expect(functions.invoke(invocation)).rejects.toMatchObject({ code: 'SdkClientException', statusCode: 0 });
    await functions.close();
  });
});
