import { setTimeout as delay } from 'node:timers/promises';
import * as machines from '../lab/machines.ts';
import { installPeers, Peer } from '../lab/peer-process.ts';
import { percentile, ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const LOOK_EVERY_MS = 100;
const MEGABYTE = 1_048_576;

interface Figures {
  /** Items a second. */
  readonly express: number[];
  readonly standard: number[];
  readonly bullmq: number[];
  /** The worker's, in MiB: its most in the first third of a run's time, and in the last. */
  readonly rssEarly: number[];
  readonly rssLate: number[];
}

/** A Distributed Map whose children do nothing, beside a flow of as many jobs that do nothing. */
export const mapRun: Workload = {
  name: 'map-run',
  async run(lab, { rounds, items }) {
    installPeers();
    const system = await System.open(lab);
    const bullmq = await Peer.start(lab, 'bullmq');
    const figures: Figures = { express: [], standard: [], bullmq: [], rssEarly: [], rssLate: [] };
    // A Standard child costs an execution, so a tenth of them tells as much.
    const some = Math.ceil(items / 10);
    try {
      const express = await system.createMachine('MapExpress', machines.distributed('EXPRESS'));
      const standard = await system.createMachine('MapStandard', machines.distributed('STANDARD'));
      for (let round = -1; round < rounds; round += 1) {
        await lab.admin.query('checkpoint');
        const run = await watched(system, express, items);
        const perSecond = some / ((await system.once(standard, zeros(some))) / 1_000);
        const peer = items / (percentile(await bullmq.fanOut(items, 1), 0.5) / 1_000);
        if (round < 0) continue;
        figures.express.push(run.perSecond);
        figures.rssEarly.push(run.early);
        figures.rssLate.push(run.late);
        figures.standard.push(perSecond);
        figures.bullmq.push(peer);
      }
      return summary(figures, items, some);
    } finally {
      await bullmq.stop();
      await system.close();
    }
  },
};

function zeros(items: number): object {
  return { items: Array.from({ length: items }, () => 0) };
}

async function watched(system: System, arn: string, items: number) {
  const seen: number[] = [];
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver) {
      seen.push(((await system.workers[0]?.usage())?.rss ?? 0) / MEGABYTE);
      await delay(LOOK_EVERY_MS);
    }
  };
  const looking = look();
  const milliseconds = await system.once(arn, zeros(items));
  isOver = true;
  await looking;
  const third = Math.max(1, Math.floor(seen.length / 3));
  return {
    perSecond: items / (milliseconds / 1_000),
    early: Math.max(...seen.slice(0, third)),
    late: Math.max(...seen.slice(-third)),
  };
}

function summary({ express, standard, bullmq, rssEarly, rssLate }: Figures, items: number, some: number) {
  const count = (number: number): string => number.toLocaleString('en');
  const rows: Row[] = [
    { what: `everstep, ${count(items)} Express children of one Pass`, unit: 'items/s', figure: spreadOf(express) },
    { what: `everstep, ${count(some)} Standard children of one Pass`, unit: 'items/s', figure: spreadOf(standard) },
    {
      ...{ what: `bullmq, a flow of ${count(items)} jobs`, unit: 'items/s', figure: spreadOf(bullmq) },
      ...{ ratio: ratiosOf(express, bullmq), ratioOf: 'Express children / this' },
    },
    { what: 'worker’s RSS, most of the first third', unit: 'MiB', figure: spreadOf(rssEarly) },
    { what: 'worker’s RSS, most of the last third', unit: 'MiB', figure: spreadOf(rssLate) },
  ];
  const goals: GoalPart[] = [];
  const notes = [
    'One worker process; from the request that starts the execution to its committed end, which holds all results in order.',
    'Every outcome of a child is committed to Postgres with the counts, hundreds at a time; BullMQ keeps nothing of its jobs.',
  ];
  return { title: 'A Distributed Map', rows, goals, notes };
}
