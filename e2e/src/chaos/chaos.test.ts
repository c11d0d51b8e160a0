import { describeWithRedis } from '@everstep/testkit';
import { expect, it } from 'vitest';
import { runChaos } from './chaos-run.ts';

const seed = Number(process.env['EVERSTEP_E2E_SEED'] ?? Date.now() % 1_000_000);

describeWithRedis(`300 executions of all kinds while everything is disturbed (EVERSTEP_E2E_SEED=${seed})`, () => {
  it('nothing is lost, nothing is doubled, nothing hangs', async () => {
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
      console.log(line);
    };
    const report = await runChaos({ executions: 300, seed, rounds: 1, drainMs: 60_000, log });
    expect(report.problems, lines.join('\n')).toEqual([]);
    expect(report.events).toBeGreaterThan(300 * 4);
  }, 240_000);
});
