import type { HttpRequest } from '../lab/http-client.ts';
import * as machines from '../lab/machines.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { patiently, System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Pace, Workload } from './workload.ts';

const CONCURRENCY = 64;
const MOST_CALLBACKS_PER_SECOND = 6_000;

interface Lane {
  readonly name: string;
  readonly expected: number;
  readonly next: () => HttpRequest | null;
  readonly rates: number[];
}

/** P6: requests that write against requests that do nothing, under one load generator. */
export const apiRates: Workload = {
  name: 'api',
  async run(lab, pace) {
    const system = await System.open(lab);
    try {
      const lanes = await prepare(system, pace);
      // What is measured is the API: nobody advances what it starts, and what the hints leave in Redis is removed.
      await system.scale(0);
      for (let round = -1; round < pace.rounds; round += 1) {
        for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
          const rate = await load(system, lane, round < 0 ? pace.seconds / 4 : pace.seconds / 2);
          if (round >= 0) lane.rates.push(rate);
        }
      }
      return summary(lanes);
    } finally {
      await system.close();
      await lab.redisAdmin.flushall();
    }
  },
};

async function prepare(system: System, { rounds, seconds }: Pace): Promise<Lane[]> {
  const one = await system.createMachine('One', machines.passes(1));
  const callbacks = Math.ceil((rounds + 1) * (seconds / 2) * MOST_CALLBACKS_PER_SECOND);
  const tokens = await openCallbacks(system, callbacks);
  const lane = (name: string, expected: number, next: Lane['next']): Lane => ({ name, expected, next, rates: [] });
  return [
    lane('GET /healthz', 200, () => ({ method: 'GET', path: '/healthz' })),
    // Decoded, validated and refused without a look at the store.
    lane('no-op request', 400, () =>
      operation('DescribeExecution', { executionArn: 'none', includedData: 'ALL_DATA' }),
    ),
    lane('StartExecution', 200, () =>
      operation('StartExecution', { stateMachineArn: one, name: system.newName(), input: '{"a":1}' }),
    ),
    lane('SendTaskSuccess', 200, () => {
      const taskToken = tokens.pop();
      return taskToken === undefined ? null : operation('SendTaskSuccess', { taskToken, output: '{"a":1}' });
    }),
  ];
}

function operation(name: string, input: object): HttpRequest {
  return { method: 'POST', path: '/', target: `AWSStepFunctions.${name}`, body: JSON.stringify(input) };
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
async function load(system: System, lane: Lane, seconds: number): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + seconds * 1_000;
  let answered = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < until) {
      const request = lane.next();
      if (request === null) return;
      const { status, text } = await system.client.send(request);
      if (status !== lane.expected) throw new Error(`${lane.name} answered ${status}: ${text}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  return answered / ((performance.now() - startedAt) / 1_000);
}

function summary(lanes: readonly Lane[]) {
  const rates = (name: string): readonly number[] => lanes.find((lane) => lane.name === name)?.rates ?? [];
  const nothing = rates('no-op request');
  const rows = lanes.map(
    (lane): Row => ({
      what: lane.name,
      unit: 'requests/s',
      figure: spreadOf(lane.rates),
      ratio: ratiosOf(lane.rates, nothing),
      ratioOf: 'this / no-op',
    }),
  );
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
    'One API process, no worker; 64 connections, one request at a time on each. Requests are not signed: this version ' +
      'of the server does not verify signatures, so neither side pays for them.',
  ];
  return { title: 'The API', rows, goals, notes };
}
