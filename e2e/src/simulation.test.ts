import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from './everstep-process.ts';

const COMMAND = join(ROOT, 'packages/testkit/dist/simulator/main.js');
/** As many as five minutes on two processors have room for; `pnpm sim -- --nightly` runs others, and many more. */
const SEEDS = process.env['EVERSTEP_SIM_SEEDS'] ?? '10000';

it(`everstep-sim finds every invariant held in ${SEEDS} worlds`, async () => {
  const run = promisify(execFile)(process.execPath, [COMMAND, '--seeds', SEEDS], { maxBuffer: 64 * 1024 * 1024 });
  // The trace of the first seed that fails, with the line that shows it again.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  expect(stdout.slice(-40_000)).toContain('every invariant holds');
}, 1_200_000);
