import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ApiBench,
  DEFINITION,
  PREFIX,
  type RawAnswer,
  ROLE,
  rawRequest,
  type SdkCredentials,
  sfnClient,
  startApiBench,
} from '../testing/api-bench.ts';
import { send, signRequest } from '../testing/signing.ts';

let folder = '';
let bench: ApiBench;

async function open(secured: boolean): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'everstep-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<meta nonce="__EVERSTEP_NONCE__"><title>Everstep</title>');
  await writeFile(join(folder, 'assets', 'app-abc.js'), 'let x = 1;'.repeat(1_000));
  bench = await startApiBench({ secured, consoleFolder: folder });
}
afterEach(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<RawAnswer> =>
  rawRequest(bench.server.url, { method, path, headers, ...(body === undefined ? {} : { body }) });

const callBy = (target: string, input: object, headers: Record<string, string> = {}): Promise<RawAnswer> => {
  const sent = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, ...headers };
  return ask('/console/api', sent, 'POST', JSON.stringify(input));
};

describe('the files of the console', () => {
  beforeEach(() => open(false));

  it('the page comes under a policy that lets nothing in, with a nonce of its own each time', async () => {
    const [first, second] = [await ask('/console/'), await ask('/console/executions/arn%3Aaws%3Ax?tab=graph')];
    expect([first.status, second.status]).toEqual([200, 200]);
    const policy = String(first.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    expect(first.text).toContain(`nonce="${nonce}"`);
    expect(second.text).not.toContain(`nonce="${nonce}"`);
    expect(first.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
  });

  it('files by their hash are kept for ever and come compressed; what is not there is not the page', async () => {
    const file = await ask('/console/assets/app-abc.js', { 'accept-encoding': 'gzip, br' });
    expect(file.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect((await ask('/console/assets/app-abc.js')).text).toHaveLength(10_000);
    for (const path of ['/console/assets/none.js', '/console/assets/../../package.json', '/console/assets/%2e%2e/x']) {
      expect((await ask(path)).status).toBe(404);
    }
    expect((await ask('/console')).headers['location']).toBe('/console/');
    expect((await ask('/')).headers['location']).toBe('/console/');
  });
});

describe('where nobody is asked who they are', () => {
  beforeEach(() => open(false));

  it('the console’s own pages may call, others may not', async () => {
    const { host } = new URL(bench.server.url);
    expect(JSON.parse((await ask('/console/session')).text)).toMatchObject({ authentication: 'none', user: null });
    expect((await callBy('AWSStepFunctions.ListStateMachines', {}, { origin: `http://${host}` })).status).toBe(200);
    const foreign = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { host: 'evil.example' }];
    for (const headers of foreign) {
      const answers = [
        await callBy('AWSStepFunctions.ListStateMachines', {}, headers),
        await ask('/console/events', headers),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    }
    expect((await ask('/console/api', {}, 'POST', '{}')).text).toContain('UnknownOperationException');
  });

  it('an execution’s events come as they happen, and from where they are known on', async () => {
    const executionArn = await started();
    await bench.advance(executionArn, { events: [1, 2, 3].map(waitEvent) });
    const address = `/console/events?executionArn=${encodeURIComponent(executionArn)}`;
    const stream = await openStream(address);
    expect(await stream.until('status')).toMatchObject([
      { event: 'events', id: '3', data: { events: [{ id: 1 }, { id: 2 }, { id: 3 }] } },
      { event: 'status', data: { status: 'RUNNING' } },
    ]);
    const failed = { id: 4, previousEventId: 3, timestamp: Date.now(), type: 'ExecutionFailed' as const };
    await bench.advance(executionArn, { events: [failed], end: { status: 'FAILED', error: 'Broken' } });
    expect((await stream.until('end')).map(({ event }) => event)).toEqual(['events', 'status', 'end']);
    const again = await openStream(address, { 'last-event-id': '3' });
    expect(await again.until('end')).toMatchObject([
      { data: { events: [{ id: 4, type: 'ExecutionFailed' }] } },
      {},
      {},
    ]);
  });

  it('a list is told of what starts', async () => {
    await started('first');
    const stream = await openStream('/console/events');
    await stream.until('changed');
    const stateMachineArn = `${PREFIX}:stateMachine:orders`;
    await bench.client.send(new StartExecutionCommand({ stateMachineArn }));
    expect(await stream.until('changed')).toHaveLength(1);
    await stream.close();
  });

  it('what there is no stream of is answered as the API answers it', async () => {
    const none = `${PREFIX}:execution:orders:none`;
    const unknown = await ask(`/console/events?executionArn=${encodeURIComponent(none)}`);
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('ExecutionDoesNotExist')]);
    expect((await ask('/console/events?after=x')).text).toContain('ValidationException');
  });
});

describe('where callers must sign', () => {
  beforeEach(() => open(true));

  it('who signs in gets a cookie that works below /console/ and nowhere else', async () => {
    const credentials = await bench.credentials();
    const cookie = await signIn(credentials);
    const session = JSON.parse((await ask('/console/session', { cookie })).text);
    expect(session).toMatchObject({ authentication: 'required', user: { accessKeyId: credentials.accessKeyId } });
    const operation = 'AWSStepFunctions.ListStateMachines';
    expect((await callBy(operation, {}, { cookie })).status).toBe(200);
    expect((await bench.post(operation, '{}', { cookie })).text).toContain('MissingAuthenticationTokenException');
    expect((await callBy(operation, {}, { cookie, origin: 'https://evil.example' })).text).toContain(
      'AccessDeniedException',
    );
    const out = await ask('/console/session', { cookie }, 'DELETE');
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0');
  });

  it('without a session, or with one that somebody made up, nothing is answered', async () => {
    const cookie = await signIn(await bench.credentials());
    const [name = '', value = ''] = cookie.split('=');
    const [key = '', until = '', mac = ''] = value.split('.');
    const forged = [`${name}=${key}.${Number(until) + 1}.${mac}`, `${name}=${key}.${until}.`, `other=${value}`, ''];
    for (const made of forged) {
      const answer = await callBy('AWSStepFunctions.ListStateMachines', {}, made === '' ? {} : { cookie: made });
      expect(answer.text).toContain('MissingAuthenticationTokenException');
      expect((await ask('/console/events', made === '' ? {} : { cookie: made })).status).toBe(400);
      expect(JSON.parse((await ask('/console/session', made === '' ? {} : { cookie: made })).text).user).toBeNull();
    }
  });

  it('a session ends with its time and with its key', async () => {
    const credentials = await bench.credentials();
    const cookie = await signIn(credentials);
    expect((await callBy('AWSStepFunctions.ListStateMachines', {}, { cookie })).status).toBe(200);
    bench.shiftTime(13 * 3_600_000);
    expect((await callBy('AWSStepFunctions.ListStateMachines', {}, { cookie })).status).toBe(400);
    const other = await bench.credentials();
    const second = await signIn(other, new Date(Date.now() + 13 * 3_600_000));
    await bench.context.store.revokeAccessKey(other.accessKeyId, Date.now());
    bench.shiftTime(6_000);
    expect((await callBy('AWSStepFunctions.ListStateMachines', {}, { cookie: second })).status).toBe(400);
  });

  it('signing in takes a signature for that alone, and the policy of the key holds', async () => {
    const credentials = await bench.credentials();
    const body = '{}';
    const wrong = { url: bench.server.url, credentials, operation: 'ListStateMachines', body };
    const elsewhere = await send(bench.server.url, { ...(await signRequest(wrong)), path: '/console/session' });
    expect(elsewhere.text).toContain('UnknownOperationException');
    const guess = { ...credentials, secretAccessKey: 'x'.repeat(40) };
    expect((await trySignIn(guess)).text).toContain('InvalidSignatureException');
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'states:ListStateMachines', Resource: '*' }],
    });
    const cookie = await signIn(await bench.credentials({ policy }));
    expect((await callBy('AWSStepFunctions.ListStateMachines', {}, { cookie })).status).toBe(200);
    expect((await callBy('Everstep.GetOverview', {}, { cookie })).text).toContain('AccessDeniedException');
    expect((await ask('/console/events', { cookie })).text).toContain('AccessDeniedException');
  });
});

function trySignIn(credentials: SdkCredentials, signingDate = new Date()): Promise<RawAnswer> {
  const { url } = bench.server;
  const signing = { url, credentials, operation: 'CreateConsoleSession', service: 'Everstep', body: '{}', signingDate };
  return signRequest(signing).then((request) => send(url, { ...request, path: '/console/session' }));
}

async function signIn(credentials: SdkCredentials, signingDate?: Date): Promise<string> {
  const answer = await trySignIn(credentials, signingDate);
  expect(answer.status).toBe(200);
  const [header = ''] = [answer.headers['set-cookie'] ?? []].flat();
  expect(header).toMatch(/; Path=\/console; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  return header.split(';')[0] ?? '';
}

async function started(name = 'one'): Promise<string> {
  const client = sfnClient(bench.server.url);
  const machine = { name: 'orders', definition: DEFINITION, roleArn: ROLE };
  const { stateMachineArn } = await client.send(new CreateStateMachineCommand(machine));
  const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, name }));
  client.destroy();
  return executionArn;
}

function waitEvent(id: number): { id: number; previousEventId: number; timestamp: number; type: 'WaitStateEntered' } {
  return { id, previousEventId: id - 1, timestamp: Date.now(), type: 'WaitStateEntered' };
}

interface Told {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

interface Stream {
  /** What is told up to the next event of the name. */
  until(event: string): Promise<Told[]>;
  close(): Promise<void>;
}

async function openStream(path: string, headers: Record<string, string> = {}): Promise<Stream> {
  const answer = await fetch(`${bench.server.url}${path}`, { headers, signal: AbortSignal.timeout(20_000) });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const reader = (answer.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<string> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended: ${text}`);
      text += value;
    }
    const end = text.indexOf('\n\n');
    const block = text.slice(0, end);
    text = text.slice(end + 2);
    return block;
  };
  return {
    async until(event) {
      const told: Told[] = [];
      while (told.at(-1)?.event !== event) {
        const fields = new Map(
          (await next())
            .split('\n')
            .map((line) => /^(\w+): (.*)$/s.exec(line)?.slice(1) ?? [])
            .map(([name = '', value = '']) => [name, value]),
        );
        const name = fields.get('event');
        if (name === undefined) continue;
        const id = fields.get('id');
        told.push({ event: name, ...(id === undefined ? {} : { id }), data: JSON.parse(fields.get('data') ?? '') });
      }
      return told;
    },
    close: () => reader.cancel(),
  };
}
