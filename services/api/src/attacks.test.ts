import { type Socket, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ApiBench,
  PREFIX,
  ROLE,
  type RawAnswer,
  type SdkCredentials,
  rawRequest,
  startApiBench,
} from './testing/api-bench.ts';
import { call, send, signRequest } from './testing/signing.ts';

let bench: ApiBench;
let credentials: SdkCredentials;
let url = '';
beforeEach(async () => {
  bench = await startApiBench({ secured: true });
  credentials = await bench.credentials();
  url = bench.server.url;
});
// Whatever was tried, who signs is served as before.
afterEach(async () => {
  const { status, text } = await list();
  await bench.close();
  if (status !== 200) throw new Error(`the server does not serve any more: ${text}`);
});

const list = (change: object = {}) => call({ url, credentials, operation: 'ListStateMachines', body: '{}', ...change });
const codeOf = ({ text }: RawAnswer): string => String(JSON.parse(text).__type).split('#')[1] ?? '';
const signed = (change: object = {}) =>
  signRequest({ url, credentials, operation: 'ListStateMachines', body: '{}', ...change });

/** Sends bytes as they are; answers all that comes back until the server closes, or the first `answers` answers. */
function raw(text: string, answers = 1): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.split('HTTP/1.1 ').length > answers && answer.includes('}')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** A request as text, headers as they are listed. */
function asText(headers: ReadonlyArray<readonly [string, string]>, body: string, target = '/'): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return [`POST ${target} HTTP/1.1`, ...lines, '', body].join('\r\n');
}

describe('an overheard request', () => {
  it('serves for nothing else: another body, operation, host or query', async () => {
    const request = await signed({ operation: 'DescribeExecution', body: '{"executionArn":"x"}' });
    const changed = (headers: Record<string, string>) => ({ ...request, headers: { ...request.headers, ...headers } });
    const attempts = [
      { ...request, body: '{"executionArn":"y"}' },
      changed({ 'x-amz-target': 'AWSStepFunctions.StopExecution' }),
      changed({ host: 'elsewhere.example' }),
      { ...request, path: '/?X-Amz-Target=AWSStepFunctions.StopExecution' },
      changed({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
    ];
    for (const attempt of attempts) {
      const answer = await send(url, attempt);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidSignatureException']);
    }
  });

  it('is refused when it is replayed after a quarter of an hour', async () => {
    const request = await signed();
    expect((await send(url, request)).status).toBe(200);
    expect((await send(url, request)).status).toBe(200);
    bench.shiftTime(15 * 60_000 + 1_000);
    expect(codeOf(await send(url, request))).toBe('InvalidSignatureException');
    bench.shiftTime(-30 * 60_000 - 2_000);
    const early = await send(url, request);
    expect(JSON.parse(early.text).message).toMatch(/^Signature not yet current/);
    bench.shiftTime(15 * 60_000 + 1_000);
  });

  it('that was presigned is refused when it has expired', async () => {
    const request = await signed({ presignedSeconds: 60 });
    expect((await send(url, request)).status).toBe(200);
    expect(codeOf(await send(url, { ...request, body: '{"maxResults":1}' }))).toBe('InvalidSignatureException');
    bench.shiftTime(61_000);
    const late = await send(url, request);
    expect(JSON.parse(late.text).message).toMatch(/^Signature expired/);
  });
});

describe('a forged token', () => {
  it.each([
    ['SendTaskSuccess', { taskToken: 'A'.repeat(120), output: '{}' }],
    ['SendTaskHeartbeat', { taskToken: `${'0'.repeat(8)}-0000-7000-8000-000000000000:1:mac` }],
    ['ListStateMachines', { nextToken: Buffer.from('{"afterName":"a"}').toString('base64url') }],
    ['ListExecutions', { stateMachineArn: `${PREFIX}:stateMachine:x`, nextToken: 'e30' }],
  ])('is none for %s', async (operation, body) => {
    const answer = await call({ url, credentials, operation, body: JSON.stringify(body) });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidToken']);
  });

  it('that another operation gave is none either', async () => {
    for (const name of ['a', 'b'])
      await call({ url, credentials, operation: 'CreateActivity', body: JSON.stringify({ name }) });
    const page = await call({ url, credentials, operation: 'ListActivities', body: '{"maxResults":1}' });
    const { nextToken } = JSON.parse(page.text);
    expect(nextToken).toEqual(expect.any(String));
    const answer = await list({ body: JSON.stringify({ nextToken }) });
    expect(codeOf(answer)).toBe('InvalidToken');
  });
});

describe('JSON that is too much', () => {
  const levels = 100_000;
  const deep = '['.repeat(levels) + ']'.repeat(levels);

  it('is refused as an input, a definition and a body', async () => {
    const create = (definition: string) =>
      call({
        url,
        credentials,
        operation: 'CreateStateMachine',
        body: JSON.stringify({ name: 'deep', definition, roleArn: ROLE }),
      });
    for (const definition of [deep, `{"StartAt":"A","States":{"A":{"Type":"Pass","Result":${deep},"End":true}}}`]) {
      const answer = await create(definition);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidDefinition']);
    }
    const machine = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
    expect((await create(machine)).status).toBe(200);
    const body = JSON.stringify({ stateMachineArn: `${PREFIX}:stateMachine:deep`, input: deep });
    const start = await call({ url, credentials, operation: 'StartExecution', body });
    expect([start.status, codeOf(start)]).toEqual([400, 'InvalidExecutionInput']);
    const success = JSON.stringify({ taskToken: 'x', output: deep });
    const output = await call({ url, credentials, operation: 'SendTaskSuccess', body: success });
    expect([output.status, codeOf(output)]).toEqual([400, 'InvalidOutput']);
    const unknown = await list({ body: `{"x":${deep}}` });
    expect(unknown.status).toBe(200);
  });

  it('is refused in everything that TestState takes', async () => {
    const state =
      '{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f"},"End":true}';
    const test = (change: object) =>
      call({
        url,
        credentials,
        operation: 'TestState',
        body: JSON.stringify({ definition: state, roleArn: ROLE, ...change }),
      });
    const inside = `{"a":${deep}}`;
    const mock = { result: '{}' };
    for (const change of [{ mock: { result: inside } }, { mock, variables: inside }, { mock, context: inside }]) {
      const answer = await test(change);
      expect([answer.status, codeOf(answer)]).toEqual([400, 'ValidationException']);
    }
    expect(codeOf(await test({ mock, input: deep }))).toBe('InvalidExecutionInput');
  });

  it('is cut off by its size, before it is read where nobody signed it', async () => {
    const large = await list({ body: `{"x":"${'y'.repeat(2_200_000)}"}` });
    expect([large.status, codeOf(large)]).toEqual([413, 'RequestEntityTooLargeException']);
    const head = asText(
      [
        ['host', 'x'],
        ['content-length', '99999999'],
        ['content-type', 'application/json'],
      ],
      '',
    );
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('MissingAuthenticationTokenException');
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('is cut off in its headers', async () => {
    const answer = await raw(
      asText(
        [
          ['host', 'x'],
          ['x-large', 'y'.repeat(20_000)],
        ],
        '',
      ),
    );
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });
});

describe('tricks with headers and paths', () => {
  it.each(['host', 'authorization', 'x-amz-target', 'x-amz-date', 'content-type'])(
    'the header %s twice',
    async (name) => {
      const { headers, body } = await signed();
      const listed = Object.entries({ ...headers, 'content-length': String(body.length) });
      const twice: Array<[string, string]> = [...listed, [name, 'AWSStepFunctions.StopExecution']];
      const answer = await raw(asText(twice, body));
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain(`The header '${name}' occurs more than once.`);
    },
  );

  it('a body with two lengths, or with a length in two ways', async () => {
    const { headers, body } = await signed();
    const listed: Array<[string, string]> = Object.entries(headers);
    const smuggled = 'POST / HTTP/1.1\r\nhost: x\r\n\r\n';
    const lengths: Array<Array<[string, string]>> = [
      [
        ['content-length', '2'],
        ['content-length', '3'],
      ],
      [
        ['content-length', '2'],
        ['transfer-encoding', 'chunked'],
      ],
      [
        ['transfer-encoding', 'chunked'],
        ['transfer-encoding', 'identity'],
      ],
      [['transfer-encoding', 'xchunked']],
      [['content-length', '+2']],
    ];
    for (const length of lengths) {
      const answer = await raw(asText([...listed, ...length], body + smuggled), 9);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer.split('HTTP/1.1 ')).toHaveLength(2);
    }
  });

  it('a path that is another one by its encoding, and a method by its header', async () => {
    const request = await signed();
    for (const path of ['//', '/%2F', '/%2e%2e/', '/./', '/..', '/;x', '/elsewhere', '/%00']) {
      const answer = await send(url, { ...request, path });
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 404, 'UnknownOperationException']);
    }
    const headers = { ...request.headers, 'x-http-method-override': 'POST' };
    const get = await rawRequest(url, { method: 'GET', path: '/', headers });
    expect(get.status).toBe(404);
    const trace = await raw('TRACE / HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(trace).toMatch(/^HTTP\/1.1 40[04] /);
  });

  it('a target in absolute form that names another host', async () => {
    const request = await signed();
    expect((await send(url, { ...request, path: `${url}/` })).status).toBe(200);
    const other = await send(url, { ...request, path: 'http://elsewhere.example/' });
    expect([other.status, codeOf(other)]).toEqual([400, 'SerializationException']);
  });
});

describe('a page in a browser', () => {
  it('of another origin does not reach a server that asks nobody', async () => {
    const open = await startApiBench();
    try {
      const from = (origin: string) => open.post('AWSStepFunctions.ListStateMachines', '{}', { origin });
      for (const origin of ['http://evil.example', 'https://127.0.0.1.evil.example', 'null', 'http://localhost.evil']) {
        const answer = await from(origin);
        expect([origin, codeOf(answer)]).toEqual([origin, 'AccessDeniedException']);
      }
      for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8083', 'http://[::1]:1']) {
        expect((await from(origin)).status).toBe(200);
      }
      const rebound = { origin: 'http://evil.example:8083', host: 'evil.example:8083' };
      expect(codeOf(await open.post('AWSStepFunctions.ListStateMachines', '{}', rebound))).toBe(
        'AccessDeniedException',
      );
    } finally {
      await open.close();
    }
  });
});

describe('a name that was made to point here, where nobody is asked', () => {
  const path = '/2015-03-31/functions';
  const LIST = 'AWSStepFunctions.ListStateMachines';

  it('reads nothing of a server on a loopback address', async () => {
    const open = await startApiBench();
    try {
      const { port } = new URL(open.server.url);
      const read = (host: string) => rawRequest(open.server.url, { method: 'GET', path, headers: { host } });
      for (const host of [`evil.example:${port}`, 'api', '192.168.1.7', '127.0.0.1.evil.example', '1localhost']) {
        expect([host, (await read(host)).status]).toEqual([host, 403]);
      }
      for (const host of [`127.0.0.1:${port}`, 'localhost', `[::1]:${port}`]) {
        expect([host, (await read(host)).status]).toEqual([host, 200]);
      }
      expect((await open.post(LIST, '{}', { host: 'sync-states.example:1' })).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  it('reads and calls nothing of a server on every address, which its own pages and SDKs do', async () => {
    const open = await startApiBench({ host: '0.0.0.0' });
    const url = open.server.url.replace('0.0.0.0', '127.0.0.1');
    const read = (host: string) => rawRequest(url, { method: 'GET', path, headers: { host } });
    const call = (headers: Record<string, string>) =>
      rawRequest(url, { method: 'POST', path: '/', headers: { 'x-amz-target': LIST, ...headers }, body: '{}' });
    try {
      for (const host of ['evil.example:8083', '127.0.0.1.evil.example', 'api.evil', '10.0.0.1.nip.io']) {
        expect([host, (await read(host)).status]).toEqual([host, 403]);
        expect([host, codeOf(await call({ host, origin: `http://${host}` }))]).toEqual([host, 'AccessDeniedException']);
        expect([host, (await call({ host })).status]).toEqual([host, 200]);
      }
      const own = ['localhost:8083', '127.0.0.1:8083', '192.168.1.7:8083', '[fd00::1]:8083', 'api:8083', 'api.ns.svc'];
      for (const host of own) {
        expect([host, (await read(host)).status]).toEqual([host, 200]);
        expect([host, (await call({ host, origin: `http://${host}` })).status]).toEqual([host, 200]);
      }
      expect(codeOf(await call({ host: 'api:8083', origin: 'http://other:8083' }))).toBe('AccessDeniedException');
    } finally {
      await open.close();
    }
  });
});

describe('a thousand connections that send one byte now and then', () => {
  it('do not keep others from being served, and are cut off', async () => {
    await bench.close();
    bench = await startApiBench({ secured: true, requestTimeoutMs: 4_000 });
    credentials = await bench.credentials();
    url = bench.server.url;
    const before = process.memoryUsage().rss;
    const { sockets, cut } = await openSlowly(1_000);
    const drip = setInterval(() => sockets.forEach((socket) => socket.write('x')), 200);
    try {
      const times: number[] = [];
      for (let count = 0; count < 50; count++) {
        const started = performance.now();
        expect((await list()).status).toBe(200);
        times.push(performance.now() - started);
      }
      const median = times.toSorted((left, right) => left - right)[25];
      expect(median).toBeLessThan(250);
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1_048_576);
      await cut;
    } finally {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    }
  });

  /** `cut` resolves when the server has ended all of them. */
  async function openSlowly(count: number): Promise<{ sockets: Socket[]; cut: Promise<unknown> }> {
    const { hostname, port } = new URL(url);
    const sockets: Socket[] = [];
    const opened: Promise<void>[] = [];
    const ends: Promise<void>[] = [];
    for (let index = 0; index < count; index++) {
      const socket = connect(Number(port), hostname);
      sockets.push(socket);
      opened.push(
        new Promise((resolve) => {
          socket.on('connect', () => {
            socket.write('POST / HTTP/1.1\r\nhost: x\r\nx-slow: ');
            resolve();
          });
        }),
      );
      ends.push(new Promise((resolve) => socket.on('close', () => resolve())));
      // A connection that was cut off tells so by an error at the next byte.
      socket.on('error', () => undefined);
      socket.resume();
    }
    await Promise.all(opened);
    return { sockets, cut: Promise.all(ends) };
  }
});
