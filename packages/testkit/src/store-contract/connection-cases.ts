import assert from 'node:assert/strict';
import type { ConnectionRecord, Store } from '@everstep/engine';
import { connectionNameArn } from '@everstep/protocol';
import { storeCase } from './store-case.ts';

const SCOPE = { region: 'us-east-1', accountId: '123456789012' };
const MANY = 100;

function connection(name: string, change: Partial<ConnectionRecord> = {}, scope = SCOPE): ConnectionRecord {
  const nameArn = connectionNameArn(scope, name);
  return {
    connectionArn: `${nameArn}/0189-1`,
    nameArn,
    name,
    revision: 1,
    description: 'Zoë\0',
    authorizationType: 'BASIC',
    state: 'AUTHORIZED',
    stateReason: null,
    shownParameters: '{"BasicAuthParameters":{"Username":"ü\\u0000"}}',
    sealedParameters: 'v1.a.b',
    createdAt: 1_700_000_000_000,
    modifiedAt: 1_700_000_000_001,
    authorizedAt: null,
    ...change,
  };
}

const names = (found: readonly ConnectionRecord[]) => found.map(({ name }) => name);

async function filled(store: Store): Promise<void> {
  const other = { ...SCOPE, accountId: '999999999999' };
  const elsewhere = { ...SCOPE, region: 'eu-west-1' };
  for (const name of ['b', 'a', 'a.b', 'a-b', 'B', '_']) {
    assert.equal(await store.createConnection(connection(name), MANY), 'created');
  }
  await store.createConnection(connection('a1', { state: 'DEAUTHORIZED' }), MANY);
  await store.createConnection(connection('a', {}, other), MANY);
  await store.createConnection(connection('z', {}, elsewhere), MANY);
}

export const connectionCases = [
  storeCase('connections: are created once, and found as they were made', async ({ store }) => {
    const first = connection('stock', { authorizedAt: 1_700_000_000_002, stateReason: 'because\0' });
    assert.equal(await store.createConnection(first, MANY), 'created');
    assert.equal(await store.createConnection(connection('stock', { connectionArn: 'other' }), MANY), 'exists');
    assert.deepEqual(await store.findConnection(first.nameArn), first);
    for (const unknown of [`${first.nameArn}x`, first.connectionArn]) {
      assert.equal(await store.findConnection(unknown), null);
    }
  }),
  storeCase('connections: an account has no more of them in a region than it may', async ({ store }) => {
    assert.equal(await store.createConnection(connection('a'), 2), 'created');
    assert.equal(await store.createConnection(connection('b'), 2), 'created');
    assert.equal(await store.createConnection(connection('c'), 2), 'full');
    assert.equal(await store.createConnection(connection('a'), 2), 'exists');
    const elsewhere = connection('c', {}, { ...SCOPE, accountId: '999999999999' });
    assert.equal(await store.createConnection(elsewhere, 2), 'created');
  }),
  storeCase('connections: are listed by name within account and region, in pages', async ({ store }) => {
    await filled(store);
    const list = async (more: object) => names(await store.listConnections({ ...SCOPE, limit: MANY, ...more }));
    assert.deepEqual(await list({}), ['B', '_', 'a', 'a-b', 'a.b', 'a1', 'b']);
    assert.deepEqual(await list({ namePrefix: 'a' }), ['a', 'a-b', 'a.b', 'a1']);
    assert.deepEqual(await list({ namePrefix: 'a', afterName: 'a-b', limit: 1 }), ['a.b']);
    assert.deepEqual(await list({ afterName: 'a1' }), ['b']);
    assert.deepEqual(await list({ state: 'DEAUTHORIZED' }), ['a1']);
    assert.deepEqual(await list({ namePrefix: 'c' }), []);
    const all = await store.listAllConnections({ limit: MANY });
    assert.equal(all.length, 9);
    const page = await store.listAllConnections({ afterNameArn: all[6]?.nameArn ?? '', limit: 1 });
    assert.deepEqual(page, all.slice(7, 8));
  }),
  storeCase('connections: change only as they were read, and an earlier one of the name is another', async (scene) => {
    const { store } = scene;
    const first = connection('stock');
    await store.createConnection(first, MANY);
    const second = { ...first, revision: 2, state: 'DEAUTHORIZED', sealedParameters: '', description: null } as const;
    assert.equal(await store.replaceConnection(second, 2), false);
    assert.equal(await store.replaceConnection(second, 1), true);
    assert.equal(await store.replaceConnection({ ...second, revision: 3 }, 1), false);
    assert.deepEqual(await store.findConnection(first.nameArn), second);
    assert.equal(await store.replaceConnection({ ...second, connectionArn: `${first.nameArn}/0189-2` }, 2), false);
    assert.deepEqual(await store.deleteConnection(first.nameArn), second);
    assert.equal(await store.deleteConnection(first.nameArn), null);
    assert.equal(await store.replaceConnection(second, 2), false);
    assert.equal(await store.createConnection(first, MANY), 'created');
  }),
];
