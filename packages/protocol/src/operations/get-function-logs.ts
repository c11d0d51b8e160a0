import { required, string } from '../constraints.ts';
import { defineOperation } from '../operation.ts';
import { PAGE_SIZE, PAGE_TOKEN } from '../shapes.ts';
import type { EpochSeconds } from '../timestamps.ts';

export interface GetFunctionLogsInput {
  readonly functionName: string;
  readonly maxResults?: number;
  /** Where the answer before ended; absent: the newest lines. */
  readonly nextToken?: string;
}

export interface GetFunctionLogsOutput {
  readonly events: readonly FunctionLogEvent[];
  /** Always there: what is written later comes after it. */
  readonly nextToken: string;
}

export interface FunctionLogEvent {
  readonly timestamp: EpochSeconds;
  readonly message: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  /** Absent for what was written between invocations. */
  readonly requestId?: string;
  readonly executionArn?: string;
}

const FUNCTION_NAME = string({
  min: 1,
  max: 64,
  pattern: { text: '[a-zA-Z0-9-_]+', expression: /^[a-zA-Z0-9\-_]+$/ },
});

/** Everstep's own: what a function that this installation hosts has written. */
export const getFunctionLogs = defineOperation<GetFunctionLogsInput, GetFunctionLogsOutput>({
  name: 'GetFunctionLogs',
  members: (member) => ({
    functionName: member('functionName', required(FUNCTION_NAME, '')),
    maxResults: member('maxResults', PAGE_SIZE),
    nextToken: member('nextToken', PAGE_TOKEN),
  }),
});
