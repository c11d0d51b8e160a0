import type { FunctionLogLine, FunctionLogPage, FunctionLogQuery, Logger } from '@everstep/engine';

/** Where the lines go that functions write. */
export interface FunctionLogs {
  /** Never throws, and never waits. */
  write(line: FunctionLogLine): void;
  /** null: they are not kept where they could be read. */
  read(query: FunctionLogQuery): Promise<FunctionLogPage | null>;
  /** Resolves when what was written is kept. */
  close(): Promise<void>;
}

/** Into the log of the process, each line with the function, the request and the execution. */
export function createProcessFunctionLogs(logger: Logger): FunctionLogs {
  return {
    write: ({ message, at: _at, ...facts }) => logger.info(facts, message),
    read: async () => null,
    close: async () => undefined,
  };
}

export function noFunctionLogs(): FunctionLogs {
  return { write: () => undefined, read: async () => null, close: async () => undefined };
}
