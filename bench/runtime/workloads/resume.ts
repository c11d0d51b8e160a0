import * as machines from '../lab/machines.ts';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import { patiently, System } from '../lab/system.ts';
import type { Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const LENGTHS = [10, 1_000, 100_000, 1_000_000] as const;
const EVENTS_A_LOOP = 4;
const TIMES = 20;

interface Lane {
  readonly length: number;
  readonly name: string;
  token: string;
  readonly medians: number[];
}

/**
 * P9: how long a parked execution takes from a callback to its next task, against the length of its history. It has
 * left memory, as after a crash: a worker claims and loads it.
 */
export const resume: Workload = {
  name: 'resume',
  async run(lab, { rounds }) {
    const system = await System.open(lab);
    try {
      const arn = await system.createMachine('Long', machines.longHistory, { startAt: 'Loop' });
      const lanes: Lane[] = [];
      for (const length of LENGTHS) {
        const name = system.newName();
        await system.start(arn, { n: 0, limit: Math.ceil(length / EVENTS_A_LOOP) }, name);
        const { token } = await patiently(system.whenToken(name), `a history of ${length} events`);
        lanes.push({ length, name, token, medians: [] });
      }
      for (const lane of lanes) await measure(system, lane);
      for (let round = 0; round < rounds; round += 1) {
        for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) lane.medians.push(await measure(system, lane));
      }
      return summary(lanes);
    } finally {
      await system.close();
    }
  },
};

async function measure(system: System, lane: Lane): Promise<number> {
  const milliseconds: number[] = [];
  for (let count = 0; count < TIMES; count += 1) {
    const seen = system.whenToken(lane.name);
    const startedAt = performance.now();
    await system.call('SendTaskSuccess', { taskToken: lane.token, output: '{}' });
    lane.token = (await patiently(seen, `the next task of ${lane.name}`)).token;
    milliseconds.push(performance.now() - startedAt);
  }
  return percentile(milliseconds, 0.5);
}

function summary(lanes: readonly Lane[]) {
  const shortest = lanes[0]?.medians ?? [];
  const rows = lanes.map(
    ({ length, medians }): Row => ({
      what: `resume after ${length.toLocaleString('en')} events`,
      unit: 'ms p50',
      figure: spreadOf(medians),
      ratio: ratiosOf(medians, shortest),
      ratioOf: 'this / 10 events',
    }),
  );
  const figure = ratiosOf(lanes.at(-1)?.medians ?? [], shortest).median;
  return {
    title: 'Resuming',
    rows,
    goals: [{ id: 'P9' as const, what: 'resume after 1,000,000 events / after 10', figure, atMost: 1.25, unit: '×' }],
    notes: ['From SendTaskSuccess sent to the next task performed in the worker, through HTTP, claim and two commits.'],
  };
}
