import type { ClaimedRun, RunCommit, Store } from '@everstep/engine';
import { callbackToken, commitOf, Scene } from './scene.ts';
import { seededMachine } from './seed.ts';

const EVENT = '[{"id":1,"type":"PassStateEntered"}]';
const LEASE_MS = 600_000;
/** Of a limiter. */
const KEYS = 20;
const MONTH_MS = 30 * 86_400_000;

/** Leads so many executions through every verb of the store that runs while executions do; answers how many calls. */
export async function callEveryVerb(store: Store, executions: number): Promise<number> {
  const scene = await Scene.open(store);
  const started = Array.from({ length: executions }, () => scene.newExecution());
  await store.startExecutions(started);
  const ids = started.map(({ executionId }) => executionId).sort();
  const runs = await scene.claim(ids);
  await commitAll(scene, runs, (run) => ({ ...next(run, 1), consumed: 1 }));
  await commitAll(scene, runs, (run) => ({
    ...next(run, 2),
    consumed: 1,
    frames: { written: [{ id: '0.1', data: '{}' }], deleted: [] },
    tokens: { opened: [callbackToken(2)], closed: [] },
    then: { kind: 'park', wakeAt: Date.now() + MONTH_MS },
  }));
  await callBack(scene, ids);
  await limit(scene);
  await look(scene, ids);
  const again = await scene.claim(ids);
  await store.reread(again.map((run) => ({ executionId: run.execution.executionId, epoch: run.epoch, consumed: 1 })));
  await endAll(scene, again);
  return executions * 6 + KEYS * 6;
}

function next(run: ClaimedRun, eventId: number): Partial<RunCommit> {
  return { history: { firstEventId: eventId, lastEventId: eventId, events: EVENT } };
}

async function commitAll(
  scene: Scene,
  runs: readonly ClaimedRun[],
  given: (run: ClaimedRun) => Partial<RunCommit>,
): Promise<void> {
  const outcomes = await scene.store.commit(
    scene.workerId,
    runs.map((run) => commitOf(run, given(run))),
  );
  const refused = outcomes.find(({ kind }) => kind !== 'committed');
  if (refused !== undefined) throw new Error(`a commit was refused: ${refused.kind}`);
}

async function callBack({ store, workerId }: Scene, ids: readonly string[]): Promise<void> {
  for (const executionId of ids) {
    await store.heartbeatTask({ executionId, taskId: 2 });
    await store.completeTask({ executionId, taskId: 2, activation: '{"type":"TaskResult"}', graceMs: 60_000 });
  }
  await store.listWaitingTasks({ accountId: '123456789012', limit: 10 });
  await store.takeActivityTask({
    activityArn: 'arn:aws:states:us-east-1:123456789012:activity:seeded-2',
    workerName: workerId,
    activation: () => '{"type":"ActivityStarted"}',
    graceMs: 60_000,
  });
}

/** Tasks of runs of their own wait for a permit each, get it and give it back. */
async function limit(scene: Scene): Promise<void> {
  const { store } = scene;
  const name = 'every-verb';
  const limiterArn = `arn:aws:states:us-east-1:123456789012:limiter:${name}`;
  const one = { concurrency: 1, rate: { permits: 1_000_000, seconds: 1, burst: 1_000_000 } };
  await store.putLimiter({ limiterArn, name, settings: JSON.stringify({ limit: one, limitPerKey: one }) });
  const runs = await scene.owned(KEYS);
  const activation = (): string => '{"type":"TaskPermitted"}';
  await commitAll(scene, runs, (run) => {
    const limits = [{ limiterArn, key: run.execution.executionId, priority: 0 }];
    return { consumed: 1, limits: { opened: [{ taskId: 1, stateName: 'Work', limits }], closed: [] } };
  });
  for (const _ of runs) {
    const { granted } = await store.grantPermits({ limit: 10, activation });
    const ids = new Set(granted.map(({ executionId }) => executionId));
    const held = runs.filter(({ execution }) => ids.has(execution.executionId));
    if (held.length !== 1) throw new Error(`${held.length} tasks have the one permit`);
    await commitAll(scene, held, () => ({ consumed: 1, limits: { opened: [], closed: [1] } }));
  }
  await store.allLimiters();
  await store.countLimitedTasks();
}

/** What workers, schedulers and the API read and do all the time. */
async function look({ store, workerId, stateMachineArn }: Scene, ids: readonly string[]): Promise<void> {
  await store.renewLease({ workerId, leaseMs: LEASE_MS, held: ids });
  await store.takeDue({ limit: 500, maxGraceMs: 60_000 });
  await store.listDue(200);
  await store.nextWakeAt();
  await store.releaseLapsed(500);
  const [executionId = ''] = ids;
  const found = await store.findExecution(executionId);
  await store.findExecutionByArn(found?.executionArn ?? '');
  await store.readInputs(ids, 1_048_576);
  await store.readHistory({ executionId, limit: 100, reverse: false });
  await store.readHistory({ executionId, limit: 100, reverse: true });
  for (const machine of [stateMachineArn, seededMachine(0)]) {
    await store.listExecutions({ stateMachineArn: machine, limit: 100 });
    await store.listExecutions({ stateMachineArn: machine, limit: 100, status: 'RUNNING' });
    await store.listOpenExecutionIds(machine, 100);
  }
  await store.deleteEndedBefore(Date.now() - 2 * MONTH_MS, 100);
}

async function endAll(scene: Scene, runs: readonly ClaimedRun[]): Promise<void> {
  const now = Date.now();
  const end = { kind: 'end', status: 'FAILED', output: null, error: 'E', cause: null } as const;
  const [first, ...others] = runs;
  if (first === undefined) throw new Error('nothing was claimed');
  const ending = (run: ClaimedRun): Partial<RunCommit> => ({
    ...next(run, 3),
    consumed: 2,
    then: { ...end, stopDate: now, reusableAt: now },
  });
  await commitAll(scene, others, ending);
  await scene.store.force(first.execution.executionId, (run) => commitOf(run, ending(run)));
}
