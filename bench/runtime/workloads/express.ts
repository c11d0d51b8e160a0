import { MasterKeys } from '@everstep/engine';
import type { HttpRequest } from '../lab/http-client.ts';
import * as machines from '../lab/machines.ts';
import { installPeers, Peer } from '../lab/peer-process.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const CONCURRENCY = 64;
/** An ARN that is none. */
const NO_OP = { executionArn: 'none', includedData: 'ALL_DATA' };

interface Lane {
  readonly name: string;
  /** Requests a second. */
  readonly run: (seconds: number) => Promise<number>;
  readonly rates: number[];
  /** Processor time of the API process for a request, in µs; none where it is somebody else's. */
  readonly costs: number[];
}

/** P7 (W3): a request that is answered with the end of an execution, against a request that does nothing. */
export const express: Workload = {
  name: 'express',
  async run(lab, { rounds, seconds }) {
    installPeers();
    const masterKey = MasterKeys.generate();
    const system = await System.open(lab, { masterKey, workers: 0, scheduler: false });
    const restate = await Peer.start(lab, 'restate');
    try {
      const lanes: Lane[] = [
        ...(await ownLanes(system)),
        { name: 'restate', run: (time) => restate.requests(CONCURRENCY, time), rates: [], costs: [] },
      ];
      for (let round = -1; round < rounds; round += 1) {
        for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
          const before = await system.usage();
          const startedAt = performance.now();
          const rate = await lane.run(round < 0 ? seconds / 2 : seconds);
          const requests = (rate * (performance.now() - startedAt)) / 1_000;
          const { cpuMicros } = await system.usage();
          if (round < 0) continue;
          lane.rates.push(rate);
          if (lane.name !== 'restate') lane.costs.push((cpuMicros - before.cpuMicros) / requests);
        }
      }
      return summary(lanes);
    } finally {
      await restate.stop();
      await system.close();
    }
  },
};

async function ownLanes(system: System): Promise<Lane[]> {
  const lane = (name: string, status: number, request: HttpRequest): Lane => ({
    name,
    run: (seconds) => load(system, { request, status, seconds }),
    ...{ rates: [], costs: [] },
  });
  const stateMachineArn = await system.createMachine('Quick', machines.passes(5), { type: 'EXPRESS' });
  const sync = await system.request('StartSyncExecution', { stateMachineArn, input: '{"a":1}' });
  return [
    // Verified, decoded, validated and refused without a look at the store.
    lane('no-op request', 400, await system.request('DescribeExecution', NO_OP)),
    lane('StartSyncExecution, 5 Pass', 200, sync),
  ];
}

async function load(
  system: System,
  { request, status, seconds }: { request: HttpRequest; status: number; seconds: number },
): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let answered = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      const answer = await system.client.send(request);
      if (answer.status !== status) throw new Error(`answered ${answer.status}: ${answer.text}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  return answered / ((performance.now() - startedAt) / 1_000);
}

function summary(lanes: readonly Lane[]) {
  const rates = (name: string): readonly number[] => lanes.find((lane) => lane.name === name)?.rates ?? [];
  const own = rates('StartSyncExecution, 5 Pass');
  const rows = lanes.map(
    (lane): Row => ({
      what: lane.name,
      unit: 'requests/s',
      figure: spreadOf(lane.rates),
      ratio: ratiosOf(own, lane.rates),
      ratioOf: 'StartSyncExecution / this',
    }),
  );
  const cost = (name: string): readonly number[] => lanes.find((lane) => lane.name === name)?.costs ?? [];
  const costs = lanes.filter((lane) => lane.costs.length > 0);
  const cpu = costs.map(
    (lane): Row => ({
      what: `${lane.name}: the API's processor`,
      unit: 'µs a request',
      figure: spreadOf(lane.costs),
      ratio: ratiosOf(lane.costs, cost('no-op request')),
      ratioOf: 'this / no-op',
    }),
  );
  const against = (name: string, atLeast: number): GoalPart => ({
    id: 'P7',
    what: `StartSyncExecution / ${name}`,
    figure: ratiosOf(own, rates(name)).median,
    atLeast,
    unit: '×',
  });
  const notes = [
    'One API process; 64 connections, one request at a time on each. Both kinds of request are signed (SigV4), and ' +
      'verified by the server; the machine is read anew from Postgres for every execution, together with all who ask.',
    'Restate: one invocation without durable steps through its HTTP ingress, unsigned.',
  ];
  return {
    title: 'W3: Express, from request to answer',
    rows: [...rows, ...cpu],
    goals: [against('no-op request', 0.5), against('restate', 8)],
    notes,
  };
}
