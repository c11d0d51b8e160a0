import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the files of a folder are at one moment. */
export interface FolderStamp {
  /** Another text means that a file has changed, came or went. */
  readonly stamp: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** Installed packages change with the files that name them, and what Python compiles follows from its sources. */
const NOT_LOOKED_INTO: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'venv', 'site-packages']);
/** A folder with more files than that is told apart by the first so many. */
const MAX_FILES = 2_000;
const MAX_DEPTH = 8;

/** Looks at names, sizes and times, not into the files. */
export async function stampFolder(folder: string): Promise<FolderStamp> {
  const files: string[] = [];
  await collect(folder, '', 0, files);
  const hash = createHash('sha256');
  let bytes = 0;
  let modifiedAt = 0;
  const facts = await Promise.all(files.map((file) => stat(join(folder, file)).catch(() => null)));
  for (const [index, found] of facts.entries()) {
    // Gone since it was listed: the next look sees the rest.
    if (found === null || !found.isFile()) continue;
    hash.update(`${files[index] ?? ''}\0${found.size}\0${found.mtimeMs}\0`);
    bytes += found.size;
    modifiedAt = Math.max(modifiedAt, found.mtimeMs);
  }
  return { stamp: hash.digest('base64'), bytes, modifiedAt };
}

async function collect(folder: string, inside: string, depth: number, files: string[]): Promise<void> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch(() => []);
  const sorted = entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of sorted) {
    if (files.length >= MAX_FILES) return;
    if (entry.name.startsWith('.') || NOT_LOOKED_INTO.has(entry.name)) continue;
    const path = join(inside, entry.name);
    if (!entry.isDirectory()) files.push(path);
    else if (depth < MAX_DEPTH) await collect(folder, path, depth + 1, files);
  }
}
