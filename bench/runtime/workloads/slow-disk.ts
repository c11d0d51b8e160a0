import * as machines from '../lab/machines.ts';
import { ratiosOf, spreadOf } from '../lab/statistics.ts';
import { System } from '../lab/system.ts';
import type { Workload } from './workload.ts';

/** P5: W1 where every commit takes two milliseconds longer. */
export const slowDisk: Workload = {
  name: 'slow',
  async run(lab, { rounds, seconds }) {
    const system = await System.open(lab);
    const arn = await system.createMachine('W1', machines.tasks(10));
    const rates: { fast: number[]; slow: number[] } = { fast: [], slow: [] };
    const flow = async (): Promise<number> => (await system.flow(arn, { inFlight: 200, seconds })).perSecond * 10;
    try {
      await flow();
      for (let round = 0; round < rounds; round += 1) {
        rates.fast.push(await flow());
        // Without siblings asked for, every commit waits.
        await lab.configure({ commit_delay: '2000', commit_siblings: '0' });
        rates.slow.push(await flow());
        await lab.configure({ commit_delay: '0', commit_siblings: '5' });
      }
    } finally {
      await system.close();
    }
    const ratio = ratiosOf(rates.slow, rates.fast);
    return {
      title: 'A slow disk',
      rows: [
        { what: 'W1', unit: 'steps/s', figure: spreadOf(rates.fast) },
        { what: 'W1, commit_delay 2 ms', unit: 'steps/s', figure: spreadOf(rates.slow), ratio, ratioOf: 'slow / fast' },
      ],
      goals: [
        { id: 'P5', what: 'W1 with commit_delay 2 ms / without', figure: ratio.median, atLeast: 0.65, unit: '×' },
      ],
      notes: [],
    };
  },
};
