import { MasterKeys } from '@everstep/engine';
import type { HttpRequest } from '../lab/http-client.ts';
import * as machines from '../lab/machines.ts';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import { patiently, System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Pace, Workload } from './workload.ts';

const CONCURRENCY = 64;
const MOST_CALLBACKS_PER_SECOND = 4_000;
/** Signed before the clock runs: more than a round answers. */
const MOST_REQUESTS_PER_SECOND = 6_000;
const ALONE = 150;

interface Lane {
  readonly name: string;
  readonly expected: number;
  /** null: there are no more. */
  readonly next: () => Promise<HttpRequest | null>;
  /** What the rounds before left. */
  readonly ready: HttpRequest[];
  readonly rates: number[];
  /** From request to answer while all connections are busy, in milliseconds. */
  readonly waits: number[];
  /** The same with nothing else asked. */
  readonly alone: number[];
}

/** P6: requests that write against requests that do nothing, under one load generator. */
export const apiRates: Workload = {
  name: 'api',
  async run(lab, pace) {
    const system = await System.open(lab, { masterKey: MasterKeys.generate() });
    try {
      const lanes = await prepare(system, pace);
      // What is measured is the API: nobody advances what it starts, and what the hints leave in Redis is removed.
      await system.scale(0);
      for (let round = -1; round < pace.rounds; round += 1) {
        for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
          const { rate, waits } = await load(system, lane, round < 0 ? pace.seconds / 4 : pace.seconds / 2);
          if (round < 0) continue;
          lane.rates.push(rate);
          for (const wait of waits) lane.waits.push(wait);
        }
      }
      for (const lane of lanes) await askAlone(system, lane);
      return summary(lanes);
    } finally {
      await system.close();
      await lab.redisAdmin.flushall();
    }
  },
};

async function prepare(system: System, { rounds, seconds }: Pace): Promise<Lane[]> {
  const one = await system.createMachine('One', machines.passes(1));
  const [started] = await Promise.all([system.start(one), system.whenEnded('e1')]);
  const executionArn = `${one.replace(':stateMachine:', ':execution:')}:${started}`;
  const tokens = await openCallbacks(
    system,
    Math.ceil((rounds + 1) * (seconds / 2) * MOST_CALLBACKS_PER_SECOND) + ALONE,
  );
  const noOp = await system.request('DescribeExecution', { executionArn: 'none', includedData: 'ALL_DATA' });
  const describe = await system.request('DescribeExecution', { executionArn });
  const lane = (name: string, expected: number, next: Lane['next']): Lane => ({
    ...{ name, expected, next },
    ...{ ready: [], rates: [], waits: [], alone: [] },
  });
  return [
    lane('GET /healthz', 200, async () => ({ method: 'GET', path: '/healthz' })),
    // Verified, decoded, validated and refused without a look at the store.
    lane('no-op request', 400, async () => noOp),
    lane('DescribeExecution', 200, async () => describe),
    lane('StartExecution', 200, () =>
      system.request('StartExecution', { stateMachineArn: one, name: system.newName(), input: '{"a":1}' }),
    ),
    lane('SendTaskSuccess', 200, async () => {
      const taskToken = tokens.pop();
      return taskToken === undefined ? null : system.request('SendTaskSuccess', { taskToken, output: '{"a":1}' });
    }),
  ];
}

async function openCallbacks(system: System, count: number): Promise<string[]> {
  const arn = await system.createMachine('Ask', machines.ask);
  const tokens: string[] = [];
  const lane = async (): Promise<void> => {
    while (tokens.length < count) {
      const name = system.newName();
      const seen = system.whenToken(name);
      await system.start(arn, {}, name);
      tokens.push((await patiently(seen, `the token of ${name}`)).token);
    }
  };
  await Promise.all(Array.from({ length: 200 }, lane));
  return tokens;
}

/** Requests a second, until the time is over or there are none left. */
async function load(system: System, lane: Lane, seconds: number): Promise<{ rate: number; waits: number[] }> {
  const ready = lane.ready;
  while (ready.length < seconds * MOST_REQUESTS_PER_SECOND) {
    const request = await lane.next();
    if (request === null) break;
    ready.push(request);
  }
  const waits: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  const loop = async (): Promise<void> => {
    for (let request = ready.pop(); request !== undefined; request = ready.pop()) {
      const sentAt = performance.now();
      if (sentAt >= until) return;
      await ask(system, lane, request);
      waits.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  return { rate: waits.length / ((performance.now() - startedAt) / 1_000), waits };
}

async function askAlone(system: System, lane: Lane): Promise<void> {
  for (let count = 0; count < ALONE; count += 1) {
    const request = lane.ready.pop() ?? (await lane.next());
    if (request === null) return;
    const sentAt = performance.now();
    await ask(system, lane, request);
    lane.alone.push(performance.now() - sentAt);
  }
}

async function ask(system: System, { name, expected }: Lane, request: HttpRequest): Promise<void> {
  const { status, text } = await system.client.send(request);
  if (status !== expected) throw new Error(`${name} answered ${status}: ${text}`);
}

function summary(lanes: readonly Lane[]) {
  const rates = (name: string): readonly number[] => lanes.find((lane) => lane.name === name)?.rates ?? [];
  const nothing = rates('no-op request');
  const throughput = lanes.map(
    (lane): Row => ({
      what: lane.name,
      unit: 'requests/s',
      figure: spreadOf(lane.rates),
      ratio: ratiosOf(lane.rates, nothing),
      ratioOf: 'this / no-op',
    }),
  );
  const latency = lanes.flatMap((lane): Row[] => [
    { what: `${lane.name}, 64 at once`, unit: 'ms, p50 (p5–p99)', figure: latencyOf(lane.waits) },
    { what: `${lane.name}, alone`, unit: 'ms, p50 (p5–p99)', figure: latencyOf(lane.alone) },
  ]);
  const goals = ['StartExecution', 'SendTaskSuccess'].map(
    (name): GoalPart => ({
      id: 'P6',
      what: `${name} / no-op request`,
      figure: ratiosOf(rates(name), nothing).median,
      atLeast: 0.3,
      unit: '×',
    }),
  );
  const notes = [
    'One API process, no worker; 64 connections, one request at a time on each. Requests are signed (SigV4) before the ' +
      'clock runs and verified by the server; the audit log is kept. Alone: one request after the other.',
  ];
  return { title: 'The API', rows: [...throughput, ...latency], goals, notes };
}

function latencyOf(waits: readonly number[]): Row['figure'] {
  return { median: percentile(waits, 0.5), lowest: percentile(waits, 0.05), highest: percentile(waits, 0.99) };
}
