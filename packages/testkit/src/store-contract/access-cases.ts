import assert from 'node:assert/strict';
import type { AuditEntry, NewAccessKey } from '@everstep/engine';
import { storeCase } from './store-case.ts';

function key(accessKeyId: string, change: Partial<NewAccessKey> = {}): NewAccessKey {
  return {
    accessKeyId,
    accountId: '123456789012',
    userName: 'Zoë\0',
    groups: ['finance', 'a,{b}"'],
    policy: '{"Version":"2012-10-17"}',
    sealedSecret: 'v1.a.b',
    sessionTokenHash: null,
    createdAt: 1_700_000_000_000,
    expiresAt: null,
    ...change,
  };
}

function entry(number: number, change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    entryId: `01890000-0000-7000-8000-00000000000${number}`,
    at: 1_000 * number,
    accountId: '123456789012',
    userArn: 'arn:aws:iam::123456789012:user/ada',
    accessKeyId: 'AKIA1',
    action: 'states:StopExecution',
    resource: `arn:aws:states:us-east-1:123456789012:execution:a:{"q",\\${number}}\0`,
    requestId: `request ${number}`,
    sourceAddress: '::1',
    outcome: 'OK',
    ...change,
  };
}

export const accessCases = [
  storeCase('access keys: are created once, found as they were made, and listed by id', async (scene) => {
    const { store } = scene;
    const temporary = key('ASIA2', { sessionTokenHash: 'ab'.repeat(32), expiresAt: 1_800_000_000_000 });
    assert.equal(await store.createAccessKey(key('AKIA1')), true);
    assert.equal(await store.createAccessKey(temporary), true);
    assert.equal(await store.createAccessKey(key('AKIA1', { userName: 'other', sealedSecret: 'x' })), false);
    const unused = { revokedAt: null, lastUsedAt: null };
    assert.deepEqual(await store.findAccessKey('AKIA1'), { ...key('AKIA1'), ...unused });
    assert.deepEqual(await store.findAccessKey('ASIA2'), { ...temporary, ...unused });
    for (const unknown of ['AKIA', 'akia1', 'AKIA1 ', '\0']) assert.equal(await store.findAccessKey(unknown), null);
    const ids = (keys: readonly { accessKeyId: string }[]) => keys.map(({ accessKeyId }) => accessKeyId);
    assert.deepEqual(ids(await store.listAccessKeys({ limit: 1 })), ['AKIA1']);
    assert.deepEqual(ids(await store.listAccessKeys({ afterId: 'AKIA1', limit: 9 })), ['ASIA2']);
  }),
  storeCase('access keys: a revoked one stays so, without its secret', async (scene) => {
    const { store } = scene;
    await store.createAccessKey(key('AKIA1'));
    assert.equal(await store.revokeAccessKey('AKIA2', 5), false);
    assert.equal(await store.revokeAccessKey('AKIA1', 5), true);
    assert.equal(await store.revokeAccessKey('AKIA1', 6), false);
    const revoked = await store.findAccessKey('AKIA1');
    assert.equal(revoked?.revokedAt, 5);
    assert.equal(revoked.sealedSecret, '');
    assert.equal(await store.resealAccessKey('AKIA1', 'v1.a.b', 'v1.c.d'), false);
  }),
  storeCase('access keys: a secret is sealed anew only as it was read, and use only moves forward', async (scene) => {
    const { store } = scene;
    await store.createAccessKey(key('AKIA1'));
    assert.equal(await store.resealAccessKey('AKIA1', 'v1.x.y', 'v1.c.d'), false);
    assert.equal(await store.resealAccessKey('AKIA1', 'v1.a.b', 'v1.c.d'), true);
    await store.noteAccessKeyUse([
      { accessKeyId: 'AKIA1', usedAt: 9 },
      { accessKeyId: 'AKIA9', usedAt: 9 },
    ]);
    await store.noteAccessKeyUse([{ accessKeyId: 'AKIA1', usedAt: 7 }]);
    await store.noteAccessKeyUse([]);
    const found = await store.findAccessKey('AKIA1');
    assert.deepEqual([found?.sealedSecret, found?.lastUsedAt], ['v1.c.d', 9]);
  }),
  storeCase('audit: entries are kept as they came, read newest first, and deleted by age', async (scene) => {
    const { store } = scene;
    const anonymous = entry(3, {
      accessKeyId: null,
      userArn: 'anonymous',
      accountId: '999999999999',
      outcome: 'InvalidArn',
    });
    await store.recordAudit([]);
    await store.recordAudit([entry(1), anonymous]);
    await store.recordAudit([entry(2, { action: 'states:TagResource' })]);
    await store.recordAudit([entry(1, { outcome: 'told twice' })]);
    const tagged = entry(2, { action: 'states:TagResource' });
    const all = await store.listAudit({ limit: 9 });
    assert.deepEqual(all.slice(0, 2), [anonymous, tagged]);
    assert.equal(all.length, 3);
    const ids = async (query: object) => (await store.listAudit({ limit: 9, ...query })).map(({ at }) => at);
    assert.deepEqual(await ids({ limit: 1 }), [3_000]);
    assert.deepEqual(await ids({ beforeId: tagged.entryId }), [1_000]);
    assert.deepEqual(await ids({ accountId: '999999999999' }), [3_000]);
    assert.deepEqual(await ids({ accessKeyId: 'AKIA1' }), [2_000, 1_000]);
    assert.deepEqual(await ids({ action: 'states:TagResource' }), [2_000]);
    assert.deepEqual(await ids({ resource: entry(1).resource }), [1_000]);
    assert.deepEqual(await ids({ since: 2_000 }), [3_000, 2_000]);
    assert.equal(await store.deleteAuditBefore(3_000, 1), 1);
    assert.equal(await store.deleteAuditBefore(3_000, 9), 1);
    assert.deepEqual(await ids({}), [3_000]);
  }),
];
