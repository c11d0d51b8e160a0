import { FaultyServer, contractRequest } from '@everstep/testkit';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOwnIntegrations } from './own-integrations.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const outgoing = { request: () => Promise.reject(new Error('nobody goes out here')) };
const context = { region: 'us-east-1', accountId: '123456789012', logger: quiet, outgoing };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everstep-own-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (...packages: string[]) => loadOwnIntegrations(packages, folder, context);

describe('EVERSTEP_INTEGRATIONS', () => {
  it('loads a file, and a package beside it', async () => {
    const tea = "{ 'everstep:tea': { perform: async () => ({ type: 'succeeded', output: 'tea' }) } }";
    await writeFile(join(folder, 'own.mjs'), `export const integrations = ${tea};`);
    const packed = join(folder, 'node_modules', 'coffee');
    await mkdir(packed, { recursive: true });
    await writeFile(join(packed, 'package.json'), '{"name":"coffee","type":"module","main":"./index.js"}');
    await writeFile(
      join(packed, 'index.js'),
      "export const integrations = ({ region }) => ({ 'everstep:coffee': { perform: async () => ({ type: 'succeeded', output: region }) } });",
    );
    const loaded = await load('./own.mjs', 'coffee');
    expect(Object.keys(loaded)).toEqual(['everstep:tea', 'everstep:coffee']);
    const request = contractRequest('everstep:coffee', {});
    expect(await loaded['everstep:coffee']?.perform(request)).toEqual({ type: 'succeeded', output: 'us-east-1' });
  });

  it.each([
    ['throw new Error("boom");', 'it cannot be loaded: boom'],
    ['export const other = 1;', "it must export 'integrations'"],
    ["export const integrations = { 'Tea Pot': { perform() {} } };", "'Tea Pot' is no resource"],
    ["export const integrations = { 'everstep:tea': {} };", "'everstep:tea' has no function 'perform'"],
  ])('says what is wrong with %s', async (text, problem) => {
    await writeFile(join(folder, 'own.mjs'), text);
    await expect(load('./own.mjs')).rejects.toThrow(`EVERSTEP_INTEGRATIONS: ./own.mjs: ${problem}`);
  });

  it('says which package is not there, and what two packages both bring', async () => {
    await expect(load('no-such-package')).rejects.toThrow(
      'EVERSTEP_INTEGRATIONS: no-such-package: it cannot be loaded',
    );
    const text = "export const integrations = { 'everstep:tea': { perform() {} } };";
    await writeFile(join(folder, 'a.mjs'), text);
    await writeFile(join(folder, 'b.mjs'), text);
    await expect(load('./a.mjs', './b.mjs')).rejects.toThrow('registered by another package');
  });

  it('runs the example of docs/integrations.md', async () => {
    const page = await readFile(new URL('../../../../docs/integrations.md', import.meta.url), 'utf8');
    const example = /```js\n([\s\S]+?)```/.exec(page)?.[1] ?? '';
    await writeFile(join(folder, 'chat.mjs'), example);
    const server = await FaultyServer.start();
    const loaded = await load('./chat.mjs');
    const perform = async () =>
      loaded['everstep:chatMessage']?.perform(
        contractRequest('everstep:chatMessage', { Url: server.url, Text: 'hello' }),
      );
    server.behave({ body: '{"id":7}' });
    expect(await perform()).toEqual({ type: 'succeeded', output: { Id: 7 } });
    expect(server.seen[0]).toMatchObject({ headers: { 'idempotency-key': 'e-3' }, body: '{"text":"hello"}' });
    server.behave({ status: 503, body: 'no' });
    expect(await perform()).toEqual({ type: 'failed', error: 'Chat.503', cause: 'no' });
    await server.close();
  });
});
