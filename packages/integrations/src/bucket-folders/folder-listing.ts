import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectFacts, factsOf } from './folder-objects.ts';
import { bucketPath, isConfined, isMissing, keyProblem } from './object-path.ts';
import { invalidArgument } from './s3-failure.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  /** '' or '/'. */
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Keys up to this one were listed already; '': none. */
  readonly after: string;
}

export interface ListedObject extends ObjectFacts {
  readonly key: string;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** The last key or common prefix of the page, where more follow. */
  readonly last: string | null;
}

/** Walks that stopped at the end of a page, and may go on: who asks for all pages has every folder read once. */
const MOST_WALKS = 32;

/** Lists the files below a folder as S3 lists objects: in the order of their keys' bytes, a page at a time. */
export class FolderListing {
  readonly #root: string;
  readonly #walks = new Map<string, Walk>();

  constructor(root: string) {
    this.#root = root;
  }

  async list(request: ListRequest): Promise<ListPage> {
    const { prefix, delimiter, maxKeys } = request;
    if (delimiter !== '' && delimiter !== '/') throw invalidArgument('Folders can be listed by the delimiter / only.');
    const folder = await bucketPath(this.#root, request.bucket);
    const walk = this.#resume(request) ?? new Walk(walkFiles(folder, request));
    const objects: ListedObject[] = [];
    const commonPrefixes: string[] = [];
    let last = request.after;
    while (objects.length + commonPrefixes.length < maxKeys) {
      const key = await walk.next();
      if (key === null) return { objects, commonPrefixes, last: null };
      const common = delimiter === '' ? -1 : key.indexOf('/', prefix.length);
      last = common < 0 ? key : key.slice(0, common + 1);
      if (common >= 0) commonPrefixes.push(last);
      else objects.push(...(await listed(folder, key)));
    }
    if (maxKeys === 0 || !(await walk.hasNext())) return { objects, commonPrefixes, last: null };
    this.#keep({ ...request, after: last }, walk);
    return { objects, commonPrefixes, last };
  }

  #resume(request: ListRequest): Walk | undefined {
    const name = nameOf(request);
    const walk = this.#walks.get(name);
    this.#walks.delete(name);
    return walk;
  }

  #keep(request: ListRequest, walk: Walk): void {
    this.#walks.set(nameOf(request), walk);
    for (const oldest of this.#walks.keys()) {
      if (this.#walks.size <= MOST_WALKS) break;
      this.#walks.delete(oldest);
    }
  }
}

/** Keys of which the next can be looked for before it is taken. */
class Walk {
  readonly #keys: AsyncGenerator<string>;
  #ahead: string | null = null;

  constructor(keys: AsyncGenerator<string>) {
    this.#keys = keys;
  }

  async hasNext(): Promise<boolean> {
    this.#ahead = await this.next();
    return this.#ahead !== null;
  }

  async next(): Promise<string | null> {
    const ahead = this.#ahead;
    this.#ahead = null;
    if (ahead !== null) return ahead;
    const next = await this.#keys.next();
    return next.done === true ? null : next.value;
  }
}

function nameOf({ bucket, prefix, delimiter, after }: ListRequest): string {
  return JSON.stringify([bucket, prefix, delimiter, after]);
}

async function listed(folder: string, key: string): Promise<ListedObject[]> {
  try {
    const stats = await lstat(join(folder, key), { bigint: true });
    return stats.isFile() ? [{ key, ...factsOf(stats) }] : [];
  } catch (error) {
    // Deleted meanwhile.
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The keys with a prefix, from behind `after` on. With a delimiter a folder is told once, by one key below it. */
async function* walkFiles(bucketFolder: string, request: ListRequest): AsyncGenerator<string> {
  const { prefix } = request;
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (start !== '') {
    const folder = join(bucketFolder, start.slice(0, -1));
    if (keyProblem(start) !== null || !(await isConfined(bucketFolder, folder))) return;
  }
  yield* walkFolder(bucketFolder, start, request);
}

async function* walkFolder(bucketFolder: string, base: string, request: ListRequest): AsyncGenerator<string> {
  const { prefix, delimiter, after } = request;
  for (const name of await sortedNames(join(bucketFolder, base))) {
    const key = base + name;
    if (!key.startsWith(prefix)) continue;
    if (!name.endsWith('/')) {
      if (isBehind(key, after)) yield key;
    } else if (delimiter === '') {
      if (isBehind(key, after) || after.startsWith(key)) yield* walkFolder(bucketFolder, key, request);
    } else if (isBehind(key, after)) {
      yield* first(walkFolder(bucketFolder, key, request));
    }
  }
}

async function* first(keys: AsyncGenerator<string>): AsyncGenerator<string> {
  for await (const key of keys) {
    yield key;
    return;
  }
}

/** The files and folders in a folder, folders with a slash; links and devices are no objects. */
async function sortedNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.flatMap((entry) => {
      if (entry.isDirectory()) return [`${entry.name}/`];
      return entry.isFile() ? [entry.name] : [];
    });
    return names.some(isBeyondPlane)
      ? names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      : names.sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isBehind(key: string, after: string): boolean {
  return isBeyondPlane(key) || isBeyondPlane(after)
    ? Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0
    : key > after;
}

/** Only there the order of UTF-16 differs from that of UTF-8, which is S3's. */
function isBeyondPlane(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}
