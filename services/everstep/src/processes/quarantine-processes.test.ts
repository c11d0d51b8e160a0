import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  createEngineContext,
  createSchedulerRuntime,
  createStoreClock,
  createWorkerRuntime,
  DEFAULT_SETTINGS,
  type EngineContext,
  silentMetrics,
  startExecution,
} from '@everstep/engine';
import { KNOWN_FORMATS } from '@everstep/language';
import { createPostgresQueue } from '@everstep/queue-postgres';
import { createPostgresStore, migrate } from '@everstep/store-postgres';
import { RecordingLogger, startTestPostgres, World } from '@everstep/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QuarantineProcesses } from './quarantine-processes.ts';

const program = fileURLToPath(new URL('../testing/dangerous-worker.ts', import.meta.url));
const PATIENCE_MS = 120_000;

let connectionString = '';
let world: World;
let context: EngineContext;
const logger = new RecordingLogger();
const closing: Array<() => Promise<void>> = [];

beforeAll(async () => {
  const postgres = await startTestPostgres();
  closing.push(() => postgres.stop());
  connectionString = await postgres.createDatabase();
  await migrate(connectionString);
  const store = createPostgresStore({ connectionString });
  const clock = await createStoreClock(store);
  const hints = createPostgresQueue({ connectionString, logger });
  closing.push(
    () => store.close(),
    () => hints.close(),
    async () => clock.close(),
  );
  context = createEngineContext({ store, clock, hints, logger, metrics: silentMetrics, settings: DEFAULT_SETTINGS });
  world = new World({ store, clock, hints });
}, PATIENCE_MS);

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
}, PATIENCE_MS);

/** A worker in this process, which must survive, and a scheduler. */
async function serve(): Promise<void> {
  const quarantine = new QuarantineProcesses({
    spawn: (executionIds) =>
      fork(program, [executionIds.join(',')], {
        env: { ...process.env, DATABASE_URL: connectionString },
        execArgv: ['--conditions=everstep-source'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      }),
    logger,
    endMs: 1_000,
  });
  const fine = { perform: async () => ({ type: 'succeeded', output: 'among others' }) } as const;
  const registry = { find: () => fine, close: async () => undefined };
  const worker = createWorkerRuntime(context, { registry, quarantine });
  const scheduler = createSchedulerRuntime(context);
  await Promise.all([worker.start(), scheduler.start()]);
  closing.push(
    () => quarantine.close(),
    () => scheduler.stop(),
    () => worker.drain(1_000),
  );
}

/** A worker that begins what comes, and hands it over before it has ended. */
async function begin(executionArn: string): Promise<void> {
  const never = { perform: () => new Promise<never>(() => undefined) };
  const registry = { find: () => never, close: async () => undefined };
  const worker = createWorkerRuntime(context, { registry });
  await worker.start();
  context.hints.send([(await context.store.findExecutionByArn(executionArn))?.executionId ?? '']);
  const begun = async (): Promise<boolean> => (await world.history(executionArn)).length > 1;
  await expect.poll(begun, { timeout: PATIENCE_MS }).toBe(true);
  await worker.drain(0);
}

/** A task of that name that is under way, and whose execution has ended so many processes since. */
async function startAfterDeaths(name: string, deaths: number): Promise<string> {
  const task = { Type: 'Task', Resource: `arn:aws:lambda:us-east-1:123456789012:function:${name}`, End: true };
  const stateMachineArn = await world.createMachine({ StartAt: 'A', States: { A: task } });
  const { executionId, executionArn } = await startExecution(context, { stateMachineArn });
  await begin(executionArn);
  const { store } = context;
  for (let death = 0; death < deaths; death++) {
    const workerId = randomUUID();
    await store.registerWorker({ workerId, host: 'dead', leaseMs: 500 });
    const claimed = await store.claim({ workerId, executionIds: [executionId], formats: KNOWN_FORMATS });
    expect(claimed.map(({ crashes }) => crashes)).toEqual([death]);
    await expect.poll(() => store.releaseLapsed(10), { timeout: PATIENCE_MS }).toEqual([executionId]);
  }
  return executionArn;
}

async function untilEnded(executionArn: string): Promise<void> {
  await expect.poll(() => world.status(executionArn), { timeout: PATIENCE_MS, interval: 200 }).not.toBe('RUNNING');
}

test(
  'what ends its process runs alone: it ends well if it can there, and is failed with a clear cause if it cannot',
  async () => {
    const dangerous = await startAfterDeaths('abort', 6);
    const suspects: string[] = [];
    for (let count = 0; count < 3; count++) suspects.push(await startAfterDeaths('shy', 2));
    const unlucky = await startAfterDeaths('fine', 1);
    await serve();
    await Promise.all([dangerous, ...suspects, unlucky].map(untilEnded));
    expect(await world.output(unlucky)).toBe('among others');
    const pids = await Promise.all(suspects.map((executionArn) => world.output(executionArn)));
    // They are suspected alike, so that one process is enough for all of them.
    expect(new Set(pids).size).toBe(1);
    expect(pids[0]).toEqual(expect.any(Number));
    const execution = await context.store.findExecutionByArn(dangerous);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(execution?.cause).toContain('died 7 times in a row, although it was run alone in the end');
    for (const executionArn of [dangerous, ...suspects, unlucky]) await world.history(executionArn);
  },
  PATIENCE_MS * 2,
);
