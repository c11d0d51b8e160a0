import assert from 'node:assert/strict';
import type { AliasRecord } from '@everstep/engine';
import type { StoreScene } from './store-scene.ts';
import { machineArn } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const LIMIT = 3;

/** A machine with two versions. */
async function publishedMachine(scene: StoreScene): Promise<string> {
  const { store } = scene;
  const { stateMachineArn, revision, createdAt } = await scene.machine();
  const publish = { stateMachineArn, description: null, createdAt, limit: 9 };
  await store.publishVersion(publish);
  await store.updateStateMachine(stateMachineArn, {
    revision: { ...revision, revisionId: `${revision.revisionId}-2` },
  });
  await store.publishVersion(publish);
  return stateMachineArn;
}

function aliasOf(stateMachineArn: string, given: Partial<AliasRecord> = {}): AliasRecord {
  return {
    stateMachineArn,
    name: 'LIVE',
    description: 'what is live',
    routes: [{ version: 1, weight: 100 }],
    createdAt: 5,
    updatedAt: 5,
    ...given,
  };
}

export const aliasCases = [
  storeCase('aliases: one is created once, and found as it was created', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    const routes = [
      { version: 2, weight: 90 },
      { version: 1, weight: 10 },
    ];
    const alias = aliasOf(stateMachineArn, { routes, description: null });
    assert.deepEqual(await store.createAlias(alias, LIMIT), { kind: 'created', alias });
    const other = aliasOf(stateMachineArn, { createdAt: 6 });
    assert.deepEqual(await store.createAlias(other, LIMIT), { kind: 'existing', alias });
    assert.deepEqual(await store.findAlias(stateMachineArn, 'LIVE'), alias);
    assert.equal(await store.findAlias(stateMachineArn, 'live'), null);
    assert.equal(await store.findAlias(`${stateMachineArn}x`, 'LIVE'), null);
  }),
  storeCase('aliases: what cannot be routed to is refused', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    const routes = [
      { version: 1, weight: 50 },
      { version: 3, weight: 50 },
    ];
    const missing = aliasOf(stateMachineArn, { routes });
    assert.deepEqual(await store.createAlias(missing, LIMIT), { kind: 'no-version', version: 3 });
    const nowhere = aliasOf(machineArn('nobody'));
    assert.deepEqual(await store.createAlias(nowhere, LIMIT), { kind: 'no-machine' });
    for (const name of ['a', 'b', 'c']) await store.createAlias(aliasOf(stateMachineArn, { name }), LIMIT);
    assert.deepEqual(await store.createAlias(aliasOf(stateMachineArn), LIMIT), { kind: 'limit' });
    await store.markStateMachineDeleting(stateMachineArn);
    assert.deepEqual(await store.createAlias(aliasOf(stateMachineArn), LIMIT), { kind: 'deleting' });
    const change = { description: 'x', updatedAt: 6 };
    assert.deepEqual(await store.updateAlias(stateMachineArn, 'a', change), { kind: 'deleting' });
  }),
  storeCase('aliases: an update changes what it names and leaves the rest', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    const alias = aliasOf(stateMachineArn);
    await store.createAlias(alias, LIMIT);
    const routes = [{ version: 2, weight: 100 }];
    const moved = { ...alias, routes, updatedAt: 6 };
    assert.deepEqual(await store.updateAlias(stateMachineArn, 'LIVE', { routes, updatedAt: 6 }), {
      kind: 'updated',
      alias: moved,
    });
    const described = { ...moved, description: '', updatedAt: 7 };
    assert.deepEqual(await store.updateAlias(stateMachineArn, 'LIVE', { description: '', updatedAt: 7 }), {
      kind: 'updated',
      alias: described,
    });
    const missing = { routes: [{ version: 9, weight: 100 }], updatedAt: 8 };
    assert.deepEqual(await store.updateAlias(stateMachineArn, 'LIVE', missing), { kind: 'no-version', version: 9 });
    assert.deepEqual(await store.findAlias(stateMachineArn, 'LIVE'), described);
    assert.deepEqual(await store.updateAlias(stateMachineArn, 'OTHER', missing), { kind: 'no-alias' });
  }),
  storeCase('aliases: a version in use stays; one without aliases goes', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    const routes = [
      { version: 1, weight: 0 },
      { version: 2, weight: 100 },
    ];
    await store.createAlias(aliasOf(stateMachineArn, { name: 'b', routes }), LIMIT);
    await store.createAlias(aliasOf(stateMachineArn, { name: 'a' }), LIMIT);
    assert.deepEqual(await store.deleteVersion(stateMachineArn, 1), { kind: 'in-use', aliases: ['a', 'b'] });
    assert.notEqual(await store.findVersion(stateMachineArn, 1), null);
    await store.deleteAlias(stateMachineArn, 'a');
    await store.deleteAlias(stateMachineArn, 'a');
    assert.deepEqual(await store.deleteVersion(stateMachineArn, 1), { kind: 'in-use', aliases: ['b'] });
    await store.updateAlias(stateMachineArn, 'b', { routes: [{ version: 2, weight: 100 }], updatedAt: 6 });
    assert.deepEqual(await store.deleteVersion(stateMachineArn, 1), { kind: 'deleted' });
    assert.equal(await store.findVersion(stateMachineArn, 1), null);
  }),
  storeCase('aliases: they are listed by name, of a machine or of a version, page after page', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    const second = { routes: [{ version: 2, weight: 100 }] };
    for (const name of ['b', 'a']) await store.createAlias(aliasOf(stateMachineArn, { name }), LIMIT);
    await store.createAlias(aliasOf(stateMachineArn, { name: 'B', ...second }), LIMIT);
    const names = async (query: object) =>
      (await store.listAliases({ stateMachineArn, limit: 2, ...query })).map(({ name }) => name);
    assert.deepEqual(await names({}), ['B', 'a']);
    assert.deepEqual(await names({ afterName: 'a' }), ['b']);
    assert.deepEqual(await names({ version: 1 }), ['a', 'b']);
    assert.deepEqual(await names({ version: 2 }), ['B']);
    const [listed] = await store.listAliases({ stateMachineArn, version: 2, limit: 1 });
    assert.deepEqual(listed, aliasOf(stateMachineArn, { name: 'B', ...second }));
  }),
  storeCase('aliases: versions, aliases and tags go with their machine', async (scene) => {
    const { store } = scene;
    const stateMachineArn = await publishedMachine(scene);
    await store.createAlias(aliasOf(stateMachineArn), LIMIT);
    await store.tagResource(stateMachineArn, [{ key: 'k', value: 'v' }], 5);
    await store.markStateMachineDeleting(stateMachineArn);
    assert.equal(await store.purgeStateMachine(stateMachineArn), true);
    assert.deepEqual(await store.listVersions({ stateMachineArn, limit: 9 }), []);
    assert.deepEqual(await store.listAliases({ stateMachineArn, limit: 9 }), []);
    assert.equal(await store.listTags(stateMachineArn), null);
    const machine = await scene.machine(stateMachineArn.split(':').at(-1));
    assert.deepEqual(await store.listTags(stateMachineArn), []);
    const { createdAt } = machine;
    const outcome = await store.publishVersion({ stateMachineArn, description: null, createdAt, limit: 9 });
    assert.ok(outcome.kind === 'published' && outcome.version.version === 1, 'a new machine counts anew');
  }),
];
