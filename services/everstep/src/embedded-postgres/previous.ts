import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf, StartError } from '../start-error.ts';
import { DATABASE_USER, readPassword } from './cluster.ts';
import type { PostgresLocation } from './location.ts';
import { findOwner, isPassing, type Owner } from './owner.ts';
import { isAlive, isPostgresOf, pause, waitForEnd } from './processes.ts';

const PASSING_MS = 60_000;
const STOP_MS = 15_000;

/** What a Postgres writes into its data folder while it runs. */
interface PidFile {
  readonly pid: number;
  readonly port: number | null;
}

/**
 * Clears the way for a start on a data folder where a Postgres may still run. One whose Everstep is alive stays: that is
 * a StartError which names it. One whose Everstep was killed is stopped. The pid file of a dead one is removed where its
 * pid belongs to another process by now (Postgres itself deals with the other stale ones).
 */
export async function settlePrevious(location: PostgresLocation): Promise<void> {
  const path = join(location.data, 'postmaster.pid');
  const left = readPidFile(path);
  if (left === null || !isAlive(left.pid)) return;
  if (!(await isPostgresOf(left.pid, location.data))) {
    rmSync(path, { force: true });
    return;
  }
  const owner = await askForOwner(left, location);
  if (owner === 'gone') return;
  if (owner !== null) throw new StartError(alreadyServed(location, owner));
  await stopOrphan(left.pid, location);
}

/** The port of a Postgres whose Everstep is alive; null where none serves the data folder. */
export async function findServingPort(location: PostgresLocation): Promise<number | null> {
  const left = readPidFile(join(location.data, 'postmaster.pid'));
  if (left === null || !isAlive(left.pid) || !(await isPostgresOf(left.pid, location.data))) return null;
  const owner = await askForOwner(left, location);
  return owner === 'gone' || owner === null ? null : left.port;
}

function readPidFile(path: string): PidFile | null {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) && port > 0 ? port : null } : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new StartError(`${path} cannot be read: ${messageOf(error)}`);
  }
}

/** Asks the running Postgres for its owner, waiting while it starts, recovers or stops. */
async function askForOwner(left: PidFile, location: PostgresLocation): Promise<Owner | null | 'gone'> {
  const deadline = performance.now() + PASSING_MS;
  for (;;) {
    try {
      if (left.port === null) throw new Error('it tells no port');
      return await findOwner({ port: left.port, user: DATABASE_USER, password: readPassword(location) });
    } catch (error) {
      if (!isAlive(left.pid)) return 'gone';
      if (performance.now() < deadline && (isPassing(error) || codeOf(error) === 'ECONNREFUSED')) {
        await pause(50);
        continue;
      }
      throw new StartError(
        `A Postgres (pid ${left.pid}) works on ${location.data} and does not say who it serves: ${messageOf(error)}\n` +
          'Nothing was touched. End it, or set EVERSTEP_DATA_DIR to another folder.',
      );
    }
  }
}

function alreadyServed(location: PostgresLocation, owner: Owner): string {
  const process = owner.pid === null ? '' : ` with pid ${owner.pid}`;
  const endpoint = owner.endpoint === null ? ' (it is still starting)' : ` at ${owner.endpoint}`;
  return (
    `An Everstep${process} already serves this data folder${endpoint}.\n` +
    `Use that one, end it first, or set EVERSTEP_DATA_DIR and EVERSTEP_PORT for a second one. (${location.data})`
  );
}

async function stopOrphan(pid: number, location: PostgresLocation): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    process.kill(pid, signal);
    if (await waitForEnd(pid, STOP_MS)) return;
  }
  throw new StartError(`The Postgres (pid ${pid}) of an Everstep that was killed does not stop. (${location.data})`);
}
