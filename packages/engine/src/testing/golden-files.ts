import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKPOINT_FORMAT } from '@everstep/language';
import type { GoldenRun } from './golden-run.ts';

/** `packages/engine/golden`, with a folder for each format. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'golden');
const RELEASED = 'released.txt';

function folderOf(format: number): string {
  return join(ROOT, `format-${format}`);
}

/** The formats that have golden checkpoints, ascending. */
export function goldenFormats(): number[] {
  return readdirSync(ROOT)
    .map((name) => Number(name.replace('format-', '')))
    .sort((a, b) => a - b);
}

export function readGolden(format: number): GoldenRun[] {
  const folder = folderOf(format);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name): GoldenRun => JSON.parse(readFileSync(join(folder, name), 'utf8')));
}

/** The releases that wrote the present format, one a line. */
export function releasesOf(format: number): string[] {
  const file = join(folderOf(format), RELEASED);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}

/**
 * Writes the golden checkpoints of the present format. Those of a format that was released stay as they are for ever;
 * only scenarios that are new are added to them.
 */
export function writeGolden(runs: readonly GoldenRun[]): string[] {
  const folder = folderOf(CHECKPOINT_FORMAT);
  const released = releasesOf(CHECKPOINT_FORMAT).length > 0;
  if (!released) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  for (const run of runs) {
    const file = join(folder, `${run.name}.json`);
    if (existsSync(file)) continue;
    writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`);
    written.push(run.name);
  }
  return written;
}

/** From now on the present format's golden checkpoints are those of a release. */
export function markReleased(version: string): void {
  const releases = new Set([...releasesOf(CHECKPOINT_FORMAT), version]);
  writeFileSync(join(folderOf(CHECKPOINT_FORMAT), RELEASED), `${[...releases].join('\n')}\n`);
}
