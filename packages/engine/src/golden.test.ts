import { CHECKPOINT_FORMAT, KNOWN_FORMATS } from '@everstep/language';
import { describe, expect, it } from 'vitest';
import { goldenFormats, readGolden } from './testing/golden-files.ts';
import { continueGolden, type GoldenRun, recordGolden } from './testing/golden-run.ts';
import { GOLDEN_SCENARIOS } from './testing/golden-scenarios.ts';

/** Members whose values are the user's: whatever is inside is no matter of the format. */
const DATA = new Set([
  ...['input', 'output', 'variables', 'parameters', 'items', 'keys', 'parentInput', 'parentVariables'],
]);

/** Every path of a stored record with the kind of its value: `waiting.task.phase string`. */
function shapeOf(value: unknown, path: string, shape: Set<string>): void {
  const member = path.slice(path.lastIndexOf('.') + 1);
  if (DATA.has(member)) shape.add(`${path} data`);
  else if (Array.isArray(value)) for (const one of value) shapeOf(one, `${path}[]`, shape);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) shapeOf(one, `${path}.${name}`, shape);
  } else shape.add(`${path} ${value === null ? 'null' : typeof value}`);
}

function shapeOfRuns(runs: readonly GoldenRun[]): string[] {
  const shape = new Set<string>();
  for (const { steps } of runs) {
    for (const { activation, checkpoint, records } of steps) {
      const parsed: { type?: unknown } = JSON.parse(activation);
      shapeOf(parsed, `activation ${String(parsed.type)}`, shape);
      shapeOf(JSON.parse(checkpoint), 'checkpoint', shape);
      for (const [id, text] of Object.entries(records)) {
        shapeOf(JSON.parse(text), id.endsWith('.items') ? 'items-record' : 'frame', shape);
      }
    }
  }
  return [...shape].sort();
}

describe('golden checkpoints', () => {
  it('are there of every format that this code reads', () => {
    expect(goldenFormats()).toEqual(KNOWN_FORMATS);
  });

  describe.each(goldenFormats())('of format %i', (format) => {
    it.each(readGolden(format).map((run) => [run.name, run] as const))(
      '%s: loaded after any step, it ends as it did',
      (_name, run) => {
        expect(run.steps.length).toBeGreaterThan(0);
        for (let after = -1; after < run.steps.length - 1; after++) {
          expect(continueGolden(run, after), `continued after step ${after}`).toEqual(run.end);
        }
      },
    );
  });

  it('of the present format have the shape of what is written now: another shape is another format', () => {
    const recorded = readGolden(CHECKPOINT_FORMAT);
    const present = GOLDEN_SCENARIOS.map(recordGolden);
    expect(recorded.map(({ name }) => name).sort(), 'pnpm golden records new scenarios').toEqual(
      present.map(({ name }) => name).sort(),
    );
    const why =
      'What a checkpoint or an activation holds has changed. Raise CHECKPOINT_FORMAT and add an upgrade from the format ' +
      'before (format-upgrades.ts), then record with pnpm golden. Only while no release has written the format (no ' +
      'released.txt beside it) may it be recorded anew as it is.';
    expect(shapeOfRuns(present), why).toEqual(shapeOfRuns(recorded));
  });
});
