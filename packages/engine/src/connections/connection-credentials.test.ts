import { createMemoryStore } from '@everstep/store-memory';
import { describe, expect, it } from 'vitest';
import {
  ConnectionCredentials,
  Connections,
  MasterKeys,
  type MasterKeySource,
  type Outgoing,
  silentLogger,
} from '../index.ts';

const SCOPE = { region: 'us-east-1', accountId: '123456789012' };
const BASIC = { BasicAuthParameters: { Username: 'ada', Password: 'hunter2' } };

const nowhere: Outgoing = { request: () => Promise.reject(new Error('nobody goes out here')) };
const fixed = (keys: MasterKeys): MasterKeySource => ({ current: () => keys, reload: () => keys });

function rig(masterKeys: MasterKeySource) {
  const store = createMemoryStore({ now: Date.now });
  let ids = 0;
  const shared = { store, logger: silentLogger, outgoing: nowhere };
  const made = { ...shared, clock: { now: Date.now }, ids: { uuid: () => `id-${++ids}` } };
  const connections = new Connections({ ...made, masterKeys });
  const use = (keys: MasterKeySource | null) => new ConnectionCredentials({ ...shared, connections, masterKeys: keys });
  const create = async () =>
    connections.create(SCOPE, { Name: 'c', AuthorizationType: 'BASIC', AuthParameters: BASIC });
  return { store, connections, use, create };
}

describe('the secrets of a connection', () => {
  it('are open to who has the master key, and to nobody else', async () => {
    const text = MasterKeys.generate();
    const { use, create } = rig(fixed(new MasterKeys([text])));
    const { connectionArn } = await create();
    const of = (keys: MasterKeySource | null) => use(keys).of(connectionArn, SCOPE.accountId);
    expect((await of(fixed(new MasterKeys([text])))).headers).toEqual([['Authorization', 'Basic YWRhOmh1bnRlcjI=']]);
    await expect(of(null)).rejects.toMatchObject({ problem: 'AccessDenied' });
    await expect(of(fixed(new MasterKeys([MasterKeys.generate()])))).rejects.toMatchObject({ problem: 'AccessDenied' });
  });

  it('are opened with a master key that was replaced since the process started', async () => {
    const [before, after] = [MasterKeys.generate(), MasterKeys.generate()];
    const { use, create } = rig(fixed(new MasterKeys([after])));
    const { connectionArn } = await create();
    let reloads = 0;
    const source: MasterKeySource = {
      current: () => new MasterKeys([before]),
      reload() {
        reloads++;
        return new MasterKeys([after, before]);
      },
    };
    const { headers } = await use(source).of(connectionArn, SCOPE.accountId);
    expect([headers.length, reloads]).toEqual([1, 1]);
  });
});

describe('changes of a connection', () => {
  it('that meet others are made on top of them, and given up where they never come through', async () => {
    const { store, connections, create } = rig(fixed(new MasterKeys([MasterKeys.generate()])));
    const created = await create();
    const replace = store.replaceConnection.bind(store);
    let meets = 2;
    store.replaceConnection = async (record, revision) => {
      if (meets-- > 0) {
        const present = await store.findConnection(record.nameArn);
        if (present !== null) await replace({ ...present, revision: present.revision + 1 }, present.revision);
      }
      return replace(record, revision);
    };
    const changed = await connections.update(SCOPE, { Name: 'c', Description: 'new' });
    expect([changed.description, changed.revision]).toEqual(['new', created.revision + 3]);
    meets = Number.POSITIVE_INFINITY;
    await expect(connections.update(SCOPE, { Name: 'c', Description: 'newer' })).rejects.toMatchObject({
      code: 'ConcurrentModificationException',
    });
    await expect(connections.deauthorize(SCOPE, 'c')).rejects.toMatchObject({
      code: 'ConcurrentModificationException',
    });
  });

  it('need all secrets anew where the master key is lost', async () => {
    const { store, create } = rig(fixed(new MasterKeys([MasterKeys.generate()])));
    await create();
    const other = new Connections({
      ...{ store, logger: silentLogger, outgoing: nowhere, clock: { now: Date.now }, ids: { uuid: () => 'x' } },
      masterKeys: fixed(new MasterKeys([MasterKeys.generate()])),
    });
    const update = (AuthParameters: object) => other.update(SCOPE, { Name: 'c', AuthParameters });
    await expect(update({ BasicAuthParameters: { Password: 'new' } })).rejects.toThrow('BasicAuthParameters.Username');
    expect(await update(BASIC)).toMatchObject({ state: 'AUTHORIZED' });
  });
});
