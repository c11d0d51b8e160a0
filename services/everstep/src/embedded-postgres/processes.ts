import { execFile } from 'node:child_process';
import { readlinkSync, realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import { codeOf } from '../start-error.ts';

const execute = promisify(execFile);

/** Whether a process with this pid exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Resolves with true once the process is gone, with false after the time. */
export async function waitForEnd(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) return false;
    await pause(25);
  }
  return true;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/**
 * Whether a living process is the Postgres of this data folder, and not another one that got the pid of a dead Postgres.
 * In doubt it is.
 */
export async function isPostgresOf(pid: number, dataFolder: string): Promise<boolean> {
  try {
    // Postgres works in its data folder.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataFolder);
    const [program, programArguments] =
      process.platform === 'win32'
        ? (['tasklist', ['/FI', `PID eq ${pid}`, '/NH']] as const)
        : (['ps', ['-o', 'command=', '-p', String(pid)]] as const);
    const { stdout } = await execute(program, [...programArguments]);
    return stdout.includes('postgres');
  } catch (error) {
    return codeOf(error) !== 'ENOENT' && isAlive(pid);
  }
}
