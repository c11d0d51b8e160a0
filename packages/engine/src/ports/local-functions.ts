import type { FunctionInvoker } from './function-invoker.ts';

/** The functions that this installation hosts itself: what can be told of them beside calling them. */
export interface LocalFunctions extends FunctionInvoker {
  /** In the order of their names; with the published versions as well where `allVersions` says so. */
  list(allVersions?: boolean): Promise<readonly FunctionDescription[]>;
  /** null: there is no such function, version or alias. Takes names and ARNs as `invoke` does. */
  describe(functionName: string, qualifier?: string): Promise<FunctionDescription | null>;
  /** null: the logs of functions are not kept where this process could read them. */
  readLogs(query: FunctionLogQuery): Promise<FunctionLogPage | null>;
}

export interface FunctionDescription {
  readonly functionName: string;
  readonly functionArn: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** As AWS names it: `nodejs24.x`, `python3.12`, `provided.al2023`. */
  readonly runtime: string;
  readonly handler: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly aliases: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch of its newest file. */
  readonly modifiedAt: number;
  /** Bytes of its files. */
  readonly codeBytes: number;
  /** SHA-256 of its files' names, sizes and times in base64: another one means another code. */
  readonly codeStamp: string;
  /** Why it cannot be called: what is wrong with its manifest. */
  readonly problem?: string;
}

export interface FunctionLogQuery {
  readonly functionName: string;
  /** At most so many lines. */
  readonly limit: number;
  /** Where the page before ended; absent: the newest lines. */
  readonly position?: string;
}

export interface FunctionLogPage {
  readonly lines: readonly FunctionLogLine[];
  /** Where the next page begins, also when nothing follows yet. */
  readonly position: string;
}

export interface FunctionLogLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly functionName: string;
  readonly version: string;
  /** Absent for what was written between invocations. */
  readonly requestId?: string;
  readonly executionArn?: string;
  readonly message: string;
}
