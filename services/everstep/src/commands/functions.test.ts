import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiServer } from '@everstep/api-service';
import {
  createEngineContext,
  DEFAULT_SETTINGS,
  type LocalFunctions,
  silentLogger,
  SyncExecutions,
} from '@everstep/engine';
import { createFileFunctionLogs, createFunctionHost } from '@everstep/functions';
import { createRemoteFunctions } from '@everstep/integrations';
import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { everstep } from '../testing/api-rig.ts';
import { functionsCommand } from './functions.ts';

let folder = '';
let host: LocalFunctions;
let url = '';
let close: () => Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-functions-command-'));
  const logger = silentLogger;
  const logs = createFileFunctionLogs({ directory: join(folder, 'logs'), logger });
  const functionsDir = join(folder, 'functions');
  host = createFunctionHost({ functionsDir, region: 'us-east-1', accountId: '123456789012', logger, logs });
  const context = createEngineContext({
    store: createMemoryStore({ now: Date.now }),
    hints: createLocalQueue({ logger }),
    clock: { now: Date.now, at: () => () => undefined, sleep: async () => undefined },
    logger,
    settings: DEFAULT_SETTINGS,
  });
  const registry = { find: () => null, close: async () => undefined };
  const syncExecutions = new SyncExecutions(context, { registry });
  const server = await createApiServer({
    context,
    syncExecutions,
    logger,
    functions: host,
    host: '127.0.0.1',
    port: 0,
  });
  url = server.url;
  close = async () => {
    await server.close();
    await host.close();
  };
  const charge = `export const handler = ({ total, fail }) => {
    console.log('charging', total);
    if (fail) throw new RangeError('too much');
    return { charged: total };
  };`;
  for (const [name, file, text] of [
    ['charge', 'index.mjs', charge],
    ['charge@1', 'index.mjs', 'export const handler = () => "first";'],
    ['report', 'lambda_function.py', 'def lambda_handler(event, context): return 1'],
    ['wrong', 'function.json', '{'],
  ] as const) {
    await mkdir(join(functionsDir, name), { recursive: true });
    await writeFile(join(functionsDir, name, file), text);
  }
});

afterAll(async () => {
  await close?.();
  await rm(folder, { recursive: true, force: true });
});

const run = (...words: string[]) => everstep(functionsCommand(), [...words, '--endpoint', url]);

describe('the Lambda API of the server', () => {
  it('is an endpoint like any other for tasks that call functions elsewhere', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    const remote = createRemoteFunctions({ region: 'us-east-1', endpoint: url });
    const signal = new AbortController().signal;
    const call = (functionName: string, payload: string, more: object = {}) =>
      remote.invoke({ functionName, payload, invocationType: 'RequestResponse', signal, ...more });
    try {
      const charged = await call('charge', '{"total":1}', { logTail: true, clientContext: { custom: { a: 'é' } } });
      expect(charged).toMatchObject({ statusCode: 200, payload: '{"charged":1}', executedVersion: '$LATEST' });
      expect(charged.logResult).toContain('charging 1');
      expect(await call('charge:1', '{}')).toMatchObject({ payload: '"first"', executedVersion: '1' });
      const failed = await call('charge', '{"fail":true}');
      expect(failed.functionError).toBe('Unhandled');
      expect(JSON.parse(failed.payload)).toMatchObject({ errorType: 'RangeError' });
      expect(await call('charge', '{}', { invocationType: 'Event' })).toMatchObject({ statusCode: 202, payload: '' });
      await expect(call('missing', '{}')).rejects.toMatchObject({ code: 'ResourceNotFoundException', statusCode: 404 });
      await expect(call('wrong', '{}')).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    } finally {
      await remote.close();
      vi.unstubAllEnvs();
    }
  });
});

describe('everstep functions', () => {
  it('list shows all, and what is wrong with them', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(0);
    const rows = out.split('\n').map((line) => line.trim().split(/\s{2,}/));
    expect(rows[1]).toEqual([
      'charge',
      '$LATEST',
      expect.stringMatching(/^nodejs\d+\.x$/),
      'index.handler',
      '128 MB',
      '30 s',
      'ready',
    ]);
    expect(rows[2]?.slice(0, 4)).toEqual(['report', '$LATEST', 'python3', 'lambda_function.lambda_handler']);
    expect(rows[3]?.at(-1)).toContain('wrong/function.json: not JSON');
    expect((await run('list', '--versions')).out).toMatch(/charge +1 /);
    const [first = ''] = (await run('list', '--json')).out.split('\n');
    expect(JSON.parse(first)).toMatchObject({ FunctionName: 'charge', MemorySize: 128 });
  });

  it('invoke prints the answer, and the log where it is asked for', async () => {
    expect(await run('invoke', 'charge', '--payload', '{"total": 5}')).toEqual({
      code: 0,
      out: '{"charged":5}',
      err: '',
    });
    const withLogs = await run('invoke', 'charge', '--payload', '{"total": 6}', '--logs');
    expect(withLogs.err).toMatch(/START RequestId: .*\ncharging 6\nEND RequestId: .*\nREPORT /);
    expect((await run('invoke', 'charge', '--qualifier', '1')).out).toBe('"first"');
    expect(await run('invoke', 'charge', '--event', '--payload', '{"total": 7}')).toEqual({
      code: 0,
      out: '',
      err: '',
    });
  });

  it('invoke tells failures by its exit code', async () => {
    const failed = await run('invoke', 'charge', '--payload', '{"fail": true}');
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.out)).toMatchObject({ errorType: 'RangeError', errorMessage: 'too much' });
    expect(await run('invoke', 'missing')).toMatchObject({
      code: 3,
      err: 'ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:missing:$LATEST',
    });
    expect(await run('invoke', 'charge', '--payload', '{')).toMatchObject({ code: 2 });
    const away = await everstep(functionsCommand(), ['invoke', 'charge', '--endpoint', 'http://127.0.0.1:1']);
    expect(away.code).toBe(4);
  });

  it('logs shows what was written, and goes on with --follow', async () => {
    await run('invoke', 'charge', '--payload', '{"total": 8}');
    const { out } = await run('logs', 'charge', '--limit', '1');
    expect(out).toMatch(/^\d{4}-\d\d-\d\d.*  [0-9a-f]{8}  charging 8$/);
    const lines = (await run('logs', 'charge', '--json')).out.split('\n').map((line): unknown => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ message: 'charging 8', version: '$LATEST', requestId: expect.any(String) });
    expect((await run('logs', 'missing')).code).toBe(3);
    expect((await run('logs', 'charge', '--limit', 'all')).code).toBe(2);
  });

  it('logs --follow shows lines as they come', async () => {
    const following = run('logs', 'charge', '--follow', '--limit', '1');
    const seen = (): string =>
      vi
        .mocked(console.log)
        .mock.calls.map(([line]) => String(line))
        .join('\n');
    await expect.poll(seen).toContain('charging');
    const signal = new AbortController().signal;
    const request = {
      functionName: 'charge',
      payload: '{"total":99}',
      invocationType: 'RequestResponse',
      signal,
    } as const;
    await host.invoke(request);
    await expect.poll(seen).toContain('charging 99');
    // It ends with its server.
    await close();
    close = async () => undefined;
    expect((await following).code).toBe(4);
  });
});
