import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the files of a folder are at one moment. */
export interface FolderStamp {
  /** 0: there is no such folder, or nothing in it. */
  readonly fileCount: number;
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
  let fileCount = 0;
  let bytes = 0;
  let modifiedAt = 0;
  const facts = await Promise.all(files.map((file) => stat(join(folder, file)).catch(onlyMissing(null))));
  for (const [index, found] of facts.entries()) {
    // Gone since it was listed: the next look sees the rest.
    if (found === null || !found.isFile()) continue;
    hash.update(`${files[index] ?? ''}\0${found.size}\0${found.mtimeMs}\0`);
    fileCount += 1;
    bytes += found.size;
    modifiedAt = Math.max(modifiedAt, found.mtimeMs);
  }
  return { stamp: hash.digest('base64'), fileCount, bytes, modifiedAt };
}

/** For what is not there, or was and is gone; other errors (too many open files, no right to look) say nothing of that. */
export function onlyMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ENOTDIR') return value;
    throw error;
  };
}

async function collect(folder: string, inside: string, depth: number, files: string[]): Promise<void> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch(onlyMissing([]));
  const sorted = entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  for (const entry of sorted) {
    if (files.length >= MAX_FILES) return;
    if (entry.name.startsWith('.') || NOT_LOOKED_INTO.has(entry.name)) continue;
    const path = join(inside, entry.name);
    if (!entry.isDirectory()) files.push(path);
    else if (depth < MAX_DEPTH) await collect(folder, path, depth + 1, files);
  }
}
