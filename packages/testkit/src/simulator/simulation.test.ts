import { describe, expect, it } from 'vitest';
import { simulate } from './simulation.ts';

/** Enough for every push; `pnpm sim` runs as many as wanted. */
const SEEDS = 250;
/** The seeds of every push are others than those that `pnpm sim` begins with. */
const FIRST = 1_000_000;

describe('the simulator', () => {
  it('tells the same story for the same seed, and another one for another', async () => {
    const hashes = new Set<number>();
    for (const seed of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      const first = await simulate({ seed, trace: true });
      const second = await simulate({ seed, trace: true });
      expect(first.lines.length).toBeGreaterThan(20);
      expect(second.lines).toEqual(first.lines);
      expect(second.hash).toBe(first.hash);
      hashes.add(first.hash);
    }
    expect(hashes.size).toBe(8);
  });

  it('tells it whether it is written down or not', async () => {
    const seen = await simulate({ seed: '11', trace: true });
    const unseen = await simulate({ seed: '11' });
    expect([unseen.entries, unseen.events]).toEqual([seen.entries, seen.events]);
  });

  it('finds every invariant held where what was stopped is redriven', async () => {
    let redriven = 0;
    for (let seed = FIRST; seed < FIRST + 40; seed++) {
      const result = await simulate({ seed: `redrive-${seed}`, trace: true, profile: { stop: 0.8, redrive: 0.8 } });
      expect(result.violation, `redrive-${seed}`).toBeNull();
      redriven += result.lines.filter((line) => / redrive e/.test(line)).length;
    }
    expect(redriven).toBeGreaterThan(20);
  }, 180_000);

  it(`finds every invariant held in ${SEEDS} worlds`, async () => {
    let executions = 0;
    let events = 0;
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const result = await simulate({ seed: String(seed) });
      expect(result.violation, `pnpm sim --seed ${seed} --trace`).toBeNull();
      executions += result.executions;
      events += result.events;
    }
    // Worlds in which nothing happens would hold every invariant.
    expect(executions).toBeGreaterThan(SEEDS);
    expect(events).toBeGreaterThan(SEEDS * 10);
  }, 180_000);
});
