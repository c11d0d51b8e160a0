import assert from 'node:assert/strict';
import { storeCase } from './store-case.ts';

export const tagCases = [
  storeCase('tags: a machine and an activity have them, by key, and lose them', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.machine();
    const activityArn = `arn:aws:states:us-east-1:123456789012:activity:${scene.fresh('activity')}`;
    const activity = { activityArn, name: 'a', createdAt: 1, encryption: null };
    await store.createActivity(activity, [{ key: 'born', value: 'with it' }]);
    await store.createActivity(activity, [{ key: 'born', value: 'again' }]);
    assert.deepEqual(await store.listTags(activityArn), [{ key: 'born', value: 'with it' }]);
    for (const resourceArn of [stateMachineArn, activityArn]) {
      const tags = ['b', 'a', 'B'].map((key) => ({ key, value: `${key}\u00e4` }));
      assert.equal(await store.tagResource(resourceArn, tags, 9), 'tagged');
      assert.equal(await store.tagResource(resourceArn, [{ key: 'a', value: '' }], 9), 'tagged');
      assert.equal(await store.untagResource(resourceArn, ['b', 'c', 'born']), true);
      assert.deepEqual(await store.listTags(resourceArn), [
        { key: 'B', value: 'B\u00e4' },
        { key: 'a', value: '' },
      ]);
    }
    await store.deleteActivity(activityArn);
    assert.equal(await store.listTags(activityArn), null);
    await store.createActivity(activity);
    assert.deepEqual(await store.listTags(activityArn), []);
  }),
  storeCase('tags: more than the limit are refused as a whole, and so are those of nobody', async (scene) => {
    const { store } = scene;
    const { stateMachineArn } = await scene.machine();
    const first = { key: 'a', value: '1' };
    assert.equal(await store.tagResource(stateMachineArn, [first], 2), 'tagged');
    const more = [
      { key: 'a', value: '2' },
      { key: 'b', value: '2' },
      { key: 'c', value: '2' },
    ];
    assert.equal(await store.tagResource(stateMachineArn, more, 2), 'too-many');
    assert.deepEqual(await store.listTags(stateMachineArn), [first]);
    assert.equal(await store.tagResource(stateMachineArn, more.slice(0, 2), 2), 'tagged');
    assert.equal(await store.tagResource(stateMachineArn, [], 2), 'tagged');
    const nobody = `${stateMachineArn}x`;
    assert.equal(await store.tagResource(nobody, more, 9), 'no-resource');
    assert.equal(await store.untagResource(nobody, ['a']), false);
    assert.equal(await store.listTags(nobody), null);
  }),
];
