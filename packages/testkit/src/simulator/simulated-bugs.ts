import { describe, expect, it } from 'vitest';
import type { PlantedBug } from './planted-bug.ts';
import type { Profile } from './profile.ts';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.ts';
import type { Checker } from './stage.ts';

/** One sentence of the protocol left out, and who must notice. */
export interface SimulatedBug {
  /** At the ports. */
  readonly bug?: PlantedBug;
  /** Anywhere else; answers how to take it back. */
  readonly plant?: () => () => void;
  /** A world in which it matters soon. */
  readonly profile?: Partial<Profile>;
  /** A machine in which it matters soon. */
  readonly definition?: object;
  /** The checkers that may be the first to see it. */
  readonly by: readonly Checker[];
}

/** The seeds that a bug has to show itself in: a bug that hides longer than that is not caught. */
const MOST_SEEDS = 400;
const FIRST = 2_000_000;

/** Shows that the simulator has teeth: each bug breaks an invariant in some world that is sound without it. */
export function describeSimulatedBugs(title: string, bugs: Readonly<Record<string, SimulatedBug>>): void {
  describe(`the simulator, planted bugs: ${title}`, () => {
    it.each(Object.entries(bugs))(
      '%s',
      async (_name, planted) => {
        const found = await findSeed(planted);
        expect(found, `none of ${MOST_SEEDS} worlds shows it`).not.toBeNull();
        if (found === null) return;
        const { seed, violation } = found;
        expect(planted.by, `seed ${seed}: ${violation?.checker}: ${violation?.message}`).toContain(violation?.checker);
        const sound = await simulate({ seed, ...worldOf(planted) });
        expect(sound.violation, `seed ${seed} is sound without the bug`).toBeNull();
      },
      300_000,
    );
  });
}

async function findSeed(planted: SimulatedBug): Promise<SimulationResult | null> {
  const { bug = {}, plant } = planted;
  const takeBack = plant?.();
  try {
    for (let seed = FIRST; seed < FIRST + MOST_SEEDS; seed++) {
      const result = await simulate({ seed: String(seed), bug, ...worldOf(planted) });
      if (result.violation !== null) return result;
    }
    return null;
  } finally {
    takeBack?.();
  }
}

function worldOf({ profile = {}, definition }: SimulatedBug): Pick<SimulationOptions, 'profile' | 'definitions'> {
  return definition === undefined ? { profile } : { profile: { ...profile, machines: 1 }, definitions: [definition] };
}
