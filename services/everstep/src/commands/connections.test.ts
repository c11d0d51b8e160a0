import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultyServer } from '@everstep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiRig, everstep, type Said, startApiRig } from '../testing/api-rig.ts';
import { connectionsCommand } from './connections.ts';

let rig: ApiRig;
let login: FaultyServer;
let folder = '';
beforeAll(async () => {
  [rig, login] = await Promise.all([startApiRig(), FaultyServer.start()]);
  folder = mkdtempSync(join(tmpdir(), 'everstep-connections-'));
  writeFileSync(join(folder, 'secret'), 'hunter2\nnot this\n');
});
afterAll(async () => {
  await Promise.all([rig.close(), login.close()]);
  rmSync(folder, { recursive: true, force: true });
});

function run(...words: string[]): Promise<Said> {
  return everstep(connectionsCommand(), [...words, '--endpoint', rig.url]);
}

const secret = () => ['--secret-file', join(folder, 'secret')];

describe('everstep connections', () => {
  it('makes, lists, describes, changes and deletes', async () => {
    expect(await run('list')).toEqual({ code: 0, out: 'There are no connections.', err: '' });
    const made = await run('create', 'stock', '--basic', 'ada', '--header', 'X-Shop: 7', ...secret());
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(made.out).toMatch(/^arn:aws:events:us-east-1:123456789012:connection\/stock\/[0-9a-f-]{36}$/);
    expect((await run('list')).out).toMatch(/^NAME +AUTHORIZATION +STATE +CHANGED +ARN\nstock +BASIC +AUTHORIZED /);
    const described = await run('describe', 'stock');
    expect(described.out).toMatch(/^name +stock\narn +arn:.*\nauthorization +BASIC\nstate +AUTHORIZED\n/);
    expect(described.out).toContain('{"Key":"X-Shop","Value":"7","IsValueSecret":false}');
    expect(described.out).not.toContain('hunter2');
    expect(await run('update', 'stock', '--description', 'of the shop', ...secret())).toMatchObject({ code: 0 });
    expect(await run('update', 'stock', '--api-key', 'X-Key', ...secret())).toMatchObject({ code: 0 });
    const json = JSON.parse((await run('describe', 'stock', '--json')).out);
    expect(json).toMatchObject({
      Description: 'of the shop',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key' } },
    });
    expect((await run('list', '--json', '--prefix', 'st')).out).toContain('"Name":"stock"');
    expect(await run('deauthorize', 'stock')).toMatchObject({ code: 0, out: 'stock has no secrets any more.' });
    expect(await run('delete', 'stock')).toMatchObject({ code: 0, out: 'stock is deleted.' });
    expect(await run('delete', 'stock')).toMatchObject({
      code: 3,
      err: "ResourceNotFoundException: Connection 'stock' does not exist.",
    });
  });

  it('takes all parameters from a file, and tells when a token was refused', async () => {
    login.behave({ status: 401, body: '{"error":"invalid_client"}' });
    const refused = await run('create', 'bank', '--oauth', 'me', '--token-url', `${login.url}/token`, ...secret());
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('everstep connections describe bank') });
    expect((await run('describe', 'bank')).out).toContain('status 401 (invalid_client)');
    login.behave({ body: '{"access_token":"t"}' });
    expect(await run('update', 'bank', ...secret())).toMatchObject({ code: 0, out: 'bank is changed.' });
    expect(new URLSearchParams(login.seen[0]?.body).get('client_id')).toBe('me');
    const file = join(folder, 'parameters.json');
    writeFileSync(file, JSON.stringify({ ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: 'v' } }));
    expect(await run('create', 'mail', '--parameters', file)).toMatchObject({ code: 0 });
  });

  it('says what is wrong with its words, and shows no secret', async () => {
    const wrong = async (...words: string[]) => {
      const { code, err } = await run('create', 'x', ...words);
      return [code, err];
    };
    expect(await wrong()).toEqual([2, expect.stringContaining('--basic, --api-key, --oauth or --parameters')]);
    expect(await wrong('--basic', 'a', '--api-key', 'b')).toEqual([2, expect.stringContaining('exclude each other')]);
    expect(await wrong('--oauth', 'a', ...secret())).toEqual([2, '--oauth needs --token-url.']);
    expect(await wrong('--basic', 'a', '--secret-file', join(folder, 'nothing'))).toEqual([
      2,
      expect.stringContaining('cannot be read'),
    ]);
    expect(await wrong('--basic', 'a', '--header', 'x', ...secret())).toEqual([
      2,
      "--header: 'x' is not 'Name: value'.",
    ]);
    writeFileSync(join(folder, 'broken.json'), '{"Password":"hunter2"');
    expect(await wrong('--parameters', join(folder, 'broken.json'))).toEqual([
      2,
      expect.not.stringContaining('hunter2'),
    ]);
  });
});
