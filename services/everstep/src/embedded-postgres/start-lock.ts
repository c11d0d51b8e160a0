import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, StartError } from '../start-error.ts';
import { isAlive, pause } from './processes.ts';

/** A start takes seconds; a lock that is older was left by one that died, whoever has its pid now. */
const STALE_AFTER_MS = 120_000;

/**
 * Runs `action` while no other start on the same folder does. It guards the start only: afterwards the lock inside the
 * database tells who owns the folder.
 */
export async function whileStartingAlone<Result>(folder: string, action: () => Promise<Result>): Promise<Result> {
  const path = join(folder, 'starting.pid');
  const deadline = performance.now() + STALE_AFTER_MS;
  while (!take(path)) {
    if (performance.now() > deadline) throw new StartError(`Another start on ${folder} does not come to its end.`);
    if (isStale(path)) rmSync(path, { force: true });
    else await pause(50);
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const ageMs = Date.now() - statSync(path).mtimeMs;
    // An empty file is one that is just being written.
    return ageMs > STALE_AFTER_MS || (pid > 0 && !isAlive(pid)) || (pid === 0 && ageMs > 2_000);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
