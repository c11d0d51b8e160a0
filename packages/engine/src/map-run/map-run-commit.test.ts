import { createLocalQueue } from '@everstep/queue-local';
import { createMemoryStore } from '@everstep/store-memory';
import { VirtualClock, World } from '@everstep/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type Store,
  StoreUnavailableError,
  type TaskOutcome,
  type TaskRequest,
  loadProgress,
  silentLogger,
  stopExecution,
} from '../index.ts';
import { outcomesOf } from './child-outcome.ts';
import {
  distributed,
  mapRunOf,
  numbers,
  startOver,
  taskProcessor,
  waitProcessor,
} from '../testing/distributed-maps.ts';

const OUTPUT = 'x'.repeat(200_000);
const CHILDREN = 40;

let clock: VirtualClock;
let store: Store;
let world: World | null;
/** The outcomes that each commit of a Map Run held. */
let written: Array<{ readonly outcomes: number; readonly characters: number }>;
let mayCommit: () => boolean;
/** Commits wait for it. */
let gate: Promise<void>;

beforeEach(() => {
  clock = new VirtualClock();
  store = createMemoryStore({ now: () => clock.now() });
  world = null;
  written = [];
  mayCommit = () => true;
  gate = Promise.resolve();
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

afterEach(() => stopProcess());

async function stopProcess(): Promise<void> {
  const stopping = world?.stop();
  world = null;
  await clock.advance(60_000);
  await stopping;
}

async function startProcess(work: (request: TaskRequest) => Promise<TaskOutcome>): Promise<World> {
  world = new World({ store, hints: createLocalQueue({ logger: silentLogger }), clock, tasks: { work } });
  await world.startWorker();
  await world.startScheduler();
  return world;
}

async function start(work: (request: TaskRequest) => Promise<TaskOutcome>, definition: object, items: number) {
  const process = await startProcess(work);
  const stateMachineArn = await process.createMachine(definition);
  return { context: process.context, arn: await startOver(process.context, stateMachineArn, numbers(items)) };
}

const total = (member: 'outcomes' | 'characters'): number => written.reduce((sum, one) => sum + one[member], 0);
const most = (member: 'outcomes' | 'characters'): number => Math.max(...written.map((one) => one[member]));

async function executionsOf(arn: string) {
  return loadProgress((await mapRunOf({ store }, arn)).progress).executions;
}

/** All of them end while a commit is under way. */
async function allEnd(): Promise<void> {
  await clock.advance(1_000);
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  await clock.advance(6_000);
  resolve();
  await clock.advance(5_000);
}

async function endAtOnce(): Promise<TaskOutcome> {
  await clock.sleep(5_000);
  return { type: 'succeeded', output: OUTPUT };
}

it('a commit holds so much of what Express children came to, however many end at once', async () => {
  const { arn } = await start(endAtOnce, distributed('EXPRESS', taskProcessor), CHILDREN);
  await allEnd();
  expect(await executionsOf(arn)).toMatchObject({ total: CHILDREN, succeeded: CHILDREN, running: 0 });
  expect(total('characters')).toBeGreaterThan(CHILDREN * OUTPUT.length);
  expect(most('characters')).toBeLessThan(2_300_000);
});

it('what had no room in the commits of an owner that died runs once more, and nothing else', async () => {
  let calls = 0;
  const work = async (): Promise<TaskOutcome> => {
    calls += 1;
    return endAtOnce();
  };
  const { arn } = await start(work, distributed('EXPRESS', taskProcessor), CHILDREN);
  mayCommit = () => written.length < 2;
  await allEnd();
  expect([written.length, calls]).toEqual([2, CHILDREN]);
  const known = total('outcomes');
  expect(known).toBeLessThan(CHILDREN);
  await stopProcess();
  mayCommit = () => true;
  await startProcess(work);
  await clock.advance(60_000);
  expect(calls).toBe(CHILDREN + CHILDREN - known);
  expect(total('outcomes')).toBe(CHILDREN);
  expect(await executionsOf(arn)).toMatchObject({ total: CHILDREN, succeeded: CHILDREN, running: 0 });
});

it('of Express children that are stopped, too, a commit holds so many', async () => {
  const children = 4_500;
  const { context, arn } = await start(endAtOnce, distributed('EXPRESS', waitProcessor(200)), children);
  await clock.advance(3_000);
  expect(await executionsOf(arn)).toMatchObject({ running: children });
  await stopExecution(context, { executionArn: arn });
  await clock.advance(10_000);
  expect(await executionsOf(arn)).toMatchObject({ total: children, aborted: children, running: 0 });
  expect((await mapRunOf({ store }, arn)).status).toBe('ABORTED');
  expect([total('outcomes'), most('outcomes')]).toEqual([children, 2_000]);
});
