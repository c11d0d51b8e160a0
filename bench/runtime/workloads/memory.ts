import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_SETTINGS } from '@everstep/engine';
import type { Lab } from '../lab/lab.ts';
import * as machines from '../lab/machines.ts';
import { spreadOf } from '../lab/statistics.ts';
import { patiently, System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const RUNNING = 1_500;
const PARKED = 15_000;
/** A worker remembers what it has parked for a while, up to a number: that is a bound, and not what is asked here. */
const FORGOTTEN_MS = DEFAULT_SETTINGS.warmMs + 1_000;

/** P9: heap per execution in the worker, after a collection; those that run, and those that wait for a callback. */
export const memory: Workload = {
  name: 'memory',
  async run(lab, { rounds }) {
    const figures: { running: number[]; parked: number[] } = { running: [], parked: [] };
    for (let round = 0; round < Math.min(rounds, 3); round += 1) {
      figures.parked.push(await parked(lab));
      figures.running.push(await running(lab));
    }
    const rows: Row[] = [
      { what: 'a running execution', unit: 'bytes', figure: spreadOf(figures.running) },
      { what: 'a parked execution', unit: 'bytes', figure: spreadOf(figures.parked) },
    ];
    const goals: GoalPart[] = [
      { id: 'P9', what: 'memory of a running execution', figure: rowKib(rows[0]), atMost: 20, unit: ' KiB' },
      // What a collection leaves behind by chance is far less than this.
      { id: 'P9', what: 'memory of a parked execution', figure: rowKib(rows[1]), atMost: 0.1, unit: ' KiB' },
    ];
    return { title: 'Memory', rows, goals, notes: [NOTE] };
  },
};

function rowKib(row: Row | undefined): number {
  return (row?.figure.median ?? Number.NaN) / 1_024;
}

const NOTE =
  'Growth of the worker’s heap over the number of executions; parked ones when the time for which they stay warm is over.';

async function running(lab: Lab): Promise<number> {
  const system = await System.open(lab);
  try {
    const arn = await system.createMachine('Hold', machines.hold);
    // Code and caches are there before anything is weighed.
    const passes = await system.createMachine('W1', machines.tasks(10));
    await system.flow(passes, { inFlight: 100, seconds: 1 });
    const before = await heap(system);
    const commits = await commitsOf(system);
    await startMany(system, arn, RUNNING);
    await untilCommitted(system, commits + RUNNING);
    return ((await heap(system)) - before) / RUNNING;
  } finally {
    await system.close();
  }
}

async function parked(lab: Lab): Promise<number> {
  const system = await System.open(lab);
  try {
    const arn = await system.createMachine('Ask', machines.ask);
    await park(system, arn, 1_000);
    await delay(FORGOTTEN_MS);
    const before = await heap(system);
    await park(system, arn, PARKED);
    await delay(FORGOTTEN_MS);
    return ((await heap(system)) - before) / PARKED;
  } finally {
    await system.close();
  }
}

async function heap(system: System): Promise<number> {
  const [worker] = system.workers;
  if (worker === undefined) throw new Error('there is no worker');
  // What a turn of the event loop still holds is let go of before the second look.
  await worker.usage('collected-usage');
  await delay(300);
  return (await worker.usage('collected-usage')).heapUsed;
}

async function park(system: System, arn: string, count: number): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const name = system.newName();
      const seen = system.whenToken(name);
      await system.start(arn, {}, name);
      await patiently(seen, `the token of ${name}`);
    }
  };
  await Promise.all(Array.from({ length: 100 }, lane));
  await delay(500);
}

async function startMany(system: System, arn: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => system.start(arn)));
}

async function commitsOf(system: System): Promise<number> {
  return (await system.workers[0]?.usage())?.commits ?? 0;
}

/** Each of them has made the one commit that its task waits for. */
async function untilCommitted(system: System, commits: number): Promise<void> {
  const until = performance.now() + 30_000;
  while ((await commitsOf(system)) < commits) {
    if (performance.now() > until) throw new Error(`${commits} commits were waited for in vain`);
    await delay(100);
  }
}
