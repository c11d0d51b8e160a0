import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type TaskOutcome,
  type TaskRequest,
  loadProgress,
  redriveExecution,
  stopExecution,
  updateMapRun,
} from '../index.ts';
import { distributed, mapRunOf, numbers, taskProcessor, waitProcessor } from '../testing/distributed-maps.ts';
import { MapRunScene, type Work } from '../testing/map-run-scene.ts';

let scene: MapRunScene;

beforeEach(() => {
  scene = new MapRunScene();
});

afterEach(() => scene.stopProcess());

function open(work?: Work) {
  const world = scene.open(work);
  return { world, clock: scene.clock, context: world.context };
}

const pass = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };

describe.each(['STANDARD', 'EXPRESS'])('a Distributed Map of %s children', (executionType) => {
  it('gives their results in the order of the items', async () => {
    const { world, clock } = open();
    await world.startWorker();
    const definition = distributed(executionType, pass, {
      ItemSelector: { 'index.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value' },
    });
    const arn = await scene.start(definition, ['a', 'b', 'c']);
    await clock.advance(1_000);
    expect(await world.output(arn)).toEqual(['a', 'b', 'c'].map((value, index) => ({ index, value })));
    const events = await world.history(arn);
    expect(events.map(({ id, previousEventId, type }) => `${id} < ${previousEventId} ${type}`)).toEqual([
      '1 < 0 ExecutionStarted',
      '2 < 0 MapStateEntered',
      '3 < 2 MapStateStarted',
      '4 < 3 MapRunStarted',
      '5 < 4 MapRunSucceeded',
      '6 < 5 MapStateSucceeded',
      '7 < 5 MapStateExited',
      '8 < 7 ExecutionSucceeded',
    ]);
    const run = await mapRunOf(world.context, arn);
    expect(run.mapRunArn).toMatch(
      /^arn:aws:states:us-east-1:123456789012:mapRun:machine-[0-9a-f-]+\/Each:[0-9a-f-]{36}$/,
    );
    expect(events[3]?.mapRunStartedEventDetails).toEqual({ mapRunArn: run.mapRunArn });
    expect(run.status).toBe('SUCCEEDED');
    expect(loadProgress(run.progress)).toMatchObject({
      items: { total: 3, succeeded: 3, running: 0 },
      executions: { total: 3, succeeded: 3, running: 0 },
    });
  });

  it('runs over thousands of items, never more at once than it may', async () => {
    let running = 0;
    let most = 0;
    const work = async ({ parameters }: TaskRequest): Promise<TaskOutcome> => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running--;
      return { type: 'succeeded', output: parameters };
    };
    const { world, clock } = open(work);
    await world.startWorker();
    const arn = await scene.start(distributed(executionType, taskProcessor, { MaxConcurrency: 7 }), numbers(600));
    await clock.advance(20_000);
    expect(await world.output(arn)).toEqual(numbers(600));
    expect(most).toBe(7);
  });

  it('over no items succeeds at once', async () => {
    const { world, clock } = open();
    await world.startWorker();
    const arn = await scene.start(distributed(executionType, pass), []);
    await clock.advance(1_000);
    expect(await world.output(arn)).toEqual([]);
  });

  it('hands batches to its children', async () => {
    const { world, clock } = open();
    await world.startWorker();
    const fields = { ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { all: true } } };
    const arn = await scene.start(distributed(executionType, pass, fields), [1, 2, 3]);
    await clock.advance(1_000);
    expect(await world.output(arn)).toEqual([
      { BatchInput: { all: true }, Items: [1, 2] },
      { BatchInput: { all: true }, Items: [3] },
    ]);
    expect(await scene.progressOf(arn)).toMatchObject({
      items: { total: 3, succeeded: 3 },
      executions: { total: 2, succeeded: 2 },
    });
  });

  it('fails beyond the failures it tolerates, and stops the others', async () => {
    const work = async ({ parameters }: TaskRequest): Promise<TaskOutcome> => {
      if (parameters === 0) return { type: 'failed', error: 'Red', cause: 'no' };
      await clock.sleep(60_000);
      return { type: 'succeeded', output: parameters };
    };
    const { world, clock } = open(work);
    await world.startWorker();
    const arn = await scene.start(distributed(executionType, taskProcessor), numbers(5));
    await clock.advance(5_000);
    expect(await world.status(arn)).toBe('FAILED');
    const events = await world.history(arn);
    expect(events.slice(4).map(({ type }) => type)).toEqual(['MapRunFailed', 'MapStateFailed', 'ExecutionFailed']);
    expect(events[4]?.mapRunFailedEventDetails).toEqual({
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    const { executions } = await scene.progressOf(arn);
    expect(executions).toMatchObject({ failed: 1, aborted: 4, running: 0, total: 5 });
  });

  it('tolerates so many', async () => {
    const work = async ({ parameters }: TaskRequest): Promise<TaskOutcome> =>
      parameters === 0 ? { type: 'failed', error: 'Red', cause: 'no' } : { type: 'succeeded', output: parameters };
    const { world, clock } = open(work);
    await world.startWorker();
    const arn = await scene.start(
      distributed(executionType, taskProcessor, { ToleratedFailurePercentage: 34 }),
      numbers(3),
    );
    await clock.advance(5_000);
    expect(await world.output(arn)).toMatchObject([{ Status: 'FAILED', Error: 'Red', Cause: 'no' }, 1, 2]);
  });

  it('fails beyond the percentage it tolerates, however late the last item is taken', async () => {
    const work = async (): Promise<TaskOutcome> => ({ type: 'failed', error: 'Red', cause: 'no' });
    const { world, clock } = open(work);
    await world.startWorker();
    const limits = { ToleratedFailurePercentage: 10, MaxConcurrency: 1 };
    const arn = await scene.start(distributed(executionType, taskProcessor, limits), numbers(3));
    await clock.advance(5_000);
    expect(await world.context.store.findExecutionByArn(arn)).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });

  it('is stopped with its execution, and goes on with a redrive', async () => {
    let isSlow = true;
    const calls: unknown[] = [];
    const work = async ({ parameters, signal }: TaskRequest): Promise<TaskOutcome> => {
      calls.push(parameters);
      if (isSlow && parameters !== 0) await clock.sleep(600_000, signal);
      return { type: 'succeeded', output: parameters };
    };
    const { world, clock, context } = open(work);
    await world.startWorker();
    const arn = await scene.start(distributed(executionType, taskProcessor, { MaxConcurrency: 3 }), numbers(6));
    await clock.advance(3_000);
    await stopExecution(context, { executionArn: arn });
    await clock.advance(10_000);
    const stopped = await mapRunOf(world.context, arn);
    expect(stopped.status).toBe('ABORTED');
    expect(loadProgress(stopped.progress).executions).toMatchObject({ succeeded: 1, aborted: 3, running: 0 });
    isSlow = false;
    calls.length = 0;
    await redriveExecution(context, { executionArn: arn });
    await clock.advance(10_000);
    expect(await world.status(arn)).toBe('SUCCEEDED');
    expect(await world.output(arn)).toEqual(numbers(6));
    expect(new Set(calls)).toEqual(new Set([1, 2, 3, 4, 5]));
    const redriven = await mapRunOf(world.context, arn);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
    expect(loadProgress(redriven.progress).executions).toMatchObject({ succeeded: 6, aborted: 0, pendingRedrive: 0 });
    expect((await world.history(arn)).map(({ type }) => type)).toContain('MapRunRedriven');
  });

  it('counts right when a redrive is stopped before it has come to all', async () => {
    let isSlow = true;
    const work = async ({ parameters, signal }: TaskRequest): Promise<TaskOutcome> => {
      if (isSlow) await clock.sleep(600_000, signal);
      return { type: 'succeeded', output: parameters };
    };
    const { world, clock, context } = open(work);
    await world.startWorker();
    const arn = await scene.start(distributed(executionType, taskProcessor, { MaxConcurrency: 3 }), numbers(3));
    await clock.advance(3_000);
    const { mapRunArn } = await mapRunOf(world.context, arn);
    await updateMapRun(context, { mapRunArn, maxConcurrency: 1 });
    await stopExecution(context, { executionArn: arn });
    await clock.advance(10_000);
    await redriveExecution(context, { executionArn: arn });
    await clock.advance(3_000);
    await stopExecution(context, { executionArn: arn });
    await clock.advance(10_000);
    isSlow = false;
    await redriveExecution(context, { executionArn: arn });
    await clock.advance(20_000);
    expect(await world.output(arn)).toEqual(numbers(3));
    const { executions } = await scene.progressOf(arn);
    expect(executions).toMatchObject({ total: 3, succeeded: 3, aborted: 0, pendingRedrive: 0, running: 0 });
  });

  it('takes other limits while it runs', async () => {
    const { world, clock, context } = open();
    await world.startWorker();
    await world.startScheduler();
    const arn = await scene.start(distributed(executionType, waitProcessor(10), { MaxConcurrency: 1 }), numbers(9));
    await clock.advance(5_000);
    const { mapRunArn, progress } = await mapRunOf(world.context, arn);
    expect(loadProgress(progress).executions).toMatchObject({ running: 1, total: 9 });
    await updateMapRun(context, { mapRunArn, maxConcurrency: 8 });
    await clock.advance(1_000);
    const updated = await mapRunOf(world.context, arn);
    expect(updated.maxConcurrency).toBe(8);
    expect(loadProgress(updated.progress).executions).toMatchObject({ running: 8 });
    await clock.advance(30_000);
    expect(await world.status(arn)).toBe('SUCCEEDED');
  });

  it('that is stopped before anybody has begun it can be redriven', async () => {
    const { world, clock, context } = open();
    // The Stop finds what a redrive had left to be done, and does it before it ends the execution.
    const arn = await scene.start(distributed(executionType, pass), [1, 2]);
    await stopExecution(context, { executionArn: arn });
    await redriveExecution(context, { executionArn: arn });
    await stopExecution(context, { executionArn: arn });
    expect((await mapRunOf(world.context, arn)).status).toBe('ABORTED');
    await world.startWorker();
    await redriveExecution(context, { executionArn: arn });
    await clock.advance(5_000);
    expect(await world.output(arn)).toEqual([1, 2]);
  });
});

it('hears a Stop that comes while a commit waits by which it would be parked', async () => {
  const { store } = scene;
  const gate = Promise.withResolvers<void>();
  let held = false;
  const commit = store.commit.bind(store);
  store.commit = async (workerId, batch) => {
    if (held) await gate.promise;
    return commit(workerId, batch);
  };
  const { world, clock } = open();
  await world.startWorker();
  const arn = await scene.start(distributed('STANDARD', waitProcessor(10_000)), numbers(3));
  await clock.advance(3_000);
  // Whatever is written from now on waits, and the park behind it.
  held = true;
  await scene.start(pass, null);
  await clock.advance(5_000);
  await stopExecution(world.context, { executionArn: arn });
  await clock.advance(500);
  held = false;
  gate.resolve();
  await clock.advance(5_000);
  const run = await mapRunOf(world.context, arn);
  expect(run.status).toBe('ABORTED');
  expect(loadProgress(run.progress).executions).toMatchObject({ running: 0, aborted: 3 });
});
