import type { ExecutionRecord, ExecutionStatus } from '@everstep/engine';
import { decodeNullable, decodeText } from './text.ts';

export const ALL_STATUSES: readonly ExecutionStatus[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
];

/** A row of `executions` as the driver gives it. */
export interface ExecutionRow {
  readonly execution_id: string;
  readonly execution_arn: string;
  readonly name: string;
  readonly state_machine_arn: string;
  readonly revision_id: string;
  readonly status: ExecutionStatus;
  readonly start_date: number;
  readonly stop_date: number | null;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly redrive_count: number;
  readonly redrive_date: number | null;
  readonly trace_header: string | null;
  readonly parent_execution_id: string | null;
  readonly parent_task_id: number | null;
  readonly parent_sync: boolean | null;
  readonly version: number | null;
  readonly alias: string | null;
}

/** SQL: the columns of {@link ExecutionRow}, of the table under an alias. */
export function executionColumns(alias: string): string {
  const columns = [
    ...[
      'execution_id',
      'execution_arn',
      'name',
      'state_machine_arn',
      'revision_id',
      'status',
      'start_date',
      'stop_date',
    ],
    ...['input', 'output', 'error', 'cause', 'redrive_count', 'redrive_date', 'trace_header'],
    ...['parent_execution_id', 'parent_task_id', 'parent_sync', 'version', 'alias'],
  ];
  return columns.map((column) => `${alias}.${column}`).join(', ');
}

export function executionRecord(row: ExecutionRow): ExecutionRecord {
  return {
    executionId: row.execution_id,
    executionArn: row.execution_arn,
    name: row.name,
    stateMachineArn: row.state_machine_arn,
    revisionId: row.revision_id,
    status: row.status,
    startDate: row.start_date,
    stopDate: row.stop_date,
    input: decodeText(row.input),
    output: decodeNullable(row.output),
    error: decodeNullable(row.error),
    cause: decodeNullable(row.cause),
    redriveCount: row.redrive_count,
    redriveDate: row.redrive_date,
    traceHeader: decodeNullable(row.trace_header),
    parent:
      row.parent_execution_id === null || row.parent_task_id === null
        ? null
        : { executionId: row.parent_execution_id, taskId: row.parent_task_id, sync: row.parent_sync === true },
    qualifier: row.version === null ? null : { version: row.version, alias: row.alias },
  };
}
