import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, StartError } from '../start-error.ts';
import { canEnter } from './access.ts';
import type { RunAs } from './run-as.ts';

/** Where root's databases lie when Postgres's user cannot enter the data folder. */
const SYSTEM_FOLDER = '/var/lib/everstep';

/** The files of one embedded Postgres. */
export interface PostgresLocation {
  /** Holds `data`, the log and the password. */
  readonly folder: string;
  /** Postgres's own data folder. */
  readonly data: string;
  readonly log: string;
  readonly password: string;
  /** Whether it lies outside of Everstep's data folder. */
  readonly elsewhere: boolean;
}

/** Makes the data folder of Everstep; a StartError says why where that is impossible. */
export function prepareDataDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    // A read-only file system may still look writable to root.
    writeFileSync(join(path, '.writable'), '');
    return realpathSync(path);
  } catch (error) {
    throw new StartError(
      `The data folder ${path} cannot be written: ${messageOf(error)}\n` +
        'Set EVERSTEP_DATA_DIR to a folder that this user may write.',
    );
  }
}

/**
 * The place of the database: in the data folder, or for root under /var/lib/everstep where Postgres's user cannot enter
 * the data folder. The second is recorded in the data folder, so that it is found again whatever the permissions become,
 * and so that who deletes the data folder starts anew.
 */
export async function locatePostgres(dataDirectory: string, user: RunAs | null): Promise<PostgresLocation> {
  const record = join(dataDirectory, 'postgres-location.txt');
  const recorded = existsSync(record) ? readFileSync(record, 'utf8').trim() : null;
  if (recorded !== null) return describe(await makeFolder(recorded, user), true);
  if (user === null || existsSync(join(dataDirectory, 'postgres')) || (await canEnter(dataDirectory, user))) {
    return describe(await makeFolder(join(dataDirectory, 'postgres'), user), false);
  }
  const hash = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12);
  const folder = join(SYSTEM_FOLDER, `${hash}-${randomBytes(3).toString('hex')}`);
  await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 });
  await makeFolder(folder, user);
  await writeFile(join(folder, 'belongs-to.txt'), `${dataDirectory}\n`);
  await writeFile(record, `${folder}\n`);
  return describe(folder, true);
}

async function makeFolder(folder: string, user: RunAs | null): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    if (user !== null) await chown(folder, user.uid, user.gid);
    return folder;
  } catch (error) {
    throw new StartError(`The folder of the database, ${folder}, cannot be made ready: ${messageOf(error)}`);
  }
}

function describe(folder: string, elsewhere: boolean): PostgresLocation {
  return {
    folder,
    data: join(folder, 'data'),
    log: join(folder, 'postgres.log'),
    password: join(folder, 'password'),
    elsewhere,
  };
}
