import { performance } from 'node:perf_hooks';
import type { Lab } from '../lab/lab.ts';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import * as machines from '../lab/machines.ts';
import type { GoalPart, Row } from '../report/result.ts';
import { HotStatements, HOT, type Hot } from './hot-statements.ts';
import { seedParked } from './seed-parked.ts';
import type { Workload } from './workload.ts';

const TIMES = 60;
/** What takes a tenth of a millisecond is looked at more often. */
const QUICK: ReadonlySet<Hot> = new Set(['takeDue', 'nextWakeAt', 'renewLease']);

interface Lane {
  readonly hot: Hot;
  readonly empty: number[];
  readonly full: number[];
}

/** P10: every verb of the hot path on a database without, and one with many parked executions, in turns. */
export const parked: Workload = {
  name: 'parked',
  async run(lab, { rounds, long }) {
    const count = long ? 1_000_000 : 100_000;
    const seededUrl = await databaseWithOneParked(lab);
    const startedAt = performance.now();
    await seedParked(seededUrl, count);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const empty = await HotStatements.open(await lab.createDatabase());
    const full = await HotStatements.open(seededUrl);
    const lanes: Lane[] = HOT.map((hot) => ({ hot, empty: [], full: [] }));
    try {
      for (let round = -1; round < rounds; round += 1) {
        for (const lane of lanes) {
          const figures = await compare(empty, full, lane.hot);
          if (round < 0) continue;
          lane.empty.push(figures.empty);
          lane.full.push(figures.full);
        }
      }
    } finally {
      await empty.close();
      await full.close();
    }
    return summary(lanes, count, seconds);
  },
};

/** A real execution waiting for a callback, to be multiplied. */
async function databaseWithOneParked(lab: Lab): Promise<string> {
  const system = await System.open(lab, { scheduler: false });
  try {
    const arn = await system.createMachine('Ask', machines.ask);
    const name = await system.start(arn);
    await system.whenToken(name);
  } finally {
    await system.close();
  }
  return system.databaseUrl;
}

/** Medians of both, call by call in turns, in milliseconds. */
async function compare(empty: HotStatements, full: HotStatements, hot: Hot): Promise<{ empty: number; full: number }> {
  const times: { empty: number[]; full: number[] } = { empty: [], full: [] };
  for (let count = 0; count < (QUICK.has(hot) ? TIMES * 4 : TIMES); count += 1) {
    const turns = [['empty', empty] as const, ['full', full] as const];
    for (const [side, statements] of count % 2 === 0 ? turns : turns.toReversed()) {
      times[side].push(await statements.time(hot));
    }
  }
  return { empty: percentile(times.empty, 0.5), full: percentile(times.full, 0.5) };
}

function summary(lanes: readonly Lane[], count: number, seconds: number) {
  const rows = lanes.flatMap(({ hot, empty, full }): Row[] => [
    { what: `${hot}, nothing parked`, unit: 'ms p50', figure: spreadOf(empty) },
    {
      what: `${hot}, ${count.toLocaleString('en')} parked`,
      unit: 'ms p50',
      figure: spreadOf(full),
      ratio: ratiosOf(full, empty),
      ratioOf: 'parked / nothing parked',
    },
  ]);
  const goals = lanes.map(
    ({ hot, empty, full }): GoalPart => ({
      id: 'P10',
      what: `${hot} with ${count.toLocaleString('en')} parked / without`,
      figure: ratiosOf(full, empty).median,
      atMost: 1.1,
      unit: '×',
    }),
  );
  const notes = [`Batches of 20 where a verb takes a batch. Seeding took ${seconds} s.`];
  return { title: 'Many parked executions', rows, goals, notes };
}
