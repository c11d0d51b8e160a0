import assert from 'node:assert/strict';
import {
  type ClaimedRun,
  type ExecutionRecord,
  type MapRunWrites,
  type NewExecution,
  type NewMapRun,
  type RunCommit,
  childExecutionId,
} from '@everstep/engine';
import { FAR_MS, FORMAT, GRACE_MS, commitOf, end, executionIdAt, park } from './store-scene.ts';
import type { OwnedRun, StoreScene } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const START_DATE = 1_700_000_000_000;
const failed = () => end({ status: 'FAILED', output: null, error: 'Red', cause: 'why' });

type Own = NonNullable<MapRunWrites['own']>;

function ownOf(given: Partial<Own> = {}): MapRunWrites {
  const nothing = { children: [], redrivenChildren: [], outcomes: [], dropsOutcomes: false };
  return { own: { progress: '{"p":1}', status: 'RUNNING', stopDate: null, ...nothing, ...given } };
}

function mapRunOf(parent: ExecutionRecord, status: 'RUNNING' | 'ABORTED' = 'RUNNING'): NewMapRun {
  const { executionId, executionArn, stateMachineArn, revisionId } = parent;
  const mapRunId = executionIdAt(START_DATE);
  const mapRunArn = `${stateMachineArn.replace(':stateMachine:', ':mapRun:')}/All:${mapRunId}`;
  return {
    record: {
      ...{ mapRunId, mapRunArn, executionId, executionArn, stateMachineArn, status, startDate: START_DATE },
      ...{ stopDate: status === 'RUNNING' ? null : START_DATE, maxConcurrency: 3, toleratedFailureCount: null },
      ...{ toleratedFailurePercentage: 2.5, progress: '{}', redriveCount: 0, redriveDate: null },
    },
    execution: {
      ...{ executionId: mapRunId, executionArn: mapRunArn, name: mapRunId, stateMachineArn, revisionId },
      ...{ status: 'RUNNING', startDate: START_DATE, stopDate: null, input: '', output: null, error: null },
      ...{ cause: null, redriveCount: 0, redriveDate: null, traceHeader: null, qualifier: null },
      parent: { executionId, taskId: 4, sync: true },
    },
    ...{ plan: '{"plan":"\u00e4"}', checkpoint: '{"next":0}', format: FORMAT, graceMs: FAR_MS },
  };
}

/** An execution whose commit has started a Map Run, and that run, claimed by the same worker. */
async function begun(scene: StoreScene): Promise<{ parent: OwnedRun; mapRun: NewMapRun; run: ClaimedRun }> {
  const parent = await scene.owned();
  const mapRun = mapRunOf(parent.run.execution);
  await scene.committed(parent.workerId, commitOf(parent.run, { mapRuns: { started: [mapRun] } }));
  const run = await scene.claimed(parent.workerId, mapRun.record.mapRunId);
  return { parent, mapRun, run };
}

async function childOf(scene: StoreScene, mapRun: NewMapRun, index: number): Promise<NewExecution> {
  const { mapRunId, stateMachineArn } = mapRun.record;
  const executionId = childExecutionId(mapRunId, index);
  const execution = await scene.newExecution({ executionId, name: executionId });
  return {
    ...execution,
    stateMachineArn: `${stateMachineArn}/All`,
    executionArn: `${stateMachineArn.replace(':stateMachine:', ':execution:')}/All:${executionId}`,
    parent: { executionId: mapRunId, taskId: index, sync: true },
  };
}

const signal = (type: string) => JSON.stringify({ type });

async function endChild(scene: StoreScene, workerId: string, child: NewExecution, then: RunCommit['then']) {
  const run = await scene.claimed(workerId, child.executionId);
  const arrivals = [{ executionId: child.parent?.executionId ?? '', activation: signal('ChildEnded') }];
  return scene.committed(workerId, commitOf(run, { arrivals, then }));
}

export const mapRunCases = [
  storeCase(
    'map runs: one begins with its execution’s commit: a record, and a run to claim with its plan',
    async (scene) => {
      const { store } = scene;
      const { parent, mapRun, run } = await begun(scene);
      assert.deepEqual(await store.findMapRun(mapRun.record.mapRunArn), mapRun.record);
      assert.equal(await store.findMapRun(`${mapRun.record.mapRunArn.slice(0, -1)}_`), null);
      const { executionId } = parent.execution;
      assert.deepEqual(await store.listMapRuns({ executionId, limit: 9 }), [mapRun.record]);
      assert.deepEqual([run.mapRun, run.express, run.checkpoint], [true, false, '{"next":0}']);
      assert.deepEqual([run.frames, run.inbox, run.consumed], [[{ id: 'plan', data: mapRun.plan }], [], 0]);
      assert.deepEqual(run.execution, mapRun.execution);
    },
  ),
  storeCase(
    'map runs: one that was stopped with the commit that began it has a record, and can be redriven',
    async (scene) => {
      const parent = await scene.owned();
      const mapRun = mapRunOf(parent.run.execution, 'ABORTED');
      await scene.committed(parent.workerId, commitOf(parent.run, { mapRuns: { started: [mapRun] } }));
      assert.deepEqual(await scene.store.findMapRun(mapRun.record.mapRunArn), mapRun.record);
      assert.ok(await scene.isOutOfReach(parent.workerId, mapRun.record.mapRunId));
      const redrive = {
        ...{
          execution: mapRun.execution,
          activation: signal('Redrive'),
          redriveCount: 1,
          redriveDate: 8,
          graceMs: GRACE_MS,
        },
      };
      await scene.committed(parent.workerId, commitOf(parent.run, { mapRuns: { redriven: [redrive] } }));
      const run = await scene.claimed(parent.workerId, mapRun.record.mapRunId);
      assert.deepEqual([run.checkpoint, run.frames], [mapRun.checkpoint, [{ id: 'plan', data: mapRun.plan }]]);
    },
  ),
  storeCase('map runs: children begin with the commit that counts them, or not at all', async (scene) => {
    const { store } = scene;
    const { parent, mapRun, run } = await begun(scene);
    const children = [await childOf(scene, mapRun, 0), await childOf(scene, mapRun, 1)];
    const commit = commitOf(run, { checkpoint: '{"next":2}', mapRuns: ownOf({ children, progress: '{"p":2}' }) });
    assert.deepEqual(await scene.commit(parent.workerId, { ...commit, epoch: run.epoch - 1 }), { kind: 'fenced' });
    const { mapRunId, mapRunArn } = mapRun.record;
    assert.deepEqual(await store.listChildren({ parentId: mapRunId, order: 'items', limit: 9 }), []);
    await scene.committed(parent.workerId, commit);
    const ids = children.map(({ executionId }) => executionId);
    const list = async (query: object): Promise<string[]> =>
      (await store.listChildren({ parentId: mapRunId, order: 'items', limit: 9, ...query })).map(
        ({ executionId }) => executionId,
      );
    assert.deepEqual(await list({}), ids);
    assert.deepEqual(await list({ order: 'newest' }), ids.toReversed());
    assert.deepEqual([await list({ after: 0 }), await list({ order: 'newest', after: 1 })], [[ids[1]], [ids[0]]]);
    assert.deepEqual([await list({ status: 'FAILED' }), await list({ redriven: true })], [[], []]);
    assert.equal((await store.findMapRun(mapRunArn))?.progress, '{"p":2}');
    const found = await store.findExecutionByArn(children[0]?.executionArn ?? '');
    assert.equal(found?.executionId, ids[0]);
    const claimed = await scene.claimed(parent.workerId, ids[1] ?? '');
    assert.deepEqual(claimed.inbox, [{ number: 1, activation: '{"type":"Start"}' }]);
  }),
  storeCase(
    'map runs: the end of a child arrives once, and an end of the Map Run that has not read it is refused',
    async (scene) => {
      const { parent, mapRun, run } = await begun(scene);
      const { workerId } = parent;
      const child = await childOf(scene, mapRun, 0);
      await scene.committed(workerId, commitOf(run, { mapRuns: ownOf({ children: [child] }) }));
      const told = await endChild(scene, workerId, child, end());
      assert.deepEqual(told, [{ executionId: mapRun.record.mapRunId, owner: workerId }]);
      assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: park() })), { kind: 'signals' });
      const ending = commitOf(run, { mapRuns: ownOf({ status: 'SUCCEEDED', stopDate: 7 }), then: end() });
      assert.deepEqual(await scene.commit(workerId, ending), { kind: 'signals' });
      const [found] = await scene.store.reread([
        { executionId: mapRun.record.mapRunId, epoch: run.epoch, consumed: 0 },
      ]);
      assert.deepEqual(found?.inbox, [{ number: 1, activation: signal('ChildEnded') }]);
      await scene.committed(workerId, { ...ending, consumed: 1 });
      const record = await scene.store.findMapRun(mapRun.record.mapRunArn);
      assert.deepEqual([record?.status, record?.stopDate], ['SUCCEEDED', 7]);
    },
  ),
  storeCase(
    'map runs: outcomes are read by pages, parts in their order, and go when nobody wants them',
    async (scene) => {
      const { store } = scene;
      const { parent, mapRun, run } = await begun(scene);
      const { mapRunId } = mapRun.record;
      const part = (page: number, number: number) => ({ page, part: number, outcomes: `["${page}.${number}\u00e4"]` });
      await scene.committed(parent.workerId, commitOf(run, { mapRuns: ownOf({ outcomes: [part(1, 1), part(0, 1)] }) }));
      await scene.committed(parent.workerId, commitOf(run, { mapRuns: ownOf({ outcomes: [part(0, 2)] }) }));
      const read = (page: number, pages: number) => store.readOutcomes({ mapRunId, page, pages });
      assert.deepEqual(await read(0, 1), [part(0, 1), part(0, 2)]);
      assert.deepEqual(await read(0, 2), [part(0, 1), part(0, 2), part(1, 1)]);
      const own = ownOf({ status: 'SUCCEEDED', stopDate: 7, dropsOutcomes: true });
      await scene.committed(parent.workerId, commitOf(run, { mapRuns: own, then: end() }));
      assert.deepEqual(await read(0, 9), []);
    },
  ),
  storeCase('map runs: other limits are shown at once and arrive; an ended one keeps its own', async (scene) => {
    const { store } = scene;
    const { parent, mapRun, run } = await begun(scene);
    const { mapRunId, mapRunArn } = mapRun.record;
    const update = { mapRunId, activation: signal('Update'), graceMs: GRACE_MS };
    const told = await store.updateMapRun({ ...update, maxConcurrency: 9, toleratedFailureCount: 5 });
    assert.deepEqual(told, { executionId: mapRunId, owner: parent.workerId });
    const record = await store.findMapRun(mapRunArn);
    const limits = [record?.maxConcurrency, record?.toleratedFailureCount, record?.toleratedFailurePercentage];
    assert.deepEqual(limits, [9, 5, 2.5]);
    const own = ownOf({ status: 'ABORTED', stopDate: 7 });
    await scene.committed(parent.workerId, commitOf(run, { consumed: 1, mapRuns: own, then: failed() }));
    assert.equal(await store.updateMapRun({ ...update, maxConcurrency: 1 }), null);
    assert.equal((await store.findMapRun(mapRunArn))?.maxConcurrency, 9);
  }),
  storeCase(
    'map runs: an ended one that is redriven is there again, with its plan, under a later epoch',
    async (scene) => {
      const { store } = scene;
      const { parent, mapRun, run } = await begun(scene);
      const { workerId } = parent;
      const own = ownOf({ status: 'FAILED', stopDate: 7 });
      await scene.committed(workerId, commitOf(run, { checkpoint: '{"ended":1}', mapRuns: own, then: failed() }));
      const redrive = {
        execution: mapRun.execution,
        activation: signal('Redrive'),
        redriveCount: 1,
        redriveDate: 8,
        graceMs: GRACE_MS,
      };
      const told = await scene.committed(workerId, commitOf(parent.run, { mapRuns: { redriven: [redrive] } }));
      assert.deepEqual(told, [{ executionId: mapRun.record.mapRunId, owner: null }]);
      const record = await store.findMapRun(mapRun.record.mapRunArn);
      assert.deepEqual(
        [record?.status, record?.stopDate, record?.redriveCount, record?.redriveDate],
        ['RUNNING', null, 1, 8],
      );
      const again = await scene.claimed(workerId, mapRun.record.mapRunId);
      assert.ok(again.epoch > run.epoch + 1, 'the epoch went on');
      assert.deepEqual(
        [again.mapRun, again.checkpoint, again.frames],
        [true, '{"ended":1}', [{ id: 'plan', data: mapRun.plan }]],
      );
      assert.deepEqual(again.inbox, [{ number: 1, activation: signal('Redrive') }]);
    },
  ),
  storeCase(
    'map runs: one that is redriven before its end is told, also where both are in one batch',
    async (scene) => {
      const { parent, mapRun, run } = await begun(scene);
      const { workerId } = parent;
      const redrive = {
        execution: mapRun.execution,
        activation: signal('Redrive'),
        redriveCount: 1,
        redriveDate: 8,
        graceMs: GRACE_MS,
      };
      const ending = commitOf(run, { mapRuns: ownOf({ status: 'ABORTED', stopDate: 7 }), then: failed() });
      const outcomes = await scene.store.commit(workerId, [
        commitOf(parent.run, { mapRuns: { redriven: [redrive] } }),
        ending,
      ]);
      assert.deepEqual(outcomes, [
        { kind: 'committed', told: [{ executionId: mapRun.record.mapRunId, owner: workerId }] },
        { kind: 'signals' },
      ]);
      const [found] = await scene.store.reread([
        { executionId: mapRun.record.mapRunId, epoch: run.epoch, consumed: 0 },
      ]);
      assert.deepEqual(found?.inbox, [{ number: 1, activation: signal('Redrive') }]);
    },
  ),
  storeCase(
    'map runs: one that is redriven before its end is claimed with the task that waits since',
    async (scene) => {
      const { parent, mapRun } = await begun(scene);
      const { workerId } = parent;
      const { executionId } = parent.run.execution;
      const execution = { ...mapRun.execution, parent: { executionId, taskId: 9, sync: true } };
      const redrive = { execution, activation: signal('Redrive'), redriveCount: 1, redriveDate: 8, graceMs: GRACE_MS };
      await scene.committed(workerId, commitOf(parent.run, { mapRuns: { redriven: [redrive] } }));
      const again = await scene.claimed(workerId, mapRun.record.mapRunId);
      assert.deepEqual(again.execution, execution);
      assert.deepEqual([again.mapRun, again.frames], [true, [{ id: 'plan', data: mapRun.plan }]]);
    },
  ),
  storeCase('map runs: what is written beside the checkpoint with the end is there after a redrive', async (scene) => {
    const { parent, mapRun, run } = await begun(scene);
    const { workerId } = parent;
    const frames = (data: string) => ({ written: [{ id: 'failure', data }], deleted: [] });
    await scene.committed(workerId, commitOf(run, { frames: frames('{"n":1}'), mapRuns: ownOf() }));
    const own = ownOf({ progress: null, status: 'FAILED', stopDate: 7 });
    await scene.committed(workerId, commitOf(run, { frames: frames('{"n":2}'), mapRuns: own, then: failed() }));
    assert.equal((await scene.store.findMapRun(mapRun.record.mapRunArn))?.progress, '{"p":1}');
    const { execution } = mapRun;
    const redrive = { execution, activation: signal('Redrive'), redriveCount: 1, redriveDate: 8, graceMs: GRACE_MS };
    await scene.committed(workerId, commitOf(parent.run, { mapRuns: { redriven: [redrive] } }));
    const again = await scene.claimed(workerId, mapRun.record.mapRunId);
    const byId = [...again.frames].sort((left, right) => (left.id < right.id ? -1 : 1));
    assert.deepEqual(byId, [
      { id: 'failure', data: '{"n":2}' },
      { id: 'plan', data: mapRun.plan },
    ]);
  }),
  storeCase('map runs: children that did not succeed go on with the Map Run’s commit', async (scene) => {
    const { store } = scene;
    const { parent, mapRun, run } = await begun(scene);
    const { workerId } = parent;
    const child = await childOf(scene, mapRun, 0);
    await scene.committed(workerId, commitOf(run, { mapRuns: ownOf({ children: [child] }) }));
    await endChild(scene, workerId, child, failed());
    const { executionId } = child;
    const redrive = {
      executionId,
      redriveCount: 1,
      redriveDate: 8,
      activation: '{"type":"Redrive"}',
      graceMs: GRACE_MS,
    };
    const mapRuns = ownOf({ redrivenChildren: [redrive] });
    await scene.committed(workerId, commitOf(run, { consumed: 1, mapRuns }));
    const record = await store.findExecution(executionId);
    assert.deepEqual(
      [record?.status, record?.error, record?.redriveCount, record?.redriveDate],
      ['RUNNING', null, 1, 8],
    );
    const claimed = await scene.claimed(workerId, executionId);
    assert.deepEqual(claimed.inbox, [{ number: 1, activation: '{"type":"Redrive"}' }]);
    const { mapRunId } = mapRun.record;
    assert.equal(
      (await store.listChildren({ parentId: mapRunId, redriven: true, order: 'items', limit: 9 })).length,
      1,
    );
  }),
  storeCase('map runs: a machine is not purged while one of its Map Runs is open', async (scene) => {
    const { store } = scene;
    const { parent, mapRun, run } = await begun(scene);
    const { stateMachineArn } = parent.execution;
    await scene.committed(parent.workerId, commitOf(parent.run, { then: failed() }));
    await store.markStateMachineDeleting(stateMachineArn);
    assert.equal(await store.purgeStateMachine(stateMachineArn), false);
    const own = ownOf({ status: 'ABORTED', stopDate: 7 });
    await scene.committed(parent.workerId, commitOf(run, { mapRuns: own, then: failed() }));
    assert.equal(await store.purgeStateMachine(stateMachineArn), true);
    assert.notEqual(await store.findMapRun(mapRun.record.mapRunArn), null);
  }),
];
