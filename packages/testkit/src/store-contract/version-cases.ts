import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { MachineUpdate, PublishRequest, StateMachineRecord, Store } from '@everstep/engine';
import { machineArn } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const LIMIT = 3;

function publish(machine: StateMachineRecord, given: Partial<PublishRequest> = {}): PublishRequest {
  const { stateMachineArn, createdAt } = machine;
  return { stateMachineArn, description: null, createdAt, limit: LIMIT, ...given };
}

function change(machine: StateMachineRecord): NonNullable<MachineUpdate['revision']> {
  const { revision, createdAt } = machine;
  return { ...revision, revisionId: randomUUID(), createdAt: createdAt + 1 };
}

async function published(store: Store, request: PublishRequest): Promise<number> {
  const outcome = await store.publishVersion(request);
  assert.ok(outcome.kind === 'published', `published, not ${outcome.kind}`);
  return outcome.version.version;
}

export const versionCases = [
  storeCase('versions: a revision is published once, and found with what it was published with', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    const { stateMachineArn, revision } = machine;
    const description = 'first\u0000';
    const version = { stateMachineArn, version: 1, revisionId: revision.revisionId, description, createdAt: 7 };
    const request = publish(machine, { description, createdAt: 7 });
    assert.deepEqual(await store.publishVersion(request), { kind: 'published', version });
    const again = publish(machine, { description: 'other', createdAt: 8 });
    assert.deepEqual(await store.publishVersion(again), { kind: 'published', version }, 'the one there is');
    assert.deepEqual(await store.findVersion(stateMachineArn, 1), version);
    assert.equal(await store.findVersion(stateMachineArn, 2), null);
    assert.equal(await store.findVersion(`${stateMachineArn}x`, 1), null);
    assert.deepEqual(await store.publishVersion(publish(machine, { stateMachineArn: machineArn('nobody') })), {
      kind: 'no-machine',
    });
    await store.markStateMachineDeleting(stateMachineArn);
    assert.deepEqual(await store.publishVersion(request), { kind: 'deleting' });
  }),
  storeCase('versions: numbers grow, are never given twice, and stop at the limit', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    const { stateMachineArn } = machine;
    assert.equal(await published(store, publish(machine)), 1);
    for (const number of [2, 3]) {
      await store.updateStateMachine(stateMachineArn, { revision: change(machine) });
      assert.equal(await published(store, publish(machine)), number);
    }
    await store.updateStateMachine(stateMachineArn, { revision: change(machine) });
    assert.deepEqual(await store.publishVersion(publish(machine)), { kind: 'limit' });
    assert.deepEqual(await store.deleteVersion(stateMachineArn, 3), { kind: 'deleted' });
    assert.deepEqual(await store.deleteVersion(stateMachineArn, 3), { kind: 'deleted' }, 'whether or not it is there');
    assert.equal(await published(store, publish(machine)), 4);
    const numbers = async (beforeVersion?: number) =>
      (
        await store.listVersions({
          stateMachineArn,
          limit: 2,
          ...(beforeVersion === undefined ? {} : { beforeVersion }),
        })
      ).map(({ version }) => version);
    assert.deepEqual(await numbers(), [4, 2]);
    assert.deepEqual(await numbers(2), [1]);
  }),
  storeCase('versions: a revision that was expected to be current guards the publication', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    const { stateMachineArn, revision } = machine;
    const guarded = (revisionId: string) => store.publishVersion(publish(machine, { revisionId }));
    assert.deepEqual(await guarded(revision.revisionId), { kind: 'revision', current: 'INITIAL' });
    assert.equal((await guarded('INITIAL')).kind, 'published');
    const second = change(machine);
    await store.updateStateMachine(stateMachineArn, { revision: second });
    assert.deepEqual(await guarded('INITIAL'), { kind: 'revision', current: second.revisionId });
    assert.equal((await guarded(second.revisionId)).kind, 'published');
  }),
  storeCase('versions: creations and updates publish with what they write, both or neither', async (scene) => {
    const { store } = scene;
    const { revision, createdAt } = await scene.machine();
    const stateMachineArn = machineArn(scene.fresh('published'));
    const name = stateMachineArn.split(':').at(-1) ?? '';
    const publication = { description: 'born' };
    const first = { ...revision, revisionId: randomUUID() };
    const { stateMachine } = await store.createStateMachine({
      ...{ stateMachineArn, name, type: 'STANDARD', createdAt },
      ...{ revision: first, publish: publication, tags: [{ key: 'k', value: 'v' }] },
    });
    assert.deepEqual(stateMachine.publishedAtCreation, publication);
    assert.deepEqual(await store.findStateMachine(stateMachineArn), stateMachine);
    assert.equal((await store.findVersion(stateMachineArn, 1))?.description, 'born');
    assert.deepEqual(await store.listTags(stateMachineArn), [{ key: 'k', value: 'v' }]);
    const update = { revision: change(stateMachine), publish: { description: null, createdAt, limit: 2 } };
    const updated = await store.updateStateMachine(stateMachineArn, update);
    assert.ok(updated.kind === 'updated' && updated.version?.version === 2);
    assert.equal(updated.version.revisionId, update.revision.revisionId);
    const refused = { ...update, revision: change(stateMachine) };
    assert.deepEqual(await store.updateStateMachine(stateMachineArn, refused), { kind: 'limit' });
    assert.deepEqual(await store.findStateMachine(stateMachineArn), updated.stateMachine, 'neither');
    assert.equal(await store.findRevision(refused.revision.revisionId), null);
    const same = await store.updateStateMachine(stateMachineArn, { publish: update.publish });
    assert.deepEqual(same, updated, 'the current revision is published already');
  }),
  storeCase(
    'versions: executions say which version and alias they were started by, and are listed by them',
    async (scene) => {
      const { store } = scene;
      const { stateMachineArn } = await scene.defaultMachine();
      const plain = await scene.started({ startDate: 10 });
      const one = await scene.started({ startDate: 11, qualifier: { version: 1, alias: null } });
      const two = await scene.started({ startDate: 12, qualifier: { version: 2, alias: 'LIVE' } });
      const three = await scene.started({ startDate: 13, qualifier: { version: 1, alias: 'LIVE' } });
      assert.equal((await store.findExecution(plain.executionId))?.qualifier, null);
      assert.deepEqual((await store.findExecution(two.executionId))?.qualifier, two.qualifier);
      assert.deepEqual((await store.findExecutionByArn(one.executionArn))?.qualifier, one.qualifier);
      const listed = async (query: object) =>
        (await store.listExecutions({ stateMachineArn, limit: 9, ...query })).map(({ executionId }) => executionId);
      assert.deepEqual(await listed({ version: 1 }), [three.executionId, one.executionId]);
      assert.deepEqual(await listed({ alias: 'LIVE' }), [three.executionId, two.executionId]);
      assert.deepEqual(await listed({ alias: 'LIVE', status: 'SUCCEEDED' }), []);
      assert.deepEqual(await listed({ alias: 'LIVE', status: 'RUNNING', limit: 1 }), [three.executionId]);
      const after = { startDate: 13, executionId: three.executionId };
      assert.deepEqual(await listed({ version: 1, after }), [one.executionId]);
      const claimed = await scene.claimed(await scene.worker(), two.executionId);
      assert.deepEqual(claimed.execution.qualifier, two.qualifier);
    },
  ),
];
