import pg from 'pg';
import type { EverstepProcess } from '../everstep-process.ts';
import type { Cluster } from './cluster.ts';

export type Kind =
  | 'kill'
  | 'freeze'
  | 'redis-flush'
  | 'redis-away'
  | 'postgres-restart'
  | 'postgres-cut'
  | 'postgres-read-only';

/** One disturbance of the plan. */
export interface Disturbance {
  readonly kind: Kind;
  /** A process by its name; empty for the servers. */
  readonly target: string;
  /** Counted from the end of the one before. */
  readonly pauseMs: number;
  /** How long it lasts before things are put right again. */
  readonly lastsMs: number;
}

/** When it was, on this machine's clock. */
export interface Happened extends Disturbance {
  readonly from: number;
  readonly to: number;
}

const PROCESSES = ['api-1', 'api-2', 'worker-1', 'worker-2', 'worker-3', 'scheduler-1', 'scheduler-2'];

/** Every process killed once, one of each command frozen, every server disturbed in every way, in random order. */
function round(random: () => number, leaseMs: number): Disturbance[] {
  const integer = (below: number): number => Math.floor(random() * below);
  const between = (from: number, to: number): number => from + integer(to - from);
  const frozen = [`api-${1 + integer(2)}`, `worker-${1 + integer(3)}`, `scheduler-${1 + integer(2)}`];
  const plan: Array<[Kind, string, number]> = [
    ...PROCESSES.map((name): [Kind, string, number] => ['kill', name, between(0, 500)]),
    ...frozen.map((name): [Kind, string, number] => ['freeze', name, between(leaseMs + 500, leaseMs + 1_500)]),
    ['redis-flush', '', 0],
    ['redis-away', '', between(500, 2_000)],
    ['postgres-restart', '', between(0, 1_000)],
    ['postgres-cut', '', 0],
    ['postgres-read-only', '', between(500, 2_500)],
  ];
  for (let last = plan.length - 1; last > 0; last--) {
    const other = integer(last + 1);
    const [one, two] = [plan[last], plan[other]];
    if (one !== undefined && two !== undefined) [plan[last], plan[other]] = [two, one];
  }
  return plan.map(([kind, target, lastsMs]) => ({ kind, target, pauseMs: between(200, 900), lastsMs }));
}

/** The whole plan, the same for the same random source. */
export function planDisturbances(rounds: number, random: () => number, leaseMs: number): Disturbance[] {
  return Array.from({ length: rounds }, () => round(random, leaseMs)).flat();
}

export function describeDisturbance({ kind, target, pauseMs, lastsMs }: Disturbance): string {
  return `after ${pauseMs} ms ${kind}${target === '' ? '' : ` ${target}`}${lastsMs === 0 ? '' : ` for ${lastsMs} ms`}`;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What a disturbance takes at most before the share of the plan that it stands for counts as done. */
const SHARE_MS = 4_000;
const STARTS = 10;

/** Carries out a plan, one disturbance after the other; a killed process starts while the next one begins. */
export class Disturber {
  readonly #cluster: Cluster;
  readonly #plan: readonly Disturbance[];
  readonly #log: (line: string) => void;
  readonly #happened: Happened[] = [];
  readonly #starting = new Map<EverstepProcess, Promise<void>>();
  #begun = Number.POSITIVE_INFINITY;

  constructor(cluster: Cluster, plan: readonly Disturbance[], log: (line: string) => void) {
    this.#cluster = cluster;
    this.#plan = plan;
    this.#log = log;
  }

  /** From 0 to 1. */
  get progress(): number {
    const share = Math.min(1, Math.max(0, Date.now() - this.#begun) / SHARE_MS);
    return (this.#happened.length + share) / this.#plan.length;
  }

  /** Resolves when everything is as it was before. */
  async run(): Promise<readonly Happened[]> {
    for (const disturbance of this.#plan) {
      this.#begun = Date.now();
      await pause(disturbance.pauseMs);
      const from = Date.now();
      await this.#perform(disturbance);
      this.#happened.push({ ...disturbance, from, to: Date.now() });
      this.#log(describeDisturbance(disturbance));
    }
    await Promise.all(this.#starting.values());
    return this.#happened;
  }

  async #perform({ kind, target, lastsMs }: Disturbance): Promise<void> {
    const { redis, postgres, databaseUrl } = this.#cluster;
    switch (kind) {
      case 'kill': {
        const victim = await this.#ready(target);
        await victim.kill('SIGKILL');
        await pause(lastsMs);
        const killed = Date.now();
        const ready = (): void => this.#log(`${victim.name} is ready ${Date.now() - killed} ms after its start`);
        this.#starting.set(victim, startAgain(victim).then(ready));
        return;
      }
      case 'freeze': {
        const victim = await this.#ready(target);
        victim.freeze();
        await pause(lastsMs);
        victim.thaw();
        return;
      }
      case 'redis-flush':
        return redis?.flush();
      case 'redis-away':
        await redis?.kill();
        await pause(lastsMs);
        return redis?.start();
      case 'postgres-restart':
        await postgres.kill();
        await pause(lastsMs);
        return postgres.start();
      case 'postgres-cut':
        return cutConnections(databaseUrl);
      case 'postgres-read-only':
        await setReadOnly(databaseUrl, true);
        await cutConnections(databaseUrl);
        await pause(lastsMs);
        return setReadOnly(databaseUrl, false);
    }
  }

  async #ready(name: string): Promise<EverstepProcess> {
    const found = processOf(this.#cluster, name);
    await this.#starting.get(found);
    return found;
  }
}

/** As a supervisor does it: a process that finds its database away ends, and is started once more. */
async function startAgain(process: EverstepProcess): Promise<void> {
  for (let start = 1; ; start++) {
    try {
      return await process.start();
    } catch (error) {
      if (start === STARTS) throw error;
      await pause(500);
    }
  }
}

function processOf(cluster: Cluster, name: string): EverstepProcess {
  const found = [...cluster.apis, ...cluster.workers, ...cluster.schedulers].find((process) => process.name === name);
  if (found === undefined) throw new Error(`there is no process ${name}`);
  return found;
}

/** One connection as the superuser, for as long as the body runs. */
export async function withAdmin<Result>(
  databaseUrl: string,
  body: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'chaos' });
  await client.connect();
  try {
    return await body(client);
  } finally {
    await client.end();
  }
}

/** Ends every session of the database but the tests' own, as a fail-over or a proxy's restart does. */
export async function cutConnections(databaseUrl: string): Promise<void> {
  await withAdmin(databaseUrl, (client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name <> 'chaos'`,
    ),
  );
}

/** Every new session is told that the server is read-only, as a standby tells it. */
export async function setReadOnly(databaseUrl: string, on: boolean): Promise<void> {
  await withAdmin(databaseUrl, async (client) => {
    const name = pg.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
    await client.query('set default_transaction_read_only = off');
    const setting = on ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only';
    await client.query(`alter database ${name} ${setting}`);
  });
}
