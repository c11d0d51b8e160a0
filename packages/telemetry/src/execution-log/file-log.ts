import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExecutionLog, ExecutionLogEvent, ExecutionLogTarget, Logger } from '@everstep/engine';
import { Outbox, type OutboxCarrier } from './outbox.ts';

export interface FileLogOptions {
  /** Where `<account>/<state machine>.jsonl` are written. */
  readonly directory: string;
  readonly logger: Logger;
  /** A file that has grown so large becomes `….1.jsonl`, in place of an older one (64 MiB). */
  readonly maxFileBytes?: number;
  readonly lingerMs?: number;
}

const DEFAULT_FILE_BYTES = 64 * 1_048_576;

/** Execution logs as files, one JSON object a line. */
export function createFileLog({ directory, logger, maxFileBytes, lingerMs }: FileLogOptions): ExecutionLog {
  const carrier = new FileCarrier(directory, maxFileBytes ?? DEFAULT_FILE_BYTES);
  return new Outbox({ carrier, logger, ...(lingerMs === undefined ? {} : { lingerMs }) });
}

class FileCarrier implements OutboxCarrier {
  readonly #directory: string;
  readonly #maxFileBytes: number;

  constructor(directory: string, maxFileBytes: number) {
    this.#directory = directory;
    this.#maxFileBytes = maxFileBytes;
  }

  laneOf({ stateMachineArn }: ExecutionLogTarget): string {
    return stateMachineArn;
  }

  async deliver({ stateMachineArn }: ExecutionLogTarget, batch: readonly ExecutionLogEvent[]): Promise<void> {
    const [account = 'unknown', , machine = 'unknown'] = stateMachineArn.split(':').slice(4);
    const stem = join(this.#directory, account, machine);
    const path = `${stem}.jsonl`;
    await mkdir(dirname(path), { recursive: true });
    if ((await sizeOf(path)) >= this.#maxFileBytes) await rename(path, `${stem}.1.jsonl`);
    await appendFile(path, batch.map(({ message }) => `${message}\n`).join(''));
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
