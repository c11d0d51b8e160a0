import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RunAs } from './run-as.ts';

const READ = 0o4;
const EXECUTE = 0o1;

/** Whether the user may read a file, through every folder above it. Supplementary groups are not counted. */
export async function canRead(path: string, user: RunAs): Promise<boolean> {
  return allows(await stat(path), user, READ) && (await canEnter(dirname(path), user));
}

/** Whether the user may read and run a file. */
export async function canRun(path: string, user: RunAs): Promise<boolean> {
  return allows(await stat(path), user, READ | EXECUTE) && (await canEnter(dirname(path), user));
}

/** Whether the user may pass through a folder and all folders above it. */
export async function canEnter(folder: string, user: RunAs): Promise<boolean> {
  if (!allows(await stat(folder), user, EXECUTE)) return false;
  const above = dirname(folder);
  return above === folder || (await canEnter(above, user));
}

function allows(file: Stats, user: RunAs, wanted: number): boolean {
  const shift = file.uid === user.uid ? 6 : file.gid === user.gid ? 3 : 0;
  return ((file.mode >> shift) & wanted) === wanted;
}
