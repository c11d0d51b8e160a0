import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TaskOutcome, type TaskRequest, loadProgress, redriveExecution, stopExecution } from '../index.ts';
import { distributed, mapRunOf, numbers, taskProcessor, waitProcessor } from '../testing/distributed-maps.ts';
import { MapRunScene } from '../testing/map-run-scene.ts';

let scene: MapRunScene;
/** Why no Map Run can be read now; null: they can. */
let unreadable: string | null;
/** No Map Run can be claimed now. */
let withheld: boolean;
let isSlow: boolean;
let calls: unknown[];

beforeEach(() => {
  scene = new MapRunScene();
  unreadable = null;
  withheld = false;
  isSlow = true;
  calls = [];
  const { store } = scene;
  const claim = store.claim.bind(store);
  store.claim = async (request) => {
    const runs = await claim(request);
    const left = runs.filter(({ mapRun }) => mapRun && withheld);
    await store.release(left.map(({ execution: { executionId }, epoch }) => ({ executionId, epoch, wakeInMs: 100 })));
    return runs
      .filter((run) => !left.includes(run))
      .map((run) =>
        run.mapRun && unreadable !== null
          ? { ...run, frames: run.frames.filter(({ id }) => id !== 'plan'), unreadable }
          : run,
      );
  };
});

afterEach(() => scene.stopProcess());

async function work({ parameters, signal }: TaskRequest): Promise<TaskOutcome> {
  calls.push(parameters);
  if (isSlow && parameters !== 0) await scene.clock.sleep(600_000, signal);
  return { type: 'succeeded', output: parameters };
}

/** A Map Run under way that the next process cannot read. */
async function begun(definition: object, total: number): Promise<string> {
  await scene.startProcess(work);
  const arn = await scene.start(definition, numbers(total));
  await scene.clock.advance(3_000);
  await scene.stopProcess();
  unreadable = 'its key is disabled.';
  return arn;
}

async function openChildren(arn: string): Promise<number> {
  const { mapRunId } = await mapRunOf(scene, arn);
  return (await scene.store.listChildren({ parentId: mapRunId, status: 'RUNNING', order: 'items', limit: 10_000 }))
    .length;
}

async function expectFailed(arn: string): Promise<void> {
  expect(await scene.store.findExecutionByArn(arn)).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: expect.stringContaining('This Map Run cannot go on: its key is disabled.'),
  });
  expect((await mapRunOf(scene, arn)).status).toBe('FAILED');
}

describe('a Map Run that cannot go on', () => {
  it.each([
    ['STANDARD', {}, { executions: 4, open: 3 }],
    ['STANDARD', { ItemBatcher: { MaxItemsPerBatch: 2 } }, { executions: 2, open: 2 }],
    ['EXPRESS', {}, { executions: 4, open: 3 }],
  ])(
    'stops its children (%s, %j), fails, and comes to its end by a redrive',
    async (type, fields, { executions, open }) => {
      const arn = await begun(distributed(type, taskProcessor, fields), 4);
      const world = await scene.startProcess(work);
      await scene.clock.advance(10_000);
      await expectFailed(arn);
      expect(await openChildren(arn)).toBe(0);
      const shown = { total: executions, succeeded: executions - open, aborted: open, running: 0 };
      expect((await scene.progressOf(arn)).executions).toMatchObject(shown);

      unreadable = null;
      isSlow = false;
      calls = [];
      await redriveExecution(world.context, { executionArn: arn });
      await scene.clock.advance(10_000);
      expect(await world.status(arn)).toBe('SUCCEEDED');
      expect(calls).toHaveLength(open);
      const { progress, status } = await mapRunOf(scene, arn);
      const ended = { running: 0, aborted: 0, pendingRedrive: 0 };
      expect(status).toBe('SUCCEEDED');
      expect(loadProgress(progress)).toMatchObject({
        executions: { ...ended, total: executions, succeeded: executions },
        items: { ...ended, total: 4, succeeded: 4 },
      });
      await world.history(arn);
    },
  );

  it('is brought to its end by whoever goes on with it, even where it could be read again', async () => {
    const total = 600;
    const arn = await begun(distributed('STANDARD', waitProcessor(600_000)), total);
    const { store } = scene;
    const commit = store.commit.bind(store);
    const list = store.listChildren.bind(store);
    let told = 0;
    store.commit = async (workerId, batch) => {
      told += batch
        .flatMap(({ arrivals }) => arrivals)
        .filter(({ activation }) => activation.includes('"Stop"')).length;
      return commit(workerId, batch);
    };
    store.listChildren = async (query) => {
      if (told > 0) throw new Error('the wire is cut');
      return list(query);
    };
    await scene.startProcess(work);
    await scene.clock.advance(1_000);
    await scene.stopProcess();
    store.listChildren = list;
    expect(told).toBeGreaterThan(0);
    expect(await openChildren(arn)).toBe(total - told);

    unreadable = null;
    await scene.startProcess(work);
    await scene.clock.advance(10_000);
    await expectFailed(arn);
    expect((await scene.progressOf(arn)).executions).toMatchObject({ total, aborted: total, running: 0 });
    expect(told).toBe(total);
  });

  it('is parked while its children do not end', async () => {
    const arn = await begun(distributed('STANDARD', waitProcessor(600_000)), 3);
    const { mapRunId } = await mapRunOf(scene, arn);
    const { store } = scene;
    const claim = store.claim.bind(store);
    let withoutChildren = true;
    store.claim = async (request) => {
      if (!withoutChildren) return claim(request);
      const children = await store.listChildren({ parentId: mapRunId, order: 'items', limit: 10 });
      const hidden = new Set(children.map(({ executionId }) => executionId));
      return claim({ ...request, executionIds: request.executionIds.filter((id) => !hidden.has(id)) });
    };
    const parked: string[] = [];
    const commit = store.commit.bind(store);
    store.commit = async (workerId, batch) => {
      for (const { executionId, then } of batch) if (then.kind === 'park') parked.push(executionId);
      return commit(workerId, batch);
    };
    const world = await scene.startProcess(work);
    await scene.clock.advance(30_000);
    expect(parked).toEqual([mapRunId]);
    expect(await world.status(arn)).toBe('RUNNING');
    withoutChildren = false;
    await scene.clock.advance(60_000);
    await expectFailed(arn);
  });

  it('answers the task that waits since a redrive, which came while it was being stopped', async () => {
    const arn = await begun(distributed('STANDARD', waitProcessor(600_000)), 3);
    unreadable = null;
    withheld = true;
    const world = await scene.startProcess(work);
    await stopExecution(world.context, { executionArn: arn });
    await redriveExecution(world.context, { executionArn: arn });
    await scene.clock.advance(5_000);
    expect((await world.history(arn)).at(-1)?.type).toBe('MapRunRedriven');
    unreadable = 'its key is disabled.';
    withheld = false;
    await scene.clock.advance(30_000);
    await expectFailed(arn);
  });
});
