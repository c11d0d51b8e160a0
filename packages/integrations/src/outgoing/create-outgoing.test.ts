import {
  OutgoingFailedError,
  OutgoingRefusedError,
  OutgoingTooLargeError,
  DEFAULT_OUTGOING_RULES,
  OutgoingPolicy,
  type OutgoingRules,
} from '@everstep/engine';
import { FaultyServer } from '@everstep/testkit';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoing } from './create-outgoing.ts';
import { type ResolveHost, createResolver } from './resolve-host.ts';

let server: FaultyServer;
beforeAll(async () => {
  server = await FaultyServer.start();
});
afterAll(() => server.close());

const LOOPBACK = [{ address: '127.0.0.1', family: 4 }];
const AMPLE = () => AbortSignal.timeout(20_000);

interface Asked {
  readonly rules?: Partial<OutgoingRules>;
  readonly resolve?: ResolveHost;
  readonly signal?: AbortSignal;
}

function get(url: string, { rules = { allow: ['loopback'] }, resolve, signal = AMPLE() }: Asked = {}) {
  const policy = new OutgoingPolicy({ ...DEFAULT_OUTGOING_RULES, ...rules });
  const outgoing = createOutgoing({ policy, ...(resolve === undefined ? {} : { resolve }) });
  const request = { method: 'GET', headers: [], body: null, maxAnswerBytes: 1_000, signal };
  return outgoing.request({ ...request, url: new URL(url) });
}

const port = () => new URL(server.url).port;

describe('outgoing calls', () => {
  it('bring back what the server said, as it said it', async () => {
    server.behave((_request, response) => {
      response
        .writeHead(
          404,
          'Gone fishing',
          [
            ['X-A', '1'],
            ['x-a', '2'],
            ['Connection', 'close'],
          ].flat(),
        )
        .end('no');
    });
    const answer = await get(`${server.url}/a%20b?c=d`);
    expect(answer).toMatchObject({ statusCode: 404, statusText: 'Gone fishing' });
    expect(answer.body.toString()).toBe('no');
    expect(answer.headers.slice(0, 2)).toEqual([
      ['X-A', '1'],
      ['x-a', '2'],
    ]);
    expect(server.seen).toMatchObject([{ method: 'GET', path: '/a%20b?c=d', headers: { connection: 'close' } }]);
  });

  it('do not follow a redirect', async () => {
    server.behave({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data/' }, body: '' });
    expect(await get(server.url)).toMatchObject({ statusCode: 302, statusText: 'Found' });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.0.0.0x1',
    'http://017700000001',
    'http://127.0.0.1.',
    'http://１２７.0.0.1',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[0:0:0:0:0:ffff:127.0.0.1]',
    'http://0.0.0.0',
    'http://0',
    'http://[::]',
    'http://localhost',
    'http://LOCALHOST.',
  ])('never reach this machine by %s', async (address) => {
    server.behave({ body: 'reached' });
    await expect(get(`${address}:${port()}/`, { rules: {} })).rejects.toThrow(OutgoingRefusedError);
    expect(server.seen).toHaveLength(0);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::a9fe:a9fe]/',
    'http://100.100.100.200/',
  ])('never reach the metadata at %s', async (address) => {
    const rules = { allow: ['public', 'private', 'loopback', '0.0.0.0/0', '::/0'], plainHttp: ['0.0.0.0/0', '::/0'] };
    await expect(get(address, { rules })).rejects.toThrow(OutgoingRefusedError);
  });

  it('go to the addresses that were looked at, whatever a name stands for a moment later', async () => {
    const answers = [[{ address: '10.99.0.1', family: 4 }], LOOPBACK];
    let asked = 0;
    const resolve = async () => answers[asked++] ?? LOOPBACK;
    server.behave({ body: 'reached' });
    const first = get(`http://rebind.example:${port()}`, { rules: {}, resolve, signal: AbortSignal.timeout(300) });
    await expect(first).rejects.toThrow(OutgoingFailedError);
    expect(asked).toBe(1);
    await expect(get(`http://rebind.example:${port()}`, { rules: {}, resolve })).rejects.toThrow(OutgoingRefusedError);
    expect(server.seen).toHaveLength(0);
  });

  it('try only those addresses of a name that are open', async () => {
    server.behave({ body: 'reached' });
    const resolve = async () => [{ address: '169.254.169.254', family: 4 }, { address: '::1', family: 6 }, ...LOOPBACK];
    const answer = await get(`http://mixed.example:${port()}`, { rules: { allow: ['127.0.0.1'] }, resolve });
    expect(answer.body.toString()).toBe('reached');
    expect(server.seen[0]?.headers.host).toBe(`mixed.example:${port()}`);
  });

  it('are for the web only, without secrets in the address', async () => {
    for (const url of ['ftp://127.0.0.1', 'file:///etc/passwd', 'data:text/plain,x', 'http://user:pass@127.0.0.1']) {
      await expect(get(url), url).rejects.toThrow(OutgoingRefusedError);
    }
  });

  it('take no more than the caller does', async () => {
    server.behave({ body: 'x'.repeat(1_001) });
    await expect(get(server.url)).rejects.toThrow(OutgoingTooLargeError);
    server.behave({ body: 'x'.repeat(1_000) });
    expect((await get(server.url)).body).toHaveLength(1_000);
  });

  it('end with their signal, wherever they are', async () => {
    const forever = () => new Promise<never>(() => undefined);
    const soon = () => AbortSignal.timeout(100);
    await expect(get('http://slow.example', { resolve: forever, signal: soon() })).rejects.toMatchObject({
      reason: 'aborted',
    });
    server.behave({});
    await expect(get(server.url, { signal: soon() })).rejects.toMatchObject({ reason: 'aborted' });
    await expect(get(server.url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'aborted' });
  });

  it('say why there is no answer', async () => {
    const reason = async (url: string, more: Asked = {}) => {
      const error: unknown = await get(url, more).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      return error instanceof OutgoingFailedError ? error.reason : error;
    };
    const resolve = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    expect(await reason('http://nowhere.example', { resolve })).toBe('unresolved');
    expect(await reason(server.url.replace('http:', 'https:'))).toBe('untrusted');
    server.behave((_request, response) => void response.destroy());
    expect(await reason(server.url)).toBe('broken');
    server.behave((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('x', () => response.destroy());
    });
    expect(await reason(server.url)).toBe('broken');
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: free } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    expect(await reason(`http://127.0.0.1:${free}`)).toBe('unreachable');
  });

  it.each([
    'no HTTP at all\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    '',
  ])('make nothing of %j', async (words) => {
    const odd = createServer((socket) => socket.on('error', () => undefined).end(words)).listen(0, '127.0.0.1');
    await once(odd, 'listening');
    const { port: oddPort } = odd.address() as AddressInfo;
    await expect(get(`http://127.0.0.1:${oddPort}`)).rejects.toMatchObject({ reason: 'broken' });
    odd.close();
  });
});

describe('names', () => {
  it('are asked for once by all who want them, two names at a time', async () => {
    const asked: string[] = [];
    const answers = new Map<string, () => void>();
    const resolve = createResolver((host) => {
      asked.push(host);
      return new Promise((done) => answers.set(host, () => done(LOOPBACK)));
    });
    const all = ['a', 'a', 'b', 'c', 'd'].map(resolve);
    expect(asked).toEqual(['a', 'b']);
    answers.get('a')?.();
    await all[1];
    expect(asked).toEqual(['a', 'b', 'c']);
    for (const name of ['b', 'c']) answers.get(name)?.();
    await all[3];
    answers.get('d')?.();
    expect(await Promise.all(all)).toHaveLength(5);
    void resolve('a');
    expect(asked).toEqual(['a', 'b', 'c', 'd', 'a']);
  });
});
