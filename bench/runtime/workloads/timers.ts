import * as machines from '../lab/machines.ts';
import { percentile, spreadOf } from '../lab/statistics.ts';
import { patiently, System } from '../lab/system.ts';
import type { GoalPart, Row } from '../report/result.ts';
import type { Workload } from './workload.ts';

const PER_SECOND = 1_000;

/** P10: executions that wait until a moment, a thousand of them due in every second; how late their end is committed. */
export const timers: Workload = {
  name: 'timers',
  async run(lab, { rounds, seconds }) {
    const system = await System.open(lab);
    const figures: { half: number[]; most: number[] } = { half: [], most: [] };
    try {
      const arn = await system.createMachine('Wait', machines.waitUntil);
      for (let round = 0; round < Math.min(rounds, 3); round += 1) {
        const late = await lateness(system, arn, Math.max(2, Math.round(seconds)));
        figures.half.push(percentile(late, 0.5));
        figures.most.push(percentile(late, 0.99));
      }
    } finally {
      await system.close();
    }
    const rows: Row[] = [
      { what: 'lateness at 1,000 due a second, p50', unit: 'ms', figure: spreadOf(figures.half) },
      { what: 'lateness at 1,000 due a second, p99', unit: 'ms', figure: spreadOf(figures.most) },
    ];
    const figure = spreadOf(figures.most).median;
    const goals: GoalPart[] = [
      { id: 'P10', what: 'timers, p99 lateness at 1,000 due a second', figure, atMost: 50, unit: ' ms' },
    ];
    const notes = ['From the moment waited for until the commit of the end has returned in the worker.'];
    return { title: 'Timers', rows, goals, notes };
  },
};

/** In milliseconds, of `seconds` × 1,000 executions. */
async function lateness(system: System, arn: string, seconds: number): Promise<number[]> {
  const count = seconds * PER_SECOND;
  // All are parked before the first is due.
  const firstDue = Date.now() + 4_000 + count * 1.5;
  const late: number[] = [];
  const ends: Promise<void>[] = [];
  const queue = Array.from({ length: count }, (_, index) => firstDue + (index * 1_000) / PER_SECOND);
  const lane = async (): Promise<void> => {
    for (let due = queue.pop(); due !== undefined; due = queue.pop()) {
      const at = due;
      const name = system.newName();
      const ended = system.whenEnded(name);
      ends.push(patiently(ended, `the end of ${name}`).then((moment) => void late.push(moment - at)));
      await system.start(arn, { due: new Date(at).toISOString() }, name);
    }
  };
  await Promise.all(Array.from({ length: 64 }, lane));
  if (Date.now() > firstDue) throw new Error('starting the executions took longer than the time until they were due');
  await Promise.all(ends);
  return late;
}
