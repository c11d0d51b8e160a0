import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import type { Usage } from '../lab/messages.ts';
import { installPeers, Peer, PEERS } from '../lab/peer-process.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row, WorkloadResult } from '../report/result.ts';
import { RawInserts } from './raw-inserts.ts';
import type { Pace, Workload } from './workload.ts';

/** Where each system is at its best; more brought nothing. */
const IN_FLIGHT = { everstep: 200, dbos: 50, openworkflow: 50, bullmq: 200, restate: 200 } as const;
const STEPS = 10;

interface Lane {
  readonly name: string;
  readonly unit: string;
  readonly run: (seconds: number) => Promise<number>;
  readonly rates: number[];
}

/** P1, P2: ten steps, many in flight; Everstep, its peers and the raw limit in turns. */
export const steps: Workload = {
  name: 'W1',
  async run(lab, pace) {
    installPeers();
    const system = await System.open(lab);
    const peers = await Promise.all(PEERS.map((name) => Peer.start(lab, name)));
    const raw = await RawInserts.open(lab);
    try {
      const lanes = await everstepLanes(system);
      for (const peer of peers) {
        const run = async (seconds: number) => (await peer.flow(IN_FLIGHT[peer.name], seconds)).perSecond * STEPS;
        lanes.push({ name: peer.name, unit: 'steps/s', run, rates: [] });
      }
      lanes.push({
        name: 'raw inserts, 1,000 rows a commit',
        unit: 'bytes/s',
        run: (seconds) => raw.run(seconds),
        rates: [],
      });
      await raw.sample(system.databaseUrl);
      await rounds(lab, lanes, pace);
      return summary(lanes);
    } finally {
      await Promise.all(peers.map((peer) => peer.stop()));
      await raw.close();
      await system.close();
    }
  },
};

async function everstepLanes(system: System): Promise<Lane[]> {
  const tasks = await system.createMachine('W1', machines.tasks(STEPS));
  const passes = await system.createMachine('W1p', machines.passes(STEPS));
  const bytes: Lane = { name: 'everstep W1p rows', unit: 'bytes/s', run: async () => Number.NaN, rates: [] };
  const flow = async (arn: string, seconds: number): Promise<number> =>
    (await system.flow(arn, { inFlight: IN_FLIGHT.everstep, seconds })).perSecond * STEPS;
  await flow(passes, 0.5);
  return [
    { name: 'everstep W1', unit: 'steps/s', run: (seconds) => flow(tasks, seconds), rates: [] },
    {
      name: 'everstep W1p',
      unit: 'steps/s',
      async run(seconds) {
        const before = await system.usage();
        const startedAt = performance.now();
        const rate = await flow(passes, seconds);
        bytes.rates.push(bytesSince(before, await system.usage()) / ((performance.now() - startedAt) / 1_000));
        return rate;
      },
      rates: [],
    },
    bytes,
  ];
}

function bytesSince(before: Usage, after: Usage): number {
  return after.rowBytes - before.rowBytes;
}

async function rounds(lab: Lab, lanes: readonly Lane[], { rounds: count, seconds }: Pace): Promise<void> {
  const active = lanes.filter(({ name }) => name !== 'everstep W1p rows');
  // The first round warms everything up and does not count.
  for (let round = -1; round < count; round += 1) {
    for (const lane of round % 2 === 0 ? active : active.toReversed()) {
      // No contender pays for what the one before has left to be written.
      await lab.admin.query('checkpoint');
      const rate = await lane.run(round < 0 ? seconds / 2 : seconds);
      if (round >= 0) lane.rates.push(rate);
    }
    if (round < 0) for (const lane of lanes) lane.rates.length = 0;
  }
}

function summary(lanes: readonly Lane[]): WorkloadResult {
  const rates = (name: string): readonly number[] => lanes.find((lane) => lane.name.startsWith(name))?.rates ?? [];
  const tasks = rates('everstep W1');
  const passes = rates('everstep W1p');
  const rows: Row[] = lanes.map(({ name, unit, rates: own }) => ({
    what: name,
    unit,
    figure: spreadOf(own),
    ...(unit === 'steps/s' && !name.startsWith('everstep') ? { ratio: ratiosOf(tasks, own), ratioOf: 'W1' } : {}),
  }));
  const part = (id: 'P1' | 'P2', own: readonly number[], peer: string, atLeast: number): GoalPart => ({
    id,
    what: `${id === 'P1' ? 'W1' : 'W1p'} / ${peer}`,
    figure: ratiosOf(own, rates(peer)).median,
    atLeast,
    unit: '×',
  });
  const share = ratiosOf(rates('everstep W1p rows'), rates('raw')).median;
  const goals: GoalPart[] = [
    part('P1', tasks, 'dbos', 20),
    part('P1', tasks, 'restate', 8),
    part('P1', tasks, 'bullmq', 4),
    part('P2', passes, 'dbos', 30),
    part('P2', passes, 'restate', 12),
    { id: 'P2', what: "W1p rows' bytes / raw inserts", figure: share, atLeast: 0.35, unit: '×' },
  ];
  const notes = [
    `In flight: ${Object.entries(IN_FLIGHT)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')}. W1: ten tasks, a commit before each; W1p: ten Pass states.`,
    'BullMQ keeps its jobs in Redis (AOF every second) only.',
  ];
  return { title: 'Ten sequential steps', rows, goals, notes };
}
