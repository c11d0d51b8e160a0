import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkTargets } from './own-services.ts';
import { readTargets } from './read-targets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-targets-'));
  await writeFile(join(folder, 'password'), 'from-file\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const problems = (targets: object | string): string => {
  try {
    readTargets(typeof targets === 'string' ? targets : JSON.stringify(targets), { SET: 'from-variable' });
    return '';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
};

describe('the file of targets', () => {
  it('names services with what it takes to reach them', () => {
    const targets = readTargets(
      JSON.stringify({
        postgres: { orders: { url: 'postgres://u@h/d', readOnly: true, accounts: ['123456789012'], timeoutMs: 1_000 } },
        redis: { events: { url: 'rediss+cluster://:p@a:7000,b' } },
        nats: { bus: { servers: ['h:4222'], user: { env: 'SET' }, password: { file: join(folder, 'password') } } },
        command: {
          resize: { executable: '/bin/convert', arguments: ['-resize', { pattern: '\\d+' }], output: 'json' },
        },
      }),
      { SET: 'from-variable' },
    );
    expect(targets.postgres.get('orders')).toEqual({
      url: 'postgres://u@h/d',
      readOnly: true,
      maxRows: 1_000,
      maxConnections: 5,
      accounts: ['123456789012'],
      timeoutMs: 1_000,
    });
    expect(targets.nats.get('bus')).toMatchObject({ user: 'from-variable', password: 'from-file', token: null });
    expect(targets.command.get('resize')?.arguments).toEqual(['-resize', /^(?:\d+)$/su]);
    expect(targets.redis.get('events')?.url).toBe('rediss+cluster://:p@a:7000,b');
  });

  it('is refused with everything that is wrong with it, and no secret', () => {
    expect(problems('{')).toBe('TargetsError: it is no JSON');
    expect(problems('[]')).toBe('TargetsError: it must be a JSON object, by service');
    const text = problems({
      mysql: {},
      postgres: {
        'a b': { url: 'mysql://secret@h' },
        p: { readonly: true, maxRows: 0, readOnly: 'yes', accounts: ['1'] },
        q: 7,
      },
      redis: {
        r: { url: { env: 'UNSET' } },
        s: { url: { file: '/nowhere' } },
        t: { url: 5 },
        u: { url: 'redis+cluster://:secret@a:x' },
      },
      nats: { n: {} },
      command: { c: { executable: 'convert', arguments: [{ pattern: '(' }, 7], output: 'xml', workingDirectory: 'x' } },
    });
    for (const part of [
      'mysql is no service',
      "postgres.a b: a name has letters, digits, '_', '.' and '-', 80 at most",
      'postgres.a b.url must be a URL that begins with postgres:// or postgresql://',
      'postgres.p.url is missing',
      'postgres.p.readonly is not known',
      'postgres.p.maxRows must be a whole number from 1 to 100000',
      'postgres.p.readOnly must be true or false',
      'postgres.p.accounts must be 12 digits each',
      'postgres.q must be an object',
      'redis.r.url names the variable UNSET, which is not set',
      'redis.s.url names the file /nowhere, which cannot be read',
      'redis.t.url must be a text',
      'redis.u.url must be like redis+cluster://host:port,host:port',
      'nats.n.servers must name a server',
      'command.c.executable must be an absolute path',
      'command.c.arguments[0] must be a text, or {"pattern"',
      'command.c.arguments[1] must be a text',
      'command.c.output must be text or json',
      'command.c.workingDirectory must be an absolute path',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('secret');
  });

  it('is checked target by target', async () => {
    const targets = readTargets(
      JSON.stringify({
        redis: { away: { url: 'redis://127.0.0.1:1' } },
        command: { node: { executable: process.execPath }, none: { executable: '/nowhere/x' } },
      }),
      {},
    );
    const findings = await Array.fromAsync(checkTargets(targets));
    expect(findings).toEqual([
      { target: 'redis.away', problem: expect.stringContaining('Redis.ConnectionFailed') },
      { target: 'command.node', problem: null },
      { target: 'command.none', problem: expect.stringContaining('Command.ConnectionFailed') },
    ]);
  });
});
