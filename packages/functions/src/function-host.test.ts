import { writeFile } from 'node:fs/promises';
import { FunctionServiceError } from '@everstep/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXECUTION, type FunctionsBench, nodejs, openFunctionsBench } from './testing/functions-bench.ts';

let bench: FunctionsBench;
beforeAll(async () => {
  bench = await openFunctionsBench({ environment: { COLOUR: 'green', DATABASE_URL: 'postgres://secret' } });
});
afterAll(() => bench?.close());

const ENDLESS = 'export const handler = () => new Promise(() => setInterval(() => {}, 1000));';

describe('a function', () => {
  it('gets its event and context, and answers JSON', async () => {
    await bench.define(
      'echo',
      nodejs(
        `export const handler = async (event, context) => ({
          event, arn: context.invokedFunctionArn, key: context.clientContext.custom.idempotencyKey,
          version: context.functionVersion, memory: context.memoryLimitInMB, id: context.awsRequestId,
          inTime: context.getRemainingTimeInMillis() > 20_000, trace: process.env._X_AMZN_TRACE_ID,
        });`,
      ),
    );
    const answer = await bench.call(
      'echo',
      { a: [1, null, 'é😀'] },
      { traceId: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700' },
    );
    expect(JSON.parse(answer.payload)).toEqual({
      event: { a: [1, null, 'é😀'] },
      arn: 'arn:aws:lambda:eu-west-1:000000000001:function:echo',
      key: 'key-1',
      version: '$LATEST',
      memory: '128',
      id: answer.requestId,
      inTime: true,
      trace: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
    });
    expect(answer).toMatchObject({ statusCode: 200, executedVersion: '$LATEST' });
    expect(answer.functionError).toBeUndefined();
  });

  it('gets a client context in any script, as a header takes it', async () => {
    await bench.define('context', nodejs('export const handler = (event, context) => context.clientContext;'));
    const clientContext = { client: { app_title: 'Bücher' }, custom: { note: 'line\nbreak 😀' } };
    expect(JSON.parse((await bench.call('context', {}, { clientContext })).payload)).toEqual(clientContext);
    expect((await bench.host.invoke({ ...REQUEST, functionName: 'context' })).payload).toBe('null');
  });

  it('answers null where its handler returns nothing, and by a callback where it takes one', async () => {
    await bench.define('nothing', nodejs('export const handler = async () => {};'));
    expect((await bench.call('nothing', 1)).payload).toBe('null');
    await bench.define(
      'late',
      nodejs('export const handler = (e, c, done) => { setTimeout(() => done(null, e), 5); };'),
    );
    expect((await bench.call('late', 'x')).payload).toBe('"x"');
    await bench.define('lateError', nodejs('export const handler = (e, c, done) => { done(new RangeError("far")); };'));
    expect(JSON.parse((await bench.call('lateError')).payload)).toMatchObject({ errorType: 'RangeError' });
  });

  it('is found by the handler that its manifest names, in any of its languages', async () => {
    const files = { 'src/app.ts': 'export const api = { run: (event: { n: number }): number => event.n + 1 };' };
    await bench.define('typed', files, { handler: 'src/app.api.run' });
    expect((await bench.call('typed', { n: 1 })).payload).toBe('2');
    await bench.define('common', { 'index.cjs': 'module.exports.handler = async () => __filename.slice(-9);' });
    expect((await bench.call('common')).payload).toBe('"index.cjs"');
  });

  it('stays warm between invocations and runs one at a time in a process', async () => {
    const source = 'let n = 0; export const handler = () => ({ n: ++n, pid: process.pid });';
    await bench.define('count', nodejs(source), { concurrency: 1 });
    const answers = await Promise.all([1, 2, 3].map(() => bench.call('count')));
    const parsed = answers.map((answer) => JSON.parse(answer.payload));
    expect(parsed.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(new Set(parsed.map(({ pid }) => pid)).size).toBe(1);
    expect(parsed[0].pid).not.toBe(process.pid);
  });

  it('runs in as many processes as its concurrency allows; who finds no room waits, or is refused', async () => {
    const source = `
      import { existsSync } from 'node:fs';
      import { setTimeout as pause } from 'node:timers/promises';
      export const handler = async ({ gate }) => { while (!existsSync(gate)) await pause(5); return process.pid; };`;
    await bench.define('gate', nodejs(source), { concurrency: 2, waiting: 1 });
    const gate = `${bench.functionsDir}/open`;
    // They come in this order: two run, one waits.
    const [first, second, third, fourth] = [1, 2, 3, 4].map(() => bench.call('gate', { gate }));
    await expect(fourth).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      statusCode: 429,
      message: 'Rate Exceeded.',
    });
    await writeFile(gate, '');
    const pids = (await Promise.all([first, second, third])).map((answer) => answer?.payload);
    expect(new Set(pids).size).toBe(2);
  });

  it('that nobody waits for any more leaves the queue', async () => {
    await bench.define('busy', nodejs(ENDLESS), { concurrency: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = bench.call('busy', {}, { signal: first.signal });
    const waiting = bench.call('busy', {}, { signal: second.signal });
    second.abort();
    await expect(waiting).rejects.toThrow('The invocation was cancelled.');
    first.abort();
    await Promise.allSettled([running]);
  });

  it('sees the environment its manifest names, and none of the server', async () => {
    await bench.define('environment', nodejs('export const handler = () => process.env;'), {
      environment: { PAINT: 'light ${COLOUR}', MISSING: '${NOBODY:-fallback}' },
    });
    const seen = JSON.parse((await bench.call('environment')).payload);
    expect(seen).toMatchObject({
      PAINT: 'light green',
      MISSING: 'fallback',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/environment',
      LAMBDA_TASK_ROOT: `${bench.functionsDir}/environment`,
      _HANDLER: 'index.handler',
    });
    expect(Object.keys(seen)).not.toContain('DATABASE_URL');
    expect(Object.keys(seen)).not.toContain('COLOUR');
  });

  it('writes into the log with its request and its execution', async () => {
    await bench.define(
      'talk',
      nodejs('export const handler = () => { console.log("one\\ntwo"); console.error("three"); };'),
    );
    const { requestId } = await bench.call('talk');
    const facts = { functionName: 'talk', version: '$LATEST', requestId, executionArn: EXECUTION };
    const own = bench.lines.filter(({ functionName }) => functionName === 'talk');
    expect(own.map(({ message }) => message).toSorted()).toEqual(['one', 'three', 'two']);
    for (const line of own) expect(line).toMatchObject(facts);
  });

  it('answers the end of its log to who asks', async () => {
    await bench.define(
      'tail',
      nodejs('export const handler = () => { console.log("x".repeat(6000)); console.log("last"); };'),
    );
    const { logResult = '', requestId } = await bench.call('tail', {}, { logTail: true });
    expect(Buffer.byteLength(logResult)).toBe(4_096);
    expect(logResult).toMatch(
      new RegExp(`xx\nlast\nEND RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: `),
    );
    expect(logResult).toMatch(/Memory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t\n$/);
  });

  it('is called and not waited for as an event, and only looked for in a dry run', async () => {
    await bench.define('event', nodejs('export const handler = (event) => { console.log(`got ${event.n}`); };'));
    const stopped = new AbortController();
    const answer = await bench.call('event', { n: 7 }, { invocationType: 'Event', signal: stopped.signal });
    expect(answer).toMatchObject({ statusCode: 202, payload: '' });
    stopped.abort();
    await expect.poll(() => bench.lines.map(({ message }) => message)).toContain('got 7');
    expect(await bench.call('event', {}, { invocationType: 'DryRun' })).toMatchObject({ statusCode: 204, payload: '' });
  });

  it('with a manifest that says nonsense is refused with the place', async () => {
    await bench.define('nonsense', nodejs('export const handler = () => 1;'), { timeoutSeconds: 'soon' });
    await expect(bench.call('nonsense')).rejects.toThrow(
      'nonsense/function.json: timeoutSeconds must be an integer from 1 to 900',
    );
  });
});

const REQUEST = {
  payload: '{}',
  invocationType: 'RequestResponse' as const,
  signal: new AbortController().signal,
};

describe('versions and aliases', () => {
  it('are folders and names of the manifest', async () => {
    const source = (text: string) =>
      nodejs(
        `export const handler = (e, c) => ['${text}', c.functionVersion, c.invokedFunctionArn.split(':').slice(6).join(':')];`,
      );
    await bench.define('greet', source('newest'), { aliases: { prod: '1', next: '$LATEST', gone: '9' } });
    await bench.define('greet@1', source('first'));
    const arn = 'arn:aws:lambda:us-east-1:123456789012:function:greet';
    const saying = async (name: string, qualifier?: string) => {
      const answer = await bench.call(name, {}, qualifier === undefined ? {} : { qualifier });
      return [...JSON.parse(answer.payload), answer.executedVersion];
    };
    expect(await saying('greet')).toEqual(['newest', '$LATEST', 'greet', '$LATEST']);
    expect(await saying(`${arn}:1`)).toEqual(['first', '1', 'greet:1', '1']);
    expect(await saying('greet:prod')).toEqual(['first', '1', 'greet:prod', '1']);
    expect(await saying(arn, 'next')).toEqual(['newest', '$LATEST', 'greet:next', '$LATEST']);
    await expect(saying('greet:2')).rejects.toThrow('function:greet:2');
    await expect(saying('greet:gone')).rejects.toThrow('Function not found');
    await expect(saying('greet:toString')).rejects.toThrow('Function not found');
    const described = (await bench.host.list(true)).filter(({ functionName }) => functionName === 'greet');
    expect(described.map(({ version }) => version)).toEqual(['$LATEST', '1']);
    expect(described[1]?.functionArn).toBe('arn:aws:lambda:eu-west-1:000000000001:function:greet:1');
  });
});

describe('what is not there', () => {
  it.each(['missing', '../secrets', 'arn:aws:lambda:eu-west-1:000000000001:function:missing', '__proto__', ''])(
    '%j is not found, in the words of Lambda',
    async (name) => {
      const refused = bench.call(name);
      await expect(refused).rejects.toBeInstanceOf(FunctionServiceError);
      await expect(refused).rejects.toMatchObject({ code: 'ResourceNotFoundException', statusCode: 404 });
      expect(await bench.host.describe(name)).toBeNull();
    },
  );

  it('names the ARN with its version', async () => {
    await expect(bench.call('missing')).rejects.toThrow(
      'Function not found: arn:aws:lambda:eu-west-1:000000000001:function:missing:$LATEST',
    );
  });
});

describe('the list', () => {
  it('tells what is there, and what is wrong with it', async () => {
    const other = await openFunctionsBench();
    try {
      await other.define('b', { 'app.py': 'def lambda_handler(event, context): pass' }, { memoryMb: 256 });
      await other.define('a', nodejs('export const handler = () => 1;'), { typo: 1 });
      await other.define('docs', { 'README.md': 'no function' });
      expect(await other.host.list()).toMatchObject([
        { functionName: 'a', problem: expect.stringContaining("a/function.json: there is no member 'typo'") },
        { functionName: 'b', runtime: 'python3', handler: 'app.lambda_handler', memoryMb: 256, timeoutSeconds: 30 },
      ]);
      expect(await other.host.describe('b')).toMatchObject({ functionName: 'b', version: '$LATEST' });
      expect(await other.host.describe('a')).toMatchObject({ problem: expect.any(String) });
    } finally {
      await other.close();
    }
  });
});
