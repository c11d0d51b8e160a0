import type pg from 'pg';
import { createPostgresStore } from '../postgres-store.ts';
import { callEveryVerb } from './every-verb.ts';
import { findScans, isLarge, planAsSessions, since, tableFigures, type TableFigures } from './plans.ts';
import { commitOf, Scene } from './scene.ts';
import { seedExecutions } from './seed.ts';

export interface PlanCheck {
  readonly connectionString: string;
  readonly admin: pg.ClientBase;
  /** How many parked executions the database shall hold. */
  readonly executions: number;
  readonly onProgress?: (done: number) => void;
}

export interface PlanReport {
  /** What is not as it shall be, for people. */
  readonly problems: readonly string[];
  /** Rows that index scans looked at, by table, while every verb led 200 executions through. */
  readonly read: ReadonlyMap<string, number>;
  /** Which part of the updates was HOT, by table: checkpoints of kept runs, and renewed leases. */
  readonly hot: ReadonlyMap<string, number>;
}

const LED = 200;
/** Rows of one table that a call may look at for one execution: about 8 with what dead versions of its rows cost at times. */
const READ_PER_CALL = 20;
const KEPT = 200;
const COMMITS = 20;

/**
 * Fills the database and asks what the hot statements do there: how they are planned, and what they really read. Seeded
 * once, it is not empty afterwards.
 */
export async function checkPlans({ connectionString, admin, executions, onProgress }: PlanCheck): Promise<PlanReport> {
  await seedExecutions(admin, executions, onProgress);
  const problems: string[] = [];
  let calls = 0;
  const reading = await during(admin, async () => {
    const store = createPostgresStore({ connectionString });
    try {
      calls = await callEveryVerb(store, LED);
    } finally {
      await store.close();
    }
  });
  const read = new Map<string, number>();
  for (const [table, figures] of reading) {
    if (!isLarge(table)) continue;
    read.set(table, figures.read);
    if (figures.scans > 0) problems.push(`${table} was scanned ${figures.scans} times`);
    if (figures.read > calls * READ_PER_CALL) problems.push(`${figures.read} rows of ${table} were read`);
  }
  await planAsSessions(admin);
  problems.push(...(await findScans(admin)));
  await admin.query('reset all');
  const hot = new Map<string, number>();
  for (const [table, { updates, hotUpdates }] of await during(admin, () => keepRuns(connectionString))) {
    if (updates > 0) hot.set(table, hotUpdates / updates);
  }
  return { problems, read, hot };
}

/** Checkpoints of runs that stay owned, and renewals of the lease: what is written most often. */
async function keepRuns(connectionString: string): Promise<void> {
  const store = createPostgresStore({ connectionString });
  try {
    const scene = await Scene.open(store);
    const runs = await scene.owned(KEPT, [], JSON.stringify({ text: 'x'.repeat(110) }));
    const held = runs.map(({ execution }) => execution.executionId);
    for (let count = 0; count < COMMITS; count++) {
      const checkpoint = JSON.stringify({ count, text: 'x'.repeat(600) });
      await store.commit(
        scene.workerId,
        runs.map((run) => commitOf(run, { checkpoint })),
      );
      await store.renewLease({ workerId: scene.workerId, leaseMs: 600_000, held });
    }
  } finally {
    await store.close();
  }
}

async function during(admin: pg.ClientBase, work: () => Promise<void>): Promise<Map<string, TableFigures>> {
  // A session tells its figures when it ends, which is a moment after it was closed: of whoever was here before, too.
  await untilAlone(admin);
  const before = await tableFigures(admin);
  await work();
  await untilAlone(admin);
  return since(before, await tableFigures(admin));
}

async function untilAlone(admin: pg.ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await admin.query<{ others: number }>(
      `select count(*)::int as others from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    if (rows[0]?.others === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
