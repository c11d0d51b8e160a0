import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { installPeers, Peer, PEERS } from '../lab/peer-process.ts';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row, WorkloadResult } from '../report/result.ts';
import type { Pace, Workload } from './workload.ts';

const ITEMS = 1_000;
const SIZES = [100, 1_000, 10_000] as const;
const TIMES = 3;

interface Lane {
  readonly name: string;
  readonly run: () => Promise<number>;
  readonly figures: number[];
}

/** P4: one fan-out, and what an item costs from a hundred to ten thousand of them. */
export const fanOut: Workload = {
  name: 'W2',
  async run(lab, pace) {
    installPeers();
    const system = await System.open(lab);
    const peers = await Promise.all(PEERS.map((name) => Peer.start(lab, name)));
    try {
      const lanes = [
        ...(await sizeLanes(system)),
        ...peers.map((peer): Lane => {
          const run = async () => percentile(await peer.fanOut(ITEMS, TIMES), 0.5);
          return { name: peer.name, run, figures: [] };
        }),
      ];
      await rounds(lab, lanes, pace);
      return summary(lanes);
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
      await system.close();
    }
  },
};

async function sizeLanes(system: System): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (const each of ['task', 'pass'] as const) {
    const arn = await system.createMachine(`Fan-${each}`, machines.fanOut(each));
    for (const size of SIZES) {
      const items = Array.from({ length: size }, (_, item) => item);
      const run = async (): Promise<number> => {
        const milliseconds: number[] = [];
        for (let count = 0; count < (size > ITEMS ? 1 : TIMES); count += 1) {
          milliseconds.push(await system.once(arn, { items }));
        }
        return percentile(milliseconds, 0.5);
      };
      lanes.push({ name: laneName(each, size), run, figures: [] });
    }
  }
  return lanes;
}

function laneName(each: string, size: number): string {
  return `everstep, ${size.toLocaleString('en')} items of one ${each}`;
}

async function rounds(lab: Lab, lanes: readonly Lane[], pace: Pace): Promise<void> {
  for (let round = -1; round < pace.rounds; round += 1) {
    for (const { run, figures } of round % 2 === 0 ? lanes : lanes.toReversed()) {
      await lab.admin.query('checkpoint');
      const figure = await run();
      if (round >= 0) figures.push(figure);
    }
  }
}

function summary(lanes: readonly Lane[]): WorkloadResult {
  const figures = (name: string): readonly number[] => lanes.find((lane) => lane.name === name)?.figures ?? [];
  const own = figures(laneName('task', ITEMS));
  const rows = lanes.map(
    ({ name, figures: values }): Row => ({
      what: name,
      unit: 'ms',
      figure: spreadOf(values),
      ...(name.startsWith('everstep') ? {} : { ratio: ratiosOf(own, values), ratioOf: 'W2 with tasks' }),
    }),
  );
  const perItem = (each: string, size: number): number[] => figures(laneName(each, size)).map((ms) => ms / size);
  const goals: GoalPart[] = [
    { id: 'P4', what: 'W2 / dbos', figure: ratiosOf(own, figures('dbos')).median, atMost: 0.1, unit: '×' },
    { id: 'P4', what: 'W2 / bullmq', figure: ratiosOf(own, figures('bullmq')).median, atMost: 0.5, unit: '×' },
  ];
  for (const each of ['task', 'pass'] as const) {
    const figure = ratiosOf(perItem(each, 10_000), perItem(each, 100)).median;
    goals.push({ id: 'P4', what: `an item (${each}) of 10,000 / of 100`, figure, atMost: 1.25, unit: '×' });
  }
  const notes = ['W2 performs a task for every item in the worker, committed before and after; "pass" stays inside.'];
  return { title: 'One fan-out', rows, goals, notes };
}
