import { appendFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FunctionLogLine, type FunctionLogPage, type FunctionLogQuery, type Logger } from '@everstep/engine';
import { FUNCTION_NAME } from '../function-name.ts';
import type { FunctionLogs } from './function-logs.ts';

export interface FileFunctionLogsOptions {
  /** Where `<function>.jsonl` are written. */
  readonly directory: string;
  readonly logger: Logger;
  /** A file that has grown so large becomes `….1.jsonl`, in place of an older one (16 MiB). */
  readonly maxFileBytes?: number;
}

interface Lane {
  readonly pending: string[];
  bytes: number;
  dropped: number;
  writing: Promise<void> | null;
}

const FILE_BYTES = 16 * 1_048_576;
/** What waits for a slow disk at most, of one function; lines beyond it are dropped, and counted. */
const PENDING_BYTES = 8 * 1_048_576;
/** Of one answer to a reader. */
const PAGE_BYTES = 1_048_576;

/** The lines of functions in files, one JSON object a line. Several processes may write to the same files. */
export function createFileFunctionLogs(options: FileFunctionLogsOptions): FunctionLogs {
  return new FileFunctionLogs(options);
}

class FileFunctionLogs implements FunctionLogs {
  readonly #options: FileFunctionLogsOptions;
  readonly #lanes = new Map<string, Lane>();

  constructor(options: FileFunctionLogsOptions) {
    this.#options = options;
  }

  write(line: FunctionLogLine): void {
    const lane = this.#lane(line.functionName);
    if (lane.bytes > PENDING_BYTES) {
      lane.dropped += 1;
      return;
    }
    const text = `${JSON.stringify(line)}\n`;
    lane.pending.push(text);
    lane.bytes += text.length;
    lane.writing ??= this.#drain(line.functionName, lane);
  }

  async read({ functionName, limit, position }: FunctionLogQuery): Promise<FunctionLogPage> {
    // The name becomes part of a path.
    if (!FUNCTION_NAME.test(functionName)) return { lines: [], position: START };
    await this.#lanes.get(functionName)?.writing;
    const files = [this.#path(functionName, '.1'), this.#path(functionName, '')];
    return position === undefined ? readNewest(files, limit) : readOn(files, limit, position);
  }

  async close(): Promise<void> {
    for (const { writing } of this.#lanes.values()) await writing;
  }

  #lane(functionName: string): Lane {
    const known = this.#lanes.get(functionName);
    if (known !== undefined) return known;
    const lane: Lane = { pending: [], bytes: 0, dropped: 0, writing: null };
    this.#lanes.set(functionName, lane);
    return lane;
  }

  /**
   * One process at a time, and only what is full still: of two that have seen the same full file, the second would put the
   * new one in its place, and the full one would be lost.
   */
  async #putAside(functionName: string, maxFileBytes: number): Promise<void> {
    const path = this.#path(functionName, '');
    const lock = `${path}.lock`;
    try {
      await (await open(lock, 'wx')).close();
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      const held = await stat(lock).catch(() => null);
      if (held !== null && held.mtimeMs < Date.now() - ASIDE_MS) await rm(lock, { force: true });
      return;
    }
    try {
      const full = ((await statOf(path))?.size ?? 0) >= maxFileBytes;
      if (full) await rename(path, this.#path(functionName, '.1'));
    } finally {
      await rm(lock, { force: true });
    }
  }

  #path(functionName: string, suffix: string): string {
    return join(this.#options.directory, `${functionName}${suffix}.jsonl`);
  }

  async #drain(functionName: string, lane: Lane): Promise<void> {
    const { directory, logger, maxFileBytes = FILE_BYTES } = this.#options;
    // Lines of the same moment share a write.
    await Promise.resolve();
    while (lane.pending.length > 0) {
      const batch = lane.pending.splice(0).join('');
      lane.bytes = 0;
      try {
        await mkdir(directory, { recursive: true });
        const path = this.#path(functionName, '');
        if (((await statOf(path))?.size ?? 0) >= maxFileBytes) await this.#putAside(functionName, maxFileBytes);
        await appendFile(path, batch);
      } catch (error) {
        logger.warn({ err: error, functionName }, 'what a function wrote could not be kept');
      }
    }
    if (lane.dropped > 0) logger.warn({ functionName, count: lane.dropped }, 'lines of a function were not kept');
    lane.dropped = 0;
    lane.writing = null;
  }
}

/** A process that died while it put a file aside holds nobody up for longer, in milliseconds. */
const ASIDE_MS = 60_000;

/** `<file>-<bytes>`: a file keeps its number when it is put aside. */
const START = '0-0';
const POSITION = /^(\d{1,20})-(\d{1,15})$/;

interface FileFacts {
  readonly path: string;
  readonly id: string;
  readonly size: number;
}

async function factsOf(paths: readonly string[]): Promise<FileFacts[]> {
  const files = await Promise.all(paths.map(async (path) => ({ path, found: await statOf(path) })));
  return files.flatMap(({ path, found }) =>
    found === null ? [] : [{ path, id: String(found.ino), size: found.size }],
  );
}

/** The last lines of the newest file that has some. */
async function readNewest(paths: readonly string[], limit: number): Promise<FunctionLogPage> {
  const files = await factsOf(paths);
  const newest = files.at(-1);
  if (newest === undefined) return { lines: [], position: START };
  const lines: FunctionLogLine[] = [];
  for (const { path, size } of files.toReversed()) {
    if (lines.length >= limit) break;
    const from = Math.max(0, size - PAGE_BYTES);
    const text = await readPart(path, from, size);
    // Not from the beginning of the file: the first line may be half of one.
    const whole = from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    lines.unshift(...parseLines(whole).slice(-(limit - lines.length)));
  }
  return { lines, position: `${newest.id}-${newest.size}` };
}

/** What follows a position, in one or two files. A file that is gone took its lines with it. */
async function readOn(paths: readonly string[], limit: number, position: string): Promise<FunctionLogPage> {
  const [, id = '0', offset = '0'] = POSITION.exec(position) ?? [];
  const files = await factsOf(paths);
  const at = files.findIndex((file) => file.id === id);
  const rest = files.slice(Math.max(at, 0));
  for (const [index, file] of rest.entries()) {
    const from = index === 0 && at >= 0 ? Math.min(Number(offset), file.size) : 0;
    if (from === file.size && index < rest.length - 1) continue;
    const text = await readLines(file, from);
    const texts = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
      .slice(0, limit);
    const bytes = texts.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    return { lines: parseLines(texts.join('\n')), position: `${file.id}-${from + bytes}` };
  }
  return { lines: [], position };
}

/** As much as an answer holds, and at least one line, however long it is. */
async function readLines({ path, size }: FileFacts, from: number): Promise<string> {
  for (let bytes = PAGE_BYTES; ; bytes *= 2) {
    const to = Math.min(size, from + bytes);
    const text = await readPart(path, from, to);
    if (to === size || text.includes('\n')) return text;
  }
}

async function readPart(path: string, from: number, to: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseLines(text: string): FunctionLogLine[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    try {
      return [JSON.parse(line)];
    } catch {
      // Half a line of a machine that stopped in the middle of it.
      return [];
    }
  });
}

async function statOf(path: string): Promise<{ size: number; ino: number } | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
