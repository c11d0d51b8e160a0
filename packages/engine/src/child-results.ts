import type { Json, JsonObject } from '@everstep/language';
import { splitJsonArray } from './json-array.ts';
import type { ChildResult } from './ports/item-storage.ts';

/** WriterConfig's Transformation. */
export type ResultTransformation = 'NONE' | 'COMPACT' | 'FLATTEN';

/**
 * What a child execution gives to the results of its Map Run: JSON texts, one for each element. COMPACT gives its
 * output, FLATTEN the elements of an output that is an array; NONE, and whatever did not succeed, all that is known of it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
 */
export function childResultTexts(result: ChildResult, transformation: ResultTransformation): readonly string[] {
  const { output } = result;
  if (transformation === 'NONE' || result.status !== 'SUCCEEDED' || output === null) return [describe(result)];
  return transformation === 'FLATTEN' && output.trimStart().startsWith('[') ? splitJsonArray(output) : [output];
}

function describe(result: ChildResult): string {
  const { status, error, cause, output, startDate, stopDate, redriveStatusReason } = result;
  const optional = (name: string, value: Json | null): JsonObject => (value === null ? {} : { [name]: value });
  return JSON.stringify({
    ...optional('Cause', cause),
    ...optional('Error', error),
    ExecutionArn: result.executionArn,
    Input: result.input,
    InputDetails: { Included: true },
    Name: result.name,
    ...optional('Output', output),
    ...optional('OutputDetails', output === null ? null : { Included: true }),
    RedriveCount: result.redriveCount,
    RedriveStatus: result.redriveStatus,
    ...optional('RedriveStatusReason', redriveStatusReason),
    ...optional('StartDate', startDate === null ? null : new Date(startDate).toISOString()),
    StateMachineArn: result.stateMachineArn,
    Status: status,
    ...optional('StopDate', stopDate === null ? null : new Date(stopDate).toISOString()),
  });
}
