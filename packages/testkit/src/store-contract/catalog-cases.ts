import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { commitOf, end } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const HERE = { region: 'us-east-1', accountId: '123456789012' };

export const catalogCases = [
  storeCase('catalog: a machine is created once and found with its first revision', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    assert.equal(machine.status, 'ACTIVE');
    assert.equal(machine.revisionNumber, 1);
    assert.deepEqual(await store.findStateMachine(machine.stateMachineArn), machine);
    assert.deepEqual(await store.findRevision(machine.revision.revisionId), machine.revision);
    assert.equal(machine.revision.stateMachineArn, machine.stateMachineArn);
    const again = await store.createStateMachine({
      stateMachineArn: machine.stateMachineArn,
      name: machine.name,
      type: 'EXPRESS',
      createdAt: machine.createdAt + 1,
      revision: { revisionId: randomUUID(), definition: '{}', roleArn: 'other', configuration: '{"other":1}' },
    });
    assert.equal(again.created, false);
    assert.deepEqual(again.stateMachine, machine, 'the machine that was there is untouched');
    assert.equal(await store.findStateMachine(`${machine.stateMachineArn}x`), null);
    assert.equal(await store.findRevision(randomUUID()), null);
  }),
  storeCase('catalog: an update makes a new revision current and keeps the former one', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine();
    const revision = {
      revisionId: randomUUID(),
      definition: '{"a":1.0,"b":"\\u0000"}',
      roleArn: 'arn:aws:iam::123456789012:role/second',
      configuration: '{"loggingConfiguration":{"level":"OFF"}}',
      createdAt: machine.createdAt + 5,
    };
    const outcome = await store.updateStateMachine(machine.stateMachineArn, { revision });
    const { stateMachineArn } = machine;
    const updated = { ...machine, revision: { ...revision, stateMachineArn }, revisionNumber: 2 };
    assert.deepEqual(outcome, { kind: 'updated', stateMachine: updated, version: null });
    assert.deepEqual(await store.findStateMachine(stateMachineArn), updated);
    assert.deepEqual(await store.findRevision(machine.revision.revisionId), machine.revision);
    assert.deepEqual(await store.findRevision(revision.revisionId), { ...revision, stateMachineArn });
    const another = { revision: { ...revision, revisionId: randomUUID() } };
    assert.deepEqual(await store.updateStateMachine(`${stateMachineArn}x`, another), { kind: 'no-machine' });
  }),
  storeCase('catalog: a machine that is being deleted takes no update, and is marked once', async (scene) => {
    const { store } = scene;
    const { stateMachineArn, createdAt } = await scene.machine();
    assert.deepEqual(await store.listDeletingStateMachines(10), []);
    assert.equal(await store.markStateMachineDeleting(stateMachineArn), true);
    assert.equal(await store.markStateMachineDeleting(stateMachineArn), false);
    assert.equal(await store.markStateMachineDeleting(`${stateMachineArn}x`), false);
    assert.deepEqual(await store.listDeletingStateMachines(10), [stateMachineArn]);
    assert.equal((await store.findStateMachine(stateMachineArn))?.status, 'DELETING');
    const revision = { revisionId: randomUUID(), definition: '{}', roleArn: 'r', configuration: '{}', createdAt };
    assert.deepEqual(await store.updateStateMachine(stateMachineArn, { revision }), { kind: 'deleting' });
    assert.equal((await store.findStateMachine(stateMachineArn))?.revisionNumber, 1);
  }),
  storeCase('catalog: a machine is purged when it is being deleted and its last execution has ended', async (scene) => {
    const { store } = scene;
    const { execution, run, workerId } = await scene.owned();
    const { stateMachineArn } = execution;
    assert.equal(await store.purgeStateMachine(stateMachineArn), false, 'it is active');
    await store.markStateMachineDeleting(stateMachineArn);
    assert.equal(await store.purgeStateMachine(stateMachineArn), false, 'an execution is open');
    assert.deepEqual(await store.listOpenExecutionIds(stateMachineArn, 10), [execution.executionId]);
    await scene.committed(workerId, commitOf(run, { then: end() }));
    assert.deepEqual(await store.listOpenExecutionIds(stateMachineArn, 10), []);
    assert.equal(await store.purgeStateMachine(stateMachineArn), true);
    assert.equal(await store.findStateMachine(stateMachineArn), null);
    assert.deepEqual(await store.listDeletingStateMachines(10), []);
    assert.equal(await store.purgeStateMachine(stateMachineArn), false, 'it is gone');
  }),
  storeCase('catalog: machines are listed by name, page after page', async (scene) => {
    const { store } = scene;
    const names = ['b', 'a-c', 'B', 'ab', 'a_b', 'a'];
    for (const name of names) await scene.machine(name);
    await store.markStateMachineDeleting('arn:aws:states:us-east-1:123456789012:stateMachine:ab');
    const first = await store.listStateMachines({ ...HERE, limit: 4 });
    assert.deepEqual(
      first.map((machine) => machine.name),
      ['B', 'a', 'a-c', 'a_b'],
    );
    const second = await store.listStateMachines({ ...HERE, afterName: 'a_b', limit: 4 });
    assert.deepEqual(
      second.map((machine) => [machine.name, machine.status]),
      [
        ['ab', 'DELETING'],
        ['b', 'ACTIVE'],
      ],
    );
  }),
  storeCase('catalog: activities are created once, found, listed by name and deleted', async (scene) => {
    const { store } = scene;
    const activities = ['z', 'Y', 'x'].map((name, index) => ({
      activityArn: `arn:aws:states:us-east-1:123456789012:activity:${name}`,
      name,
      createdAt: 1_700_000_000_000 + index,
      encryption: index === 0 ? null : '{"type":"CUSTOMER_MANAGED_KMS_KEY"}',
    }));
    for (const activity of activities) assert.deepEqual(await store.createActivity(activity), activity);
    const [z, y, x] = activities;
    assert.ok(z !== undefined);
    assert.deepEqual(await store.createActivity({ ...z, createdAt: 1, encryption: '{}' }), z, 'the one that was there');
    assert.deepEqual(await store.findActivity(z.activityArn), z);
    assert.deepEqual(await store.listActivities({ ...HERE, limit: 2 }), [y, x]);
    assert.deepEqual(await store.listActivities({ ...HERE, afterName: 'x', limit: 2 }), [z]);
    await store.deleteActivity(z.activityArn);
    await store.deleteActivity(z.activityArn);
    assert.equal(await store.findActivity(z.activityArn), null);
    assert.deepEqual(await store.listActivities({ ...HERE, limit: 5 }), [y, x]);
  }),
  storeCase('catalog: another account, and another region, list nothing of these', async (scene) => {
    const { store } = scene;
    const machine = await scene.machine('here');
    const there = machine.stateMachineArn.replace('123456789012', '999999999999');
    const { name, type, createdAt } = machine;
    const revision = { ...machine.revision, revisionId: randomUUID() };
    const other = await store.createStateMachine({ stateMachineArn: there, name, type, createdAt, revision });
    assert.equal(other.created, true, 'the same name in another account is another machine');
    const activityArn = 'arn:aws:states:us-east-1:999999999999:activity:there';
    await store.createActivity({ activityArn, name: 'there', createdAt, encryption: null });
    const elsewhere = { ...HERE, accountId: '999999999999' };
    assert.deepEqual(await store.listStateMachines({ ...HERE, limit: 10 }), [machine]);
    assert.deepEqual(await store.listStateMachines({ ...elsewhere, limit: 10 }), [other.stateMachine]);
    assert.deepEqual(await store.listStateMachines({ ...HERE, region: 'eu-west-1', limit: 10 }), []);
    assert.deepEqual(await store.listActivities({ ...HERE, limit: 10 }), []);
    assert.equal((await store.listActivities({ ...elsewhere, limit: 10 })).length, 1);
  }),
  storeCase('catalog: the installation has one secret, and a clock that goes forward', async (scene) => {
    const secret = await scene.store.installationSecret();
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.equal(await scene.store.installationSecret(), secret);
    assert.equal(await scene.other.installationSecret(), secret);
    const now = await scene.store.now();
    assert.ok((await scene.store.now()) >= now);
    await scene.passTo(now + 5);
    assert.ok((await scene.store.now()) > now + 5);
  }),
];
