import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

/** P4: bytes of write-ahead log against the bytes of what was to be written, without full-page images. */
export const wal: Workload = {
  name: 'wal',
  async run(lab, { rounds, seconds }) {
    await lab.configure({ full_page_writes: 'off' });
    const system = await System.open(lab);
    const kinds = [
      { name: 'W1', arn: await system.createMachine('W1', machines.tasks(10)), figures: emptyFigures() },
      { name: 'W1p', arn: await system.createMachine('W1p', machines.passes(10)), figures: emptyFigures() },
    ];
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (const { arn, figures } of kinds) await measure(lab, system, arn, seconds, figures);
      }
    } finally {
      await system.close();
      await lab.configure({ full_page_writes: 'on' });
    }
    const rows: Row[] = kinds.flatMap(({ name, figures }) => [
      { what: `${name}: WAL per transition`, unit: 'bytes', figure: spreadOf(figures.perTransition) },
      { what: `${name}: WAL / rows' bytes`, unit: '×', figure: spreadOf(figures.rows) },
      { what: `${name}: WAL / events' bytes`, unit: '×', figure: spreadOf(figures.events) },
    ]);
    const goals = kinds.map(
      ({ name, figures }): GoalPart => ({
        id: 'P4',
        what: `WAL / rows' bytes, ${name}`,
        figure: spreadOf(figures.rows).median,
        atMost: 2.5,
        unit: '×',
      }),
    );
    const notes = [
      "full_page_writes off while this is measured. Rows' bytes: inputs, checkpoints, frames and events as handed to " +
        'the store; the WAL also holds what the scheduler, autovacuum and the indexes write.',
    ];
    return { title: 'Bytes of write-ahead log', rows, goals, notes };
  },
};

function emptyFigures(): { perTransition: number[]; rows: number[]; events: number[] } {
  return { perTransition: [], rows: [], events: [] };
}

async function measure(
  lab: Lab,
  system: System,
  arn: string,
  seconds: number,
  figures: ReturnType<typeof emptyFigures>,
): Promise<void> {
  await lab.admin.query('checkpoint');
  const before = { wal: await position(lab), usage: await system.usage() };
  const { completed } = await system.flow(arn, { inFlight: 200, seconds });
  const bytes = (await position(lab)) - before.wal;
  const usage = await system.usage();
  figures.perTransition.push(bytes / (completed * 10));
  figures.rows.push(bytes / (usage.rowBytes - before.usage.rowBytes));
  figures.events.push(bytes / (usage.historyBytes - before.usage.historyBytes));
}

async function position(lab: Lab): Promise<number> {
  const { rows } = await lab.admin.query<{ bytes: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
  );
  return Number(rows[0]?.bytes);
}
