import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { RunAs } from './run-as.ts';

const execute = promisify(execFile);

/** What Postgres's programs see of the environment: nothing that could lead them elsewhere (PGDATA, PGHOST, …). */
export function programEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => /^(path|systemroot|temp|tmp|tmpdir)$/i.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

/** Who and where a program runs, for `spawn`. */
export function programOptions(folder: string, user: RunAs | null) {
  const identity = user === null ? {} : { uid: user.uid, gid: user.gid };
  return { cwd: folder, env: programEnvironment(), windowsHide: true, ...identity };
}

/** Runs a program to its end; throws with what it printed where it fails. */
export async function runAsUser(
  program: string,
  programArguments: readonly string[],
  folder: string,
  user: RunAs | null,
): Promise<void> {
  await execute(program, [...programArguments], { ...programOptions(folder, user), timeout: 120_000 });
}
