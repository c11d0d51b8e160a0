import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const WORKERS = [1, 2, 4] as const;

interface Lane {
  readonly workers: number;
  readonly rates: number[];
  /** CPU of all processes per transition, in microseconds. */
  readonly micros: number[];
  readonly serverMicros: number[];
}

/** P11: the same work by one, two and four worker processes; throughput, and what a transition costs altogether. */
export const scaling: Workload = {
  name: 'scaling',
  async run(lab, { rounds, seconds }) {
    const system = await System.open(lab);
    const arn = await system.createMachine('W1', machines.tasks(10));
    const lanes: Lane[] = WORKERS.map((workers) => ({ workers, rates: [], micros: [], serverMicros: [] }));
    try {
      for (let round = 0; round < rounds; round += 1) {
        for (const lane of lanes) {
          await system.scale(lane.workers);
          await system.flow(arn, { inFlight: 200, seconds: Math.min(seconds, 1.5) });
          await measure(lab, system, arn, seconds, lane);
        }
      }
    } finally {
      await system.close();
    }
    return summary(lanes);
  },
};

async function measure(lab: Lab, system: System, arn: string, seconds: number, lane: Lane): Promise<void> {
  const before = { server: lab.serverMicros(), system: (await system.usage()).cpuMicros };
  const { completed, perSecond } = await system.flow(arn, { inFlight: 200, seconds });
  const server = lab.serverMicros() - before.server;
  const own = (await system.usage()).cpuMicros - before.system;
  const transitions = completed * 10;
  lane.rates.push(perSecond * 10);
  lane.micros.push((server + own) / transitions);
  lane.serverMicros.push(server / transitions);
}

function summary(lanes: readonly Lane[]) {
  const [one] = lanes;
  const plural = (workers: number): string => `${workers} worker process${workers === 1 ? '' : 'es'}`;
  const rows = lanes.flatMap(({ workers, rates, micros, serverMicros }): Row[] => [
    {
      what: `W1, ${plural(workers)}`,
      unit: 'steps/s',
      figure: spreadOf(rates),
      ratio: ratiosOf(rates, one?.rates ?? []),
      ratioOf: 'this / 1 process',
    },
    {
      what: `CPU of a transition, ${plural(workers)}`,
      unit: 'µs',
      figure: spreadOf(micros),
      ratio: ratiosOf(micros, one?.micros ?? []),
      ratioOf: 'this / 1 process',
    },
    { what: `… of that Postgres and Redis`, unit: 'µs', figure: spreadOf(serverMicros) },
  ]);
  const goals = lanes.slice(1).map(
    ({ workers, micros }): GoalPart => ({
      id: 'P11',
      what: `CPU of a transition, ${plural(workers)} / 1`,
      figure: ratiosOf(micros, one?.micros ?? []).median,
      atLeast: 0.8,
      atMost: 1.2,
      unit: '×',
    }),
  );
  const notes = ['CPU of API, scheduler, workers, Postgres and Redis; the load generator is not in it.'];
  return { title: 'Scaling', rows, goals, notes };
}
