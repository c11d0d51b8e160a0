import { freePort, redisAvailable, startTestPostgres, startTestRedis, describeWithRedis } from '@everstep/testkit';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXAMPLE, EverstepProcess } from './everstep-process.ts';
import { type OrderReport, runOrders, seededRandom } from './order-approval.ts';

const seed = Number(process.env['EVERSTEP_E2E_SEED'] ?? Date.now() % 1_000_000);
const EXPECTED = { SHIPPED: 174, REFUNDED: 16, CardDeclined: 5, InvalidOrder: 5 };

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'everstep-e2e-'));
  // Postgres runs as another user when this runs as root; it must be able to enter.
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function expectAllRight(report: OrderReport): void {
  expect(report.problems).toEqual([]);
  expect(report.total).toBe(200);
  expect(report.outcomes).toEqual(EXPECTED);
  expect(report.ledger.charged).toBe(195);
}

/**
 * Kills one process after the other at random moments and starts it again. A slow start holds up no kill but its own
 * process's next one, so that all of them fall into the run on a busy machine too.
 */
async function killEach(processes: readonly EverstepProcess[], over: AbortSignal): Promise<number> {
  const random = seededRandom(seed);
  const starts = new Map<EverstepProcess, Promise<void>>();
  let kills = 0;
  for (const victim of processes) {
    await starts.get(victim);
    await new Promise((resolve) => setTimeout(resolve, 600 + random() * 1_800));
    if (over.aborted) break;
    await victim.kill('SIGKILL');
    kills++;
    starts.set(victim, startAfter(victim, random() * 500));
  }
  await Promise.all(starts.values());
  return kills;
}

async function startAfter(victim: EverstepProcess, pauseMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await victim.start();
}

describe(`200 orders while processes are killed (EVERSTEP_E2E_SEED=${seed})`, () => {
  it('all-in-one: killed three times, every order ends as it must', async () => {
    const dataDir = await dataFolder();
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const server = new EverstepProcess({
      command: 'dev',
      args: ['--empty'],
      environment: {
        EVERSTEP_PORT: String(port),
        EVERSTEP_DATA_DIR: dataDir,
        EVERSTEP_FUNCTIONS_DIR: join(EXAMPLE, 'functions'),
      },
      readyUrl: `${endpoint}/readyz`,
    });
    cleanups.push(() => server.kill('SIGTERM'));
    await server.start();
    let kills = 0;
    const { report, output } = await runOrders({
      endpoint,
      dataDir,
      kills: 3,
      meanwhile: async (over) => {
        kills = await killEach([server, server, server], over);
      },
    });
    expect(kills, `all kills fell into the run:\n${output}`).toBe(3);
    expectAllRight(report);
  }, 240_000);

  describeWithRedis('distributed, hints through Redis', () => {
    it('each worker, the scheduler and the API killed, every order ends as it must', async () => {
      expect(await redisAvailable()).toBe(true);
      const redis = await startTestRedis();
      cleanups.push(() => redis.stop());
      await distributedRun({ REDIS_URL: redis.url });
    }, 240_000);
  });

  it('distributed on Postgres alone: each worker, the scheduler and the API killed, every order ends as it must', async () => {
    await distributedRun({});
  }, 240_000);
});

async function distributedRun(extra: Readonly<Record<string, string>>): Promise<void> {
  const dataDir = await dataFolder();
  const postgres = await startTestPostgres();
  cleanups.push(() => postgres.stop());
  const environment = {
    DATABASE_URL: await postgres.createDatabase(),
    EVERSTEP_DATA_DIR: dataDir,
    EVERSTEP_FUNCTIONS_DIR: join(EXAMPLE, 'functions'),
    ...extra,
  };
  const migration = new EverstepProcess({ command: 'migrate', environment, readyUrl: '' });
  expect(await migration.run(), migration.output).toBe(0);
  const apiPort = await freePort();
  const endpoint = `http://127.0.0.1:${apiPort}`;
  const api = new EverstepProcess({
    command: 'api',
    environment: { ...environment, EVERSTEP_PORT: String(apiPort) },
    readyUrl: `${endpoint}/readyz`,
  });
  const others = await Promise.all(
    ['worker', 'worker', 'scheduler'].map(async (command) => {
      const port = String(await freePort());
      const readyUrl = `http://127.0.0.1:${port}/readyz`;
      return new EverstepProcess({ command, environment: { ...environment, EVERSTEP_HEALTH_PORT: port }, readyUrl });
    }),
  );
  const processes = [...others, api];
  for (const process of processes) cleanups.push(() => process.kill('SIGTERM'));
  await Promise.all(processes.map((process) => process.start()));
  let kills = 0;
  const { report, output } = await runOrders({
    endpoint,
    dataDir,
    kills: processes.length,
    meanwhile: async (over) => {
      kills = await killEach(processes, over);
    },
  });
  expect(kills, `all kills fell into the run:\n${output}`).toBe(processes.length);
  expectAllRight(report);
}
