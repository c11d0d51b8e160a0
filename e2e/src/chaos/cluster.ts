import { freePort, startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from '@everstep/testkit';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EverstepProcess } from '../everstep-process.ts';

export interface ClusterOptions {
  readonly api: number;
  readonly workers: number;
  readonly schedulers: number;
  /** Without it, Postgres carries the hints. */
  readonly redis: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes another role's connection string of the database's own, before anything starts. */
  readonly prepare?: (databaseUrl: string) => Promise<string>;
}

/** A line that a process wrote, with its time by that process's clock. */
export interface Trouble {
  readonly process: string;
  readonly at: number;
  readonly line: string;
}

export interface Cluster {
  readonly apis: readonly EverstepProcess[];
  readonly workers: readonly EverstepProcess[];
  readonly schedulers: readonly EverstepProcess[];
  readonly endpoints: readonly string[];
  readonly postgres: TestPostgres;
  readonly redis: TestRedis | null;
  /** Of the superuser. */
  readonly databaseUrl: string;
  /** What the processes wrote at the levels warn and error. */
  readonly troubles: readonly Trouble[];
  /** Where functions write what they did. */
  readonly records: string;
  stop(): Promise<void>;
}

const FUNCTIONS = join(dirname(fileURLToPath(import.meta.url)), 'functions');

/** Postgres and Redis of its own, and every service as a real process of the built command. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const cleanups: Array<() => Promise<unknown>> = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  };
  try {
    const records = await mkdtemp(join(tmpdir(), 'everstep-chaos-'));
    cleanups.push(() => rm(records, { recursive: true, force: true }));
    const postgres = await startTestPostgres({ own: true });
    cleanups.push(() => postgres.stop());
    const redis = options.redis ? await startTestRedis({ own: true }) : null;
    if (redis !== null) cleanups.push(() => redis.stop());
    const databaseUrl = await postgres.createDatabase();
    const environment = {
      EVERSTEP_DATA_DIR: records,
      EVERSTEP_FUNCTIONS_DIR: FUNCTIONS,
      EVERSTEP_DRAIN_SECONDS: '5',
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
      ...options.environment,
      DATABASE_URL: (await options.prepare?.(databaseUrl)) ?? databaseUrl,
    };
    const migration = new EverstepProcess({ command: 'migrate', environment, readyUrl: '' });
    if ((await migration.run()) !== 0) throw new Error(`everstep migrate failed:\n${migration.output}`);
    const troubles: Trouble[] = [];
    const make = (command: string, count: number): Promise<EverstepProcess[]> => {
      const indexes = Array.from({ length: count }, (_, index) => index);
      return Promise.all(indexes.map((index) => makeProcess(command, index, environment, troubles)));
    };
    const apis = await make('api', options.api);
    const workers = await make('worker', options.workers);
    const schedulers = await make('scheduler', options.schedulers);
    const all = [...apis, ...workers, ...schedulers];
    cleanups.push(() => Promise.all(all.map((process) => process.kill('SIGKILL'))));
    await Promise.all(all.map((process) => process.start()));
    const endpoints = apis.map(({ readyUrl }) => new URL(readyUrl).origin);
    return { apis, workers, schedulers, endpoints, postgres, redis, databaseUrl, records, troubles, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeProcess(
  command: string,
  index: number,
  environment: Readonly<Record<string, string>>,
  troubles: Trouble[],
): Promise<EverstepProcess> {
  const port = String(await freePort());
  const portSetting = command === 'api' ? 'EVERSTEP_PORT' : 'EVERSTEP_HEALTH_PORT';
  const name = `${command}-${index + 1}`;
  return new EverstepProcess({
    command,
    name,
    onLine(line) {
      if (!/"level":"(warn|error)"/.test(line)) return;
      const { time }: { time: string } = JSON.parse(line);
      troubles.push({ process: name, at: Date.parse(time), line });
    },
    environment: { ...environment, [portSetting]: port },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
  });
}
