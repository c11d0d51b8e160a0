import { type FunctionInvocation, FunctionServiceError, silentLogger } from '@everstep/engine';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionHost, createFunctionHost, parseFunctionName } from './function-host.ts';

let functionsDir = '';
let host: FunctionHost;

async function define(name: string, source: string, manifest?: object): Promise<void> {
  await mkdir(join(functionsDir, name), { recursive: true });
  await writeFile(join(functionsDir, name, 'index.mjs'), source);
  if (manifest !== undefined) await writeFile(join(functionsDir, name, 'function.json'), JSON.stringify(manifest));
}

function call(functionName: string, payload: unknown, more: Partial<FunctionInvocation> = {}) {
  return host.invoke({
    functionName,
    payload: JSON.stringify(payload),
    invocationType: 'RequestResponse',
    clientContext: { custom: { idempotencyKey: 'key-1' } },
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:m:e',
    signal: new AbortController().signal,
    ...more,
  });
}

beforeAll(async () => {
  functionsDir = await mkdtemp(join(tmpdir(), 'everstep-functions-'));
  host = createFunctionHost({
    functionsDir,
    region: 'eu-west-1',
    accountId: '000000000001',
    logger: silentLogger,
    environment: { COLOUR: 'green', DATABASE_URL: 'postgres://secret' },
  });
});

afterAll(async () => {
  await host.close();
  await rm(functionsDir, { recursive: true, force: true });
});

describe('a function', () => {
  it('gets its event and context, and answers JSON', async () => {
    await define(
      'echo',
      'export const handler = async (event, context) => ({ event, arn: context.invokedFunctionArn, key: context.clientContext.custom.idempotencyKey });',
    );
    const answer = await call('echo', { a: [1, null] });
    expect(JSON.parse(answer.payload)).toEqual({
      event: { a: [1, null] },
      arn: 'arn:aws:lambda:eu-west-1:000000000001:function:echo',
      key: 'key-1',
    });
    expect(answer).toMatchObject({ statusCode: 200, executedVersion: '$LATEST' });
    expect(answer.functionError).toBeUndefined();
  });

  it('answers null where its handler returns nothing', async () => {
    await define('nothing', 'export const handler = async () => {};');
    expect((await call('nothing', 1)).payload).toBe('null');
  });

  it('stays warm between invocations and runs one at a time in a process', async () => {
    await define('count', 'let n = 0; export const handler = () => ({ n: ++n, pid: process.pid });', {
      concurrency: 1,
    });
    const answers = await Promise.all([1, 2, 3].map(() => call('count', {})));
    const parsed = answers.map((answer) => JSON.parse(answer.payload));
    expect(parsed.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(new Set(parsed.map(({ pid }) => pid)).size).toBe(1);
    expect(parsed[0].pid).not.toBe(process.pid);
  });

  it('that throws is answered as Lambda answers it', async () => {
    await define(
      'throws',
      'export const handler = () => { const e = new Error("no"); e.name = "CardDeclined"; throw e; };',
    );
    const answer = await call('throws', {});
    expect(answer.functionError).toBe('Unhandled');
    expect(JSON.parse(answer.payload)).toMatchObject({ errorType: 'CardDeclined', errorMessage: 'no' });
  });

  it('that does not load or exports no handler says so', async () => {
    await define('broken', 'export const other = 1;');
    expect(JSON.parse((await call('broken', {})).payload)).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'index exports no function named handler',
    });
  });

  it('that takes too long is ended, and the next invocation gets a new process', async () => {
    await define(
      'slow',
      'export const handler = (event) => event.wait ? new Promise(() => setInterval(() => {}, 1000)) : "quick";',
      { timeoutSeconds: 4 },
    );
    const answer = await call('slow', { wait: true });
    const { errorType, errorMessage } = JSON.parse(answer.payload);
    expect(errorType).toBe('Sandbox.Timedout');
    expect(errorMessage).toBe(`RequestId: ${answer.requestId} Error: Task timed out after 4.00 seconds`);
    expect((await call('slow', {})).payload).toBe('"quick"');
  });

  it('that ends its process is answered as a crash', async () => {
    await define('crash', 'export const handler = () => process.exit(7);');
    const answer = await call('crash', {});
    expect(JSON.parse(answer.payload)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${answer.requestId} Error: Runtime exited with error: exit status 7`,
    });
  });

  it('is ended when its invocation is cancelled', async () => {
    await define('endless', 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));');
    const controller = new AbortController();
    const answering = call('endless', {}, { signal: controller.signal });
    controller.abort();
    expect((await answering).functionError).toBe('Unhandled');
  });

  it('sees the environment its manifest names, and none of the server', async () => {
    await define('environment', 'export const handler = () => process.env;', {
      environment: { PAINT: 'light ${COLOUR}', MISSING: '${NOBODY:-fallback}' },
    });
    const seen = JSON.parse((await call('environment', {})).payload);
    expect(seen).toMatchObject({ PAINT: 'light green', MISSING: 'fallback', AWS_REGION: 'eu-west-1' });
    expect(Object.keys(seen)).not.toContain('DATABASE_URL');
    expect(Object.keys(seen)).not.toContain('COLOUR');
  });

  it('with a manifest that says nonsense is refused with the place', async () => {
    await define('nonsense', 'export const handler = () => 1;', { timeoutSeconds: 'soon' });
    await expect(call('nonsense', {})).rejects.toThrow(
      /function\.json: timeoutSeconds must be an integer from 1 to 900/,
    );
  });

  it('is listed with the others', async () => {
    await define('alpha', 'export const handler = () => 1;');
    expect((await host.list())[0]).toBe('alpha');
  });
});

describe('what is not there', () => {
  it.each(['missing', '../secrets', 'arn:aws:lambda:eu-west-1:000000000001:function:missing', '__proto__', ''])(
    '%j is not found, in the words of Lambda',
    async (name) => {
      const refused = call(name, {});
      await expect(refused).rejects.toBeInstanceOf(FunctionServiceError);
      await expect(refused).rejects.toMatchObject({ code: 'ResourceNotFoundException', statusCode: 404 });
    },
  );

  it('names the ARN with its version', async () => {
    await expect(call('missing', {})).rejects.toThrow(
      'Function not found: arn:aws:lambda:eu-west-1:000000000001:function:missing:$LATEST',
    );
  });
});

describe('a function name', () => {
  it.each([
    ['f', 'f', undefined],
    ['f:prod', 'f', 'prod'],
    ['000000000001:function:f', 'f', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:f', 'f', undefined],
    ['arn:aws:lambda:eu-west-1:000000000001:function:f:$LATEST', 'f', '$LATEST'],
  ])('%s is %s', (text, name, qualifier) => {
    expect(parseFunctionName(text)).toEqual({ name, qualifier });
  });
});
