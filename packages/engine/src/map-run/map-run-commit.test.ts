import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoreUnavailableError, type TaskOutcome, stopExecution } from '../index.ts';
import { outcomesOf } from './child-outcome.ts';
import { distributed, mapRunOf, numbers, taskProcessor, waitProcessor } from '../testing/distributed-maps.ts';
import { MapRunScene } from '../testing/map-run-scene.ts';

const OUTPUT = 'x'.repeat(200_000);
const CHILDREN = 40;

let scene: MapRunScene;
/** The outcomes that each commit of a Map Run held. */
let written: Array<{ readonly outcomes: number; readonly characters: number }>;
let mayCommit: () => boolean;
/** Commits wait for it. */
let gate: Promise<void>;

beforeEach(() => {
  scene = new MapRunScene();
  written = [];
  mayCommit = () => true;
  gate = Promise.resolve();
  const { store } = scene;
  const commit = store.commit.bind(store);
  store.commit = async (workerId, batch) => {
    await gate;
    if (!mayCommit()) throw new StoreUnavailableError('the wire is cut');
    for (const { mapRuns } of batch) {
      const texts = (mapRuns?.own?.outcomes ?? []).map(({ outcomes }) => outcomes);
      const outcomes = texts.reduce((sum, text) => sum + outcomesOf([{ page: 0, part: 0, outcomes: text }]).size, 0);
      if (outcomes > 0) written.push({ outcomes, characters: texts.join('').length });
    }
    return commit(workerId, batch);
  };
});

afterEach(() => scene.stopProcess());

const total = (member: 'outcomes' | 'characters'): number => written.reduce((sum, one) => sum + one[member], 0);
const most = (member: 'outcomes' | 'characters'): number => Math.max(...written.map((one) => one[member]));

/** All of them end while a commit is under way. */
async function allEnd(): Promise<void> {
  await scene.clock.advance(1_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  await scene.clock.advance(6_000);
  resolve();
  await scene.clock.advance(5_000);
}

async function endAtOnce(): Promise<TaskOutcome> {
  await scene.clock.sleep(5_000);
  return { type: 'succeeded', output: OUTPUT };
}

it('a commit holds so much of what Express children came to, however many end at once', async () => {
  await scene.startProcess(endAtOnce);
  const arn = await scene.start(distributed('EXPRESS', taskProcessor), numbers(CHILDREN));
  await allEnd();
  expect((await scene.progressOf(arn)).executions).toMatchObject({ total: CHILDREN, succeeded: CHILDREN, running: 0 });
  expect(total('characters')).toBeGreaterThan(CHILDREN * OUTPUT.length);
  expect(most('characters')).toBeLessThan(2_300_000);
});

it('what had no room in the commits of an owner that died runs once more, and nothing else', async () => {
  let calls = 0;
  const work = async (): Promise<TaskOutcome> => {
    calls += 1;
    return endAtOnce();
  };
  await scene.startProcess(work);
  const arn = await scene.start(distributed('EXPRESS', taskProcessor), numbers(CHILDREN));
  mayCommit = () => written.length < 2;
  await allEnd();
  expect([written.length, calls]).toEqual([2, CHILDREN]);
  const known = total('outcomes');
  expect(known).toBeLessThan(CHILDREN);
  await scene.stopProcess();
  mayCommit = () => true;
  await scene.startProcess(work);
  await scene.clock.advance(60_000);
  expect(calls).toBe(CHILDREN + CHILDREN - known);
  expect(total('outcomes')).toBe(CHILDREN);
  expect((await scene.progressOf(arn)).executions).toMatchObject({ total: CHILDREN, succeeded: CHILDREN, running: 0 });
});

it('of Express children that are stopped, too, a commit holds so many', async () => {
  const children = 4_500;
  const { context } = await scene.startProcess();
  const arn = await scene.start(distributed('EXPRESS', waitProcessor(200)), numbers(children));
  await scene.clock.advance(3_000);
  expect((await scene.progressOf(arn)).executions).toMatchObject({ running: children });
  await stopExecution(context, { executionArn: arn });
  await scene.clock.advance(10_000);
  expect((await scene.progressOf(arn)).executions).toMatchObject({ total: children, aborted: children, running: 0 });
  expect((await mapRunOf(scene, arn)).status).toBe('ABORTED');
  expect([total('outcomes'), most('outcomes')]).toEqual([children, 2_000]);
});
