import { resolve } from 'node:path';
import { createPostgresStore, pendingMigrations, type PostgresStore } from '@everstep/store-postgres';
import { askDatabase } from '../adapters.ts';
import type { Config } from '../config.ts';
import { findServedDatabase } from '../embedded-postgres/start-embedded-postgres.ts';
import { presentMasterKeys } from '../security/master-key-source.ts';
import { StartError } from '../start-error.ts';
import { counted } from '../terminal/styles.ts';
import { connectionFindings } from './check-connections.ts';
import { type CheckFinding, clockFinding } from './finding.ts';

/** Whether the database answers and can be written to, has this version's tables, and is worked on. */
export async function checkDatabase(config: Config): Promise<CheckFinding[]> {
  const databaseUrl = config.databaseUrl ?? (await findServedDatabase(resolve(config.dataDirectory)));
  if (databaseUrl === null) {
    const text = `DATABASE_URL is not set, and no server has the database in ${config.dataDirectory} open`;
    return [{ check: 'Postgres', status: 'note', text, remedy: 'Run this with the environment of the server.' }];
  }
  try {
    const pending = await askDatabase(() => pendingMigrations(databaseUrl));
    if (pending.length > 0) {
      const text = `${counted(pending.length, 'migration')} to run: ${pending.join(', ')}`;
      const remedy = 'everstep migrate --dry-run says what it would lock; everstep migrate runs them.';
      return [{ check: 'migrations', status: 'bad', text, remedy }];
    }
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const remedy = 'Is Postgres running, and are its host, port, user and password those of DATABASE_URL?';
    return [{ check: 'Postgres', status: 'bad', text: error.message, remedy }];
  }
  const store = createPostgresStore({ connectionString: databaseUrl, poolSize: 1, applicationName: 'everstep doctor' });
  try {
    return await checkStore(store, config);
  } finally {
    await store.close();
  }
}

async function checkStore(store: PostgresStore, config: Config): Promise<CheckFinding[]> {
  const health = await store.probe();
  if (health.status !== 'ok') {
    const reason = 'reason' in health ? `: ${health.reason}` : '';
    const remedy = 'Look at the log of Postgres: a standby, a full disk and too few connections look like this.';
    return [{ check: 'Postgres', status: 'bad', text: `${health.status}${reason}`, remedy }];
  }
  const sentAt = Date.now();
  const now = await store.now();
  const skewMs = now - (sentAt + Date.now()) / 2;
  return [
    { check: 'Postgres', status: 'ok', text: 'it answers and can be written to' },
    { check: 'migrations', status: 'ok', text: 'all are there' },
    clockFinding('clock of Postgres', skewMs),
    ...workerFindings(await store.listWorkers(), now),
    dueFinding(await store.nextWakeAt(), now, config.maxGraceMs),
    ...(await connectionFindings(store, presentMasterKeys(config))),
  ];
}

type Workers = Awaited<ReturnType<PostgresStore['listWorkers']>>;

function workerFindings(workers: Workers, now: number): CheckFinding[] {
  const check = 'leases';
  const alive = workers.filter(({ dead, leaseUntil }) => !dead && leaseUntil > now);
  const lapsed = workers.filter(({ dead, leaseUntil }) => !dead && leaseUntil <= now);
  const findings: CheckFinding[] = [];
  if (alive.length === 0) {
    const remedy = 'Start one: everstep worker with the DATABASE_URL of the API, or everstep dev.';
    findings.push({ check, status: 'bad', text: 'no worker holds a lease: nothing is executed', remedy });
  } else {
    const runs = alive.reduce((sum, worker) => sum + worker.runs, 0);
    const text = `${counted(alive.length, 'worker')} alive, with ${counted(runs, 'execution')} in hand`;
    findings.push({ check, status: 'ok', text });
  }
  if (lapsed.length > 0) {
    const text = `${counted(lapsed.length, 'worker')} silent, and nobody has taken over: ${lapsed.map(({ host }) => host).join(', ')}`;
    const remedy = 'Does a scheduler run? It gives the executions of silent workers to others: everstep scheduler.';
    findings.push({ check, status: 'bad', text, remedy });
  }
  return findings;
}

function dueFinding(wakeAt: number | null, now: number, maxGraceMs: number): CheckFinding {
  const check = 'scheduler';
  const lateMs = wakeAt === null ? 0 : now - wakeAt;
  if (lateMs <= maxGraceMs) return { check, status: 'ok', text: 'nothing is overdue' };
  const text = `an execution has waited for ${Math.round(lateMs / 1000)} s to be looked at`;
  return { check, status: 'bad', text, remedy: 'Start one: everstep scheduler with the DATABASE_URL of the API.' };
}
