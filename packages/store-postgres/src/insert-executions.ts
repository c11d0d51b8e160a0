import type { NewExecution } from '@everstep/engine';
import { booleanArray, numberArray, slice, TextBlob, uuidArray } from './columns.ts';
import { NOW_MS, statement } from './statement.ts';
import { encodeNullable, encodeText } from './text.ts';

// The rows that an execution begins with: it is listed, its run is open, and its Start waits in the inbox.

/** SQL: the executions of {@link insertValues}; their inputs' hashes too, where a statement needs them. */
export function executionRows(hashOffset?: string, hashLength?: string): string {
  const isHashed = hashOffset !== undefined && hashLength !== undefined;
  const [hash, parameters, names] = isHashed
    ? [
        `, ${slice('$1', 'n.hash_offset', 'n.hash_length')} as input_hash`,
        `, ${hashOffset}::int[], ${hashLength}::int[]`,
        ', hash_offset, hash_length',
      ]
    : ['', '', ''];
  return `select n.execution_id, n.start_date, n.format, n.grace_ms, n.parent_execution_id, n.parent_task_id, n.parent_sync,
       n.version, ${slice('$1', 'n.alias_offset', 'n.alias_length')} as alias,
       ${slice('$1', 'n.arn_offset', 'n.arn_length')} as execution_arn,
       ${slice('$1', 'n.name_offset', 'n.name_length')} as name,
       ${slice('$1', 'n.machine_offset', 'n.machine_length')} as state_machine_arn,
       ${slice('$1', 'n.revision_offset', 'n.revision_length')} as revision_id,
       ${slice('$1', 'n.input_offset', 'n.input_length')} as input,
       ${slice('$1', 'n.trace_offset', 'n.trace_length')} as trace_header,
       ${slice('$1', 'n.checkpoint_offset', 'n.checkpoint_length')} as checkpoint,
       ${slice('$1', 'n.activation_offset', 'n.activation_length')} as activation${hash}
     from unnest($2::uuid[], $3::bigint[], $4::int[], $5::int[], $6::uuid[], $7::int[], $8::boolean[], $9::int[], $10::int[],
       $11::int[], $12::int[], $13::int[], $14::int[], $15::int[], $16::int[], $17::int[], $18::int[], $19::int[],
       $20::int[], $21::int[], $22::int[], $23::int[], $24::int[], $25::int[], $26::int[], $27::int[]${parameters})
       as n(execution_id, start_date, format, grace_ms, parent_execution_id, parent_task_id, parent_sync, arn_offset,
         arn_length, name_offset, name_length, machine_offset, machine_length, revision_offset, revision_length,
         input_offset, input_length, trace_offset, trace_length, checkpoint_offset, checkpoint_length,
         activation_offset, activation_length, alias_offset, alias_length, version${names})`;
}

/** SQL: the rows that a list of {@link executionRows} begins with; ends with an insert. */
export function insertedFrom(rows: string): string {
  return `listed as (
     insert into executions (execution_id, execution_arn, name, state_machine_arn, revision_id, status, start_date, input,
       trace_header, parent_execution_id, parent_task_id, parent_sync, version, alias)
     select execution_id, execution_arn, name, state_machine_arn, revision_id, 'RUNNING', start_date, input,
       trace_header, parent_execution_id, parent_task_id, parent_sync, version, alias from ${rows}),
   opened as (
     insert into runs (execution_id, wake_at, grace_ms, base_grace_ms, signals, format, checkpoint)
     select execution_id, ${NOW_MS} + grace_ms, grace_ms, grace_ms, 1, format, checkpoint from ${rows})
   insert into inbox (execution_id, number, activation) select execution_id, 1, activation from ${rows}`;
}

export const insertExecutions = statement(
  'insert_executions',
  `with rows as materialized (${executionRows()}), ${insertedFrom('rows')}`,
);

/** `inputHashes`: of each of them, for a statement that needs them. */
export function insertValues(executions: readonly NewExecution[], inputHashes?: readonly string[]) {
  const blob = new TextBlob();
  const texts = [
    ...blob.column(executions.map((execution) => execution.executionArn)),
    ...blob.column(executions.map((execution) => execution.name)),
    ...blob.column(executions.map((execution) => execution.stateMachineArn)),
    ...blob.column(executions.map((execution) => execution.revisionId)),
    ...blob.column(executions.map((execution) => encodeText(execution.input))),
    ...blob.column(executions.map((execution) => encodeNullable(execution.traceHeader))),
    ...blob.column(executions.map((execution) => execution.checkpoint)),
    ...blob.column(executions.map((execution) => execution.activation)),
    ...blob.column(executions.map((execution) => execution.qualifier?.alias ?? null)),
  ];
  const hashes = inputHashes === undefined ? [] : blob.column(inputHashes);
  return [
    blob.buffer(),
    uuidArray(executions.map((execution) => execution.executionId)),
    numberArray(executions.map((execution) => execution.startDate)),
    numberArray(executions.map((execution) => execution.format)),
    numberArray(executions.map((execution) => execution.graceMs)),
    uuidArray(executions.map((execution) => execution.parent?.executionId ?? null)),
    numberArray(executions.map((execution) => execution.parent?.taskId ?? null)),
    booleanArray(executions.map((execution) => execution.parent?.sync ?? null)),
    ...texts,
    numberArray(executions.map((execution) => execution.qualifier?.version ?? null)),
    ...hashes,
  ];
}
