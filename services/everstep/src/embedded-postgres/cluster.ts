import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chown, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';
import type { PostgresBinaries } from './binaries.ts';
import type { PostgresLocation } from './location.ts';
import { runAsUser } from './programs.ts';
import type { RunAs } from './run-as.ts';

/** The superuser of the embedded database. */
export const DATABASE_USER = 'everstep';

/** True where the cluster was made by this call. Throws StartError for data of another major version. */
export async function ensureCluster(
  location: PostgresLocation,
  binaries: PostgresBinaries,
  user: RunAs | null,
): Promise<boolean> {
  if (existsSync(join(location.data, 'PG_VERSION'))) {
    checkVersion(location, binaries);
    if (existsSync(location.password)) return false;
    throw new StartError(
      `The password of the database, ${location.password}, is gone, and nobody can open the data without it.\n` +
        `Put it back, or move ${location.folder} away to start with an empty database.`,
    );
  }
  if (existsSync(location.data)) {
    throw new StartError(
      `${location.data} holds something that is not a Postgres database. Move it away and start again.`,
    );
  }
  await create(location, binaries, user);
  return true;
}

export function readPassword(location: PostgresLocation): string {
  return readFileSync(location.password, 'utf8').trim();
}

function checkVersion(location: PostgresLocation, binaries: PostgresBinaries): void {
  const found = readFileSync(join(location.data, 'PG_VERSION'), 'utf8').trim();
  if (found === String(binaries.major)) return;
  throw new StartError(
    `The database in ${location.data} was made by Postgres ${found}; this Everstep brings Postgres ${binaries.major}, ` +
      'which cannot open it.\n' +
      `Start the Everstep that made it and export it with pg_dump, or set EVERSTEP_DATA_DIR to another folder.`,
  );
}

/** Made aside and renamed, so that a start which was killed in between leaves nothing half-made. */
async function create(location: PostgresLocation, binaries: PostgresBinaries, user: RunAs | null): Promise<void> {
  const aside = join(location.folder, 'data.new');
  const passwordFile = join(location.folder, 'password.new');
  await rm(aside, { recursive: true, force: true });
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user !== null) await chown(passwordFile, user.uid, user.gid);
  await runAsUser(
    binaries.initdb,
    [
      `--pgdata=${aside}`,
      `--username=${DATABASE_USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    location.folder,
    user,
  );
  await rename(passwordFile, location.password);
  await rename(aside, location.data);
}
