import pg from 'pg';
import * as machines from '../lab/machines.ts';
import { percentile, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { Row } from '../report/result.ts';
import { seedParked } from './seed-parked.ts';
import type { Workload } from './workload.ts';

/** Time to seed them before they are due, in milliseconds each. */
const SEEDING_MS_EACH = 1;
const SETTLE_MS = 20_000;
const LOOK_MS = 250;
const PATIENCE_MS = 600_000;

/** Many executions that wait for the very same moment: each has to end, and none may be lost on the way. */
export const wakeUps: Workload = {
  name: 'wake-ups',
  async run(lab, { long }) {
    const count = long ? 100_000 : 10_000;
    const system = await System.open(lab);
    try {
      const due = Date.now() + count * SEEDING_MS_EACH + SETTLE_MS;
      const arn = await system.createMachine('Wait', machines.waitUntil);
      await system.start(arn, { due: new Date(due).toISOString() });
      const client = new pg.Client({ connectionString: system.databaseUrl });
      await client.connect();
      try {
        await untilParked(client);
        await seedParked(system.databaseUrl, count - 1, { keepWakeAt: true });
        if (Date.now() > due) throw new Error('seeding took longer than the time until they were due');
        return summary(count, await ends(client, count, due));
      } finally {
        await client.end();
      }
    } finally {
      await system.close();
    }
  },
};

async function untilParked(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query('select 1 from runs where owner is null and last_event_id > 0');
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** How late each ended, in milliseconds, by the stop date that its end was committed with. */
async function ends(client: pg.Client, count: number, due: number): Promise<number[]> {
  for (;;) {
    const { rows } = await client.query<{ open: number }>('select count(*)::int as open from runs');
    if (rows[0]?.open === 0) break;
    if (Date.now() > due + PATIENCE_MS) throw new Error(`${rows[0]?.open} of ${count} have not ended`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const { rows } = await client.query<{ late: string }>(
    `select stop_date - $1::bigint as late from executions where status = 'SUCCEEDED'`,
    [due],
  );
  if (rows.length !== count) throw new Error(`${rows.length} of ${count} have succeeded`);
  return rows.map(({ late }) => Number(late));
}

function summary(count: number, late: readonly number[]) {
  const all = count.toLocaleString('en');
  const rows = [0.01, 0.5, 0.99, 1].map(
    (part): Row => ({
      what: `${all} due in the same millisecond: ${part * 100} % have ended after`,
      unit: 'ms',
      figure: spreadOf([percentile(late, part)]),
    }),
  );
  const perSecond = Math.round(count / (Math.max(...late) / 1_000));
  const notes = [`All have ended, ${perSecond.toLocaleString('en')} a second, by one scheduler and one worker.`];
  return { title: 'Wake-ups in bulk', rows, goals: [], notes };
}
