import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf, StartError } from '../start-error.ts';

const execute = promisify(execFile);

/** The user that Postgres runs as; null: the user who runs this process. */
export interface RunAs {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** An existing one is taken, in this order; else the second is made. */
const USER_NAMES = ['postgres', 'everstep'] as const;
const CREATE_USER: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'everstep']],
  ['adduser', ['-S', '-D', '-H', 'everstep']],
];

/** Postgres refuses to run as root, so root finds or makes another user for it. */
export async function findRunAs(): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of USER_NAMES) {
    const found = await findUser(name);
    if (found !== null) return found;
  }
  const refusals: string[] = [];
  for (const [command, commandArguments] of CREATE_USER) {
    try {
      await execute(command, [...commandArguments]);
    } catch (error) {
      refusals.push(messageOf(error).trim());
      continue;
    }
    const made = await findUser('everstep');
    if (made !== null) return made;
  }
  throw new StartError(
    'Postgres does not run as root, there is no user "postgres" or "everstep" that it could run as, and none could be ' +
      `made:\n  ${refusals.join('\n  ')}\nMake a user "everstep", or start as a user other than root.`,
  );
}

async function findUser(name: string): Promise<RunAs | null> {
  try {
    const [uid, gid] = await Promise.all([execute('id', ['-u', name]), execute('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch (error) {
    // `id` ends with 1 where there is no such user; a missing `id` is a machine we cannot help.
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return null;
    throw error;
  }
}
