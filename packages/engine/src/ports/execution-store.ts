import type { ArnScope } from '@everstep/protocol';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** What people list and search; written at start and at end. */
export interface ExecutionRecord {
  readonly executionId: string;
  readonly executionArn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly revisionId: string;
  readonly status: ExecutionStatus;
  readonly startDate: number;
  readonly stopDate: number | null;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly redriveCount: number;
  readonly redriveDate: number | null;
  readonly traceHeader: string | null;
  /** The task that started it, where another execution did. */
  readonly parent: ParentTask | null;
  /** The version, and the alias that chose it, where the start named one. */
  readonly qualifier: Qualifier | null;
}

export interface Qualifier {
  readonly version: number;
  readonly alias: string | null;
}

export interface ParentTask {
  readonly executionId: string;
  readonly taskId: number;
  /** Whether the parent waits for the end (`.sync`, `.sync:2`): then the ending commit tells it. */
  readonly sync: boolean;
}

export interface ListExecutionsQuery {
  readonly stateMachineArn: string;
  /** Only those that this version, or this alias, was named for. */
  readonly version?: number;
  readonly alias?: string;
  readonly status?: ExecutionStatus;
  /** Exclusive: the last execution of the page before. */
  readonly after?: { readonly startDate: number; readonly executionId: string };
  readonly limit: number;
}

/** What a list shows of an execution: no data of it, so that a long list stays small. */
export type ExecutionSummary = Pick<
  ExecutionRecord,
  | 'executionId'
  | 'executionArn'
  | 'name'
  | 'stateMachineArn'
  | 'status'
  | 'startDate'
  | 'stopDate'
  | 'redriveCount'
  | 'redriveDate'
  | 'qualifier'
>;

export interface ExecutionInput {
  readonly executionId: string;
  readonly input: string | null;
}

export interface SearchExecutionsQuery extends ArnScope {
  /** Of all machines of the account and region where absent. */
  readonly machine?: Pick<ListExecutionsQuery, 'stateMachineArn' | 'version' | 'alias'>;
  /** Of any status where absent. */
  readonly statuses?: readonly ExecutionStatus[];
  /** Inclusive. */
  readonly startedFrom?: number;
  /** Exclusive: the last execution of the page before. */
  readonly after?: ListExecutionsQuery['after'];
  readonly limit: number;
}

export interface HistoryQuery {
  readonly executionId: string;
  /** Inclusive first event id in reading direction; absent: from the beginning (reverse: from the end). */
  readonly from?: number;
  readonly limit: number;
  readonly reverse: boolean;
}

export interface ExecutionStore {
  findExecution(executionId: string): Promise<ExecutionRecord | null>;
  findExecutionByArn(executionArn: string): Promise<ExecutionRecord | null>;
  /** Newest start first; of those that started in the same millisecond, the greatest id first. */
  listExecutions(query: ListExecutionsQuery): Promise<ExecutionRecord[]>;
  /** In the order of listExecutions, of machines that are there. */
  searchExecutions(query: SearchExecutionsQuery): Promise<ExecutionSummary[]>;
  /**
   * The inputs of executions, in the order of the ids: as many as hold `maxBytes` together, but always the first. `input`
   * is null where the execution is gone, or the input is encrypted: it is not opened for a search.
   */
  readInputs(executionIds: readonly string[], maxBytes: number): Promise<ExecutionInput[]>;
  /** Open executions of a machine, oldest first: for stopping them. */
  listOpenExecutionIds(stateMachineArn: string, limit: number): Promise<string[]>;
  /** JSON text of one event each (timestamps in milliseconds), in reading order; at most `limit`. */
  readHistory(query: HistoryQuery): Promise<string[]>;
  /**
   * Removes ended executions whose stop lies before the time, with all their rows, at most `limit`; answers how many. A
   * name that may not be used again yet stays taken.
   */
  deleteEndedBefore(stopDate: number, limit: number): Promise<number>;
}
