import { open, readFile } from 'node:fs/promises';

/** What the functions wrote, one JSON object a line; a line that is still being written comes with the next look. */
export class RecordsTail {
  readonly #path: string;
  #position = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** The lines that were added since the last look. */
  async next(): Promise<Array<Record<string, unknown>>> {
    const file = await open(this.#path, 'r').catch(absent);
    if (file === null) return [];
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.max(0, size - this.#position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position);
      this.#position += bytesRead;
      const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      this.#rest = lines.pop() ?? '';
      return lines.map(parse);
    } finally {
      await file.close();
    }
  }
}

export interface Effect {
  /** The attempt's idempotency key. */
  readonly key: string;
  readonly executionArn: string;
  readonly at: number;
}

export async function readLedger(path: string): Promise<Effect[]> {
  const text = (await readFile(path, 'utf8').catch(absent)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { key, executionArn, at } = parse(line);
      if (typeof key !== 'string' || typeof executionArn !== 'string' || typeof at !== 'number') {
        throw new Error(`not an entry of the ledger: ${line}`);
      }
      return { key, executionArn, at };
    });
}

function absent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`not a JSON object: ${line}`);
  return { ...value };
}
