import { createWriteStream, existsSync, renameSync, statSync } from 'node:fs';
import { finished } from 'node:stream/promises';

const LARGEST_BYTES = 50 * 1024 * 1024;

export interface LogFile {
  write(line: string): unknown;
  close(): Promise<void>;
}

/** Appends to a file; a file that has grown large is put aside first, as `<file>.1`, in place of the one before it. */
export function openLogFile(path: string): LogFile {
  if (existsSync(path) && statSync(path).size > LARGEST_BYTES) renameSync(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  // A full disk must not end the server for its log's sake; the terminal hears of it.
  stream.on('error', (error) => console.error(`The log ${path} cannot be written: ${error.message}`));
  return {
    write: (line) => stream.write(line),
    async close() {
      stream.end();
      await finished(stream);
    },
  };
}
