import assert from 'node:assert/strict';
import type { NewRedrive } from '@everstep/engine';
import { FORMAT, GRACE_MS, callbackToken, chunk, commitOf, end, eventText, park } from './store-scene.ts';
import type { OwnedRun, StoreScene } from './store-scene.ts';
import { storeCase } from './store-case.ts';

const STOP_DATE = 1_600_000_000_000;
const failed = () => end({ status: 'FAILED', output: null, error: 'Red', cause: 'why', stopDate: STOP_DATE });

function redriveOf(executionId: string, given: Partial<NewRedrive> = {}): NewRedrive {
  return {
    executionId,
    redriveCount: 1,
    redriveDate: 1_700_000_000_000,
    clientToken: null,
    activation: '{"type":"Redrive"}',
    graceMs: GRACE_MS,
    ...given,
  };
}

/** One that failed with two frames, a token and two events. */
async function failedRun(scene: StoreScene): Promise<OwnedRun> {
  const owned = await scene.owned({}, [callbackToken(2)]);
  const frames = {
    written: [
      { id: '0', data: '"root"' },
      { id: '0.1', data: '"branch\u00e4"' },
    ],
    deleted: [],
  };
  const commit = commitOf(owned.run, { checkpoint: '"ended"', frames, history: chunk(1, 2), then: failed() });
  await scene.committed(owned.workerId, commit);
  return owned;
}

export const redriveCases = [
  storeCase(
    'redrive: an ended run is open again with all it ended with, and its old owner is fenced',
    async (scene) => {
      const { store } = scene;
      const { execution, run, workerId } = await failedRun(scene);
      const { executionId, stateMachineArn } = execution;
      assert.deepEqual(await store.findEndedRun(executionId), { lastEventId: 2 });
      assert.deepEqual(await store.redriveExecution(redriveOf(executionId)), { kind: 'redriven' });
      const record = await store.findExecution(executionId);
      const { status, stopDate, output, error, cause, redriveCount, redriveDate } =
        record ?? assert.fail('it is there');
      assert.deepEqual([status, stopDate, output, error, cause], ['RUNNING', null, null, null, null]);
      assert.deepEqual([redriveCount, redriveDate], [1, 1_700_000_000_000]);
      assert.equal(await store.findEndedRun(executionId), null);
      assert.deepEqual(await store.listOpenExecutionIds(stateMachineArn, 9), [executionId]);
      await scene.wakesWithin(GRACE_MS);
      assert.deepEqual(await scene.commit(workerId, commitOf(run, { then: park() })), { kind: 'fenced' });
      const claimed = await scene.claimed(await scene.worker(), executionId);
      assert.ok(claimed.epoch > run.epoch, 'the epoch went on');
      assert.deepEqual([claimed.checkpoint, claimed.format, claimed.consumed], ['"ended"', FORMAT, 0]);
      assert.deepEqual(claimed.inbox, [{ number: 1, activation: '{"type":"Redrive"}' }]);
      assert.deepEqual(
        claimed.frames.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        [
          { id: '0', data: '"root"' },
          { id: '0.1', data: '"branch\u00e4"' },
        ],
      );
      assert.deepEqual([claimed.tokens, claimed.crashes], [[], 0]);
    },
  ),
  storeCase('redrive: the history goes on where it ended, and the run can end and be redriven again', async (scene) => {
    const { store } = scene;
    const { execution } = await failedRun(scene);
    const { executionId } = execution;
    const workerId = await scene.worker();
    for (const redriveCount of [1, 2]) {
      assert.deepEqual(await store.redriveExecution(redriveOf(executionId, { redriveCount })), { kind: 'redriven' });
      const run = await scene.claimed(workerId, executionId);
      const wrong = commitOf(run, { history: chunk(1, 1) });
      assert.equal((await scene.commit(workerId, wrong)).kind, 'unstorable');
      const next = redriveCount + 2;
      const last = redriveCount === 2 ? end() : failed();
      await scene.committed(workerId, commitOf(run, { history: chunk(next, next), then: last }));
    }
    assert.equal((await store.findExecution(executionId))?.status, 'SUCCEEDED');
    assert.deepEqual(await store.readHistory({ executionId, limit: 9, reverse: false }), [1, 2, 3, 4].map(eventText));
    const third = redriveOf(executionId, { redriveCount: 3 });
    assert.deepEqual(await store.redriveExecution(third), { kind: 'refused' }, 'it succeeded');
    assert.equal(await store.findEndedRun(executionId), null);
  }),
  storeCase('redrive: only the next one of an execution that ended without success is taken', async (scene) => {
    const { store } = scene;
    const { execution } = await failedRun(scene);
    const { executionId } = execution;
    const skipping = redriveOf(executionId, { redriveCount: 2 });
    assert.deepEqual(await store.redriveExecution(skipping), { kind: 'refused' });
    const asked = await Promise.all([
      store.redriveExecution(redriveOf(executionId)),
      scene.other.redriveExecution(redriveOf(executionId)),
    ]);
    assert.deepEqual(asked.map(({ kind }) => kind).toSorted(), ['redriven', 'refused']);
    const { executionId: running } = await scene.started();
    assert.deepEqual(await store.redriveExecution(redriveOf(running)), { kind: 'refused' });
    const { executionId: unknown } = await scene.newExecution();
    assert.deepEqual(await store.redriveExecution(redriveOf(unknown)), { kind: 'refused' });
    const other = await failedRun(scene);
    await store.markStateMachineDeleting(other.execution.stateMachineArn);
    const late = redriveOf(other.execution.executionId);
    assert.deepEqual(await store.redriveExecution(late), { kind: 'no-machine' });
  }),
  storeCase('redrive: the name is taken as long as the execution is open again', async (scene) => {
    const { store } = scene;
    const { execution } = await failedRun(scene);
    await store.redriveExecution(redriveOf(execution.executionId));
    const again = await scene.newExecution({ name: execution.name, input: execution.input });
    const [outcome] = await store.startExecutions([again]);
    assert.ok(outcome?.kind === 'existing' && outcome.executionId === execution.executionId);
    assert.equal(await store.deleteEndedBefore(STOP_DATE + 1, 9), 0, 'it has not ended');
  }),
  storeCase('redrive: its token is remembered, among the latest and for a while', async (scene) => {
    const { store } = scene;
    const { execution } = await failedRun(scene);
    const { executionId } = execution;
    const workerId = await scene.worker();
    for (const [index, clientToken] of ['one', 'two', null].entries()) {
      const redriveCount = index + 1;
      await store.redriveExecution(
        redriveOf(executionId, { redriveCount, clientToken, redriveDate: 100 * redriveCount }),
      );
      await scene.committed(workerId, commitOf(await scene.claimed(workerId, executionId), { then: failed() }));
    }
    const find = (clientToken: string, after = 0, latest = 10) =>
      store.findRedrive({ executionId, clientToken, after, latest });
    assert.deepEqual([await find('one'), await find('two'), await find('three')], [100, 200, null]);
    assert.deepEqual([await find('one', 100), await find('two', 100)], [null, 200]);
    assert.deepEqual([await find('one', 0, 2), await find('two', 0, 2)], [null, 200]);
    assert.equal(await store.deleteEndedBefore(STOP_DATE + 1, 9), 1);
    assert.equal(await find('one'), null);
  }),
];
