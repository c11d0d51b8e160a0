import * as machines from '../lab/machines.ts';
import { installPeers, Peer, PEERS } from '../lab/peer-process.ts';
import { percentile, ratiosOf, type Spread, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const TIMES = 40;

interface Lane {
  readonly name: string;
  readonly run: (times: number) => Promise<number[]>;
  /** The median of each round, in milliseconds. */
  readonly medians: number[];
}

/** P3: one workflow alone, from the request until its end is committed. */
export const alone: Workload = {
  name: 'alone',
  async run(lab, { rounds }) {
    installPeers();
    const system = await System.open(lab);
    const peers = await Promise.all(PEERS.map((name) => Peer.start(lab, name)));
    try {
      const lanes = [
        lane('everstep W1', runner(system, await system.createMachine('W1', machines.tasks(10)))),
        lane('everstep, one Pass', runner(system, await system.createMachine('One', machines.passes(1)))),
        ...peers.map((peer) => lane(peer.name, (times) => peer.alone(times))),
      ];
      for (const { run } of lanes) await run(TIMES);
      for (let round = 0; round < rounds; round += 1) {
        for (const { run, medians } of round % 2 === 0 ? lanes : lanes.toReversed()) {
          medians.push(percentile(await run(TIMES), 0.5));
        }
      }
      return summary(lanes);
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
      await system.close();
    }
  },
};

function lane(name: string, run: Lane['run']): Lane {
  return { name, run, medians: [] };
}

function runner(system: System, arn: string): Lane['run'] {
  return async (times) => {
    const milliseconds: number[] = [];
    for (let count = 0; count < times; count += 1) milliseconds.push(await system.once(arn));
    return milliseconds;
  };
}

function summary(lanes: readonly Lane[]) {
  const medians = (name: string): readonly number[] => lanes.find((one) => one.name === name)?.medians ?? [];
  const own = medians('everstep W1');
  const rows = lanes.map(({ name, medians: figures }): Row => {
    const ratio: Spread = ratiosOf(own, figures);
    const isPeer = !name.startsWith('everstep');
    return { what: name, unit: 'ms p50', figure: spreadOf(figures), ...(isPeer ? { ratio, ratioOf: 'W1' } : {}) };
  });
  const against = (peer: string): GoalPart => ({
    id: 'P3',
    what: `W1 alone / ${peer}`,
    figure: ratiosOf(own, medians(peer)).median,
    atMost: 0.35,
    unit: '×',
  });
  const start = spreadOf(medians('everstep, one Pass')).median;
  const goals: GoalPart[] = [
    against('dbos'),
    against('restate'),
    { id: 'P3', what: 'StartExecution sent → end committed, one Pass', figure: start, atMost: 10, unit: ' ms' },
  ];
  const notes = [
    'Everstep and Restate through HTTP; the others are called inside their own process.',
    "openworkflow ends with its function's last line, before the commit of its end.",
  ];
  return { title: 'One workflow alone', rows, goals, notes };
}
